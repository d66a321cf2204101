import type { Outcome } from '#net/probe/ports/outcome.js';
import { NOBODYS } from '#scan/engine/local-broadcasts.js';
import type { Reply, ReplyKind } from '#scan/raw-probes/reply.js';
import { type OutcomeCode, outcomeCode } from '#scan/results/completed-chunk.js';

/** How TCP ports are asked: with a SYN for what is open, with an ACK for what a filter lets through. */
export type TcpProbe = 'syn' | 'ack';

type Verdict = Pick<Outcome, 'state' | 'reason'>;
type IcmpKind = Exclude<ReplyKind, 'syn-ack' | 'rst' | 'data'>;

export const SYN_ACK: OutcomeCode = outcomeCode({ state: 'open', reason: 'syn-ack' });
const CLOSED_RST = outcomeCode({ state: 'closed', reason: 'rst' });
const UNFILTERED_RST = outcomeCode({ state: 'unfiltered', reason: 'rst' });
const UDP_RESPONSE = outcomeCode({ state: 'open', reason: 'udp-response' });
const UDP_CLOSED = outcomeCode({ state: 'closed', reason: 'port-unreach' });
const TCP_NO_RESPONSE = outcomeCode({ state: 'filtered', reason: 'no-response' });
const UDP_NO_RESPONSE = outcomeCode({ state: 'open|filtered', reason: 'no-response' });

/** The address is nobody's; no probe was sent. */
export const UNOWNED: OutcomeCode = outcomeCode(NOBODYS);

/** The host itself is a neighbour, and did not say where it is: no packet could reach it; no probe was sent. */
export const UNRESOLVED: OutcomeCode = outcomeCode({ state: 'filtered', reason: 'host-unreach' });

export function noResponse(isTcp: boolean): OutcomeCode {
  return isTcp ? TCP_NO_RESPONSE : UDP_NO_RESPONSE;
}

/** Undefined for a kind of reply that this kind of probe cannot have caused. */
export function verdictOf(reply: Reply, tcpProbe: TcpProbe): OutcomeCode | undefined {
  const { kind, isTcp, isFromTarget } = reply;
  switch (kind) {
    case 'syn-ack':
      return tcpProbe === 'syn' ? SYN_ACK : undefined;
    case 'rst':
      return tcpProbe === 'syn' ? CLOSED_RST : UNFILTERED_RST;
    case 'data':
      return UDP_RESPONSE;
    default:
      if (kind === 'port-unreach' && !isTcp && isFromTarget) return UDP_CLOSED;
      return FILTERED[isFromTarget ? 'target' : 'other'][kind];
  }
}

const filtered = (reason: Verdict['reason']): OutcomeCode => outcomeCode({ state: 'filtered', reason });

const FROM_TARGET: Readonly<Record<IcmpKind, OutcomeCode>> = {
  'net-unreach': filtered('net-unreach'),
  'host-unreach': filtered('host-unreach'),
  'proto-unreach': filtered('proto-unreach'),
  'port-unreach': filtered('port-unreach'),
  'admin-prohibited': filtered('admin-prohibited'),
  'ttl-exceeded': filtered('ttl-exceeded'),
};

const FILTERED: Readonly<Record<'target' | 'other', Readonly<Record<IcmpKind, OutcomeCode>>>> = {
  target: FROM_TARGET,
  // A port that another machine calls unreachable is one it forbids, and no sign that the host is there.
  other: { ...FROM_TARGET, 'port-unreach': filtered('admin-prohibited') },
};
