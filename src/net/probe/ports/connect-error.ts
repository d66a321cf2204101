import type { AddressFamily } from '#domain/addresses/address.js';
import { isUnreachable } from '#domain/scans/unreachable.js';
import { NO_RESPONSE, type Outcome, type ProbeResult } from '#net/probe/ports/outcome.js';

/**
 * What connect(2) can say about the far end. A refused SYN is always ECONNREFUSED; ECONNRESET and EPIPE
 * come only to a socket whose handshake was over, so the port is open and its service, or a guard before
 * it, hung up before we looked.
 */
const OBSERVATIONS: ReadonlyMap<string, Outcome> = new Map<string, Outcome>([
  ['ECONNREFUSED', { state: 'closed', reason: 'conn-refused' }],
  ['ECONNRESET', { state: 'open', reason: 'conn-reset' }],
  ['EPIPE', { state: 'open', reason: 'conn-reset' }],
  ['ETIMEDOUT', NO_RESPONSE],
  ['EHOSTUNREACH', { state: 'filtered', reason: 'host-unreach' }],
  ['EHOSTDOWN', { state: 'filtered', reason: 'host-unreach' }],
  ['ENONET', { state: 'filtered', reason: 'host-unreach' }],
  ['ENETUNREACH', { state: 'filtered', reason: 'net-unreach' }],
  ['ENOPROTOOPT', { state: 'filtered', reason: 'proto-unreach' }],
]);

const ADMIN_PROHIBITED: Outcome = { state: 'filtered', reason: 'admin-prohibited' };

export interface ConnectError {
  readonly code: string;
  readonly family: AddressFamily;
  /** Whether the SYN had left: connect(2) itself did not fail, the error came afterwards. */
  readonly isFromNetwork: boolean;
}

/**
 * Everything not known to be the far end's answer is a local failure: short of descriptors, ports or
 * memory, or a rule of this machine. So is a network that is unreachable before anything has left: the word of this
 * machine's own routes, which says nothing of who is behind them. Prohibition reaches us from the network as EACCES for ICMPv6 alone
 * (ICMPv4's becomes EHOSTUNREACH); EPERM is always our own firewall.
 */
export function resultOfConnectError(error: ConnectError): ProbeResult {
  if (!error.isFromNetwork && isUnreachable(error.code)) return { kind: 'local', code: error.code };
  if (error.code === 'EACCES' && error.family === 6 && error.isFromNetwork) return ADMIN_PROHIBITED;
  return OBSERVATIONS.get(error.code) ?? { kind: 'local', code: error.code };
}
