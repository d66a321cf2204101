import type { PortState, Reason } from '#domain/ports/port-state.js';

/** nmap's words for what was answered, in the singular; those that have no word of ours are `unreported`. */
const REASONS: ReadonlyMap<string, Reason> = new Map([
  ['syn-ack', 'syn-ack'],
  ['conn-refused', 'conn-refused'],
  ['no-response', 'no-response'],
  ['host-unreach', 'host-unreach'],
  ['net-unreach', 'net-unreach'],
  ['port-unreach', 'port-unreach'],
  ['proto-unreach', 'proto-unreach'],
  ['admin-prohibited', 'admin-prohibited'],
  ['host-prohibited', 'admin-prohibited'],
  ['net-prohibited', 'admin-prohibited'],
  // Of ICMPv6.
  ['no-route', 'net-unreach'],
  ['addr-unreach', 'host-unreach'],
  ['policy-fail', 'admin-prohibited'],
  ['reject-route', 'admin-prohibited'],
  ['conn-reset', 'conn-reset'],
  ['reset', 'rst'],
  ['udp-response', 'udp-response'],
  ['time-exceeded', 'ttl-exceeded'],
  ['echo-reply', 'echo-reply'],
  ['timestamp-reply', 'timestamp-reply'],
  ['arp-response', 'arp-response'],
  ['nd-response', 'nd-response'],
]);

/** Beside a count nmap puts the word in the plural. */
export function reasonOf(value: string | undefined): Reason {
  if (value === undefined) return 'unreported';
  const singular = [value, value.replace(/s$/, ''), value.replace(/es$/, ''), value.replace(/ies$/, 'y')];
  return (
    singular.map((candidate) => REASONS.get(candidate)).find((known) => known !== undefined) ?? 'unreported'
  );
}

const STATES: ReadonlyMap<string, PortState> = new Map([
  ['open', 'open'],
  ['closed', 'closed'],
  ['filtered', 'filtered'],
  ['unfiltered', 'unfiltered'],
  ['open|filtered', 'open|filtered'],
  // An idle scan cannot distinguish the two.
  ['closed|filtered', 'unknown'],
  ['unknown', 'unknown'],
]);

export function stateOf(value: string | undefined): PortState | undefined {
  return value === undefined ? undefined : STATES.get(value);
}
