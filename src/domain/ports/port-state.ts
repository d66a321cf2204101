/**
 * What one probe of one port showed. `unknown` is a state nobody could tell; a port that was not
 * asked has no state at all and never counts as closed.
 */
export const PORT_STATES = ['open', 'closed', 'filtered', 'open|filtered', 'unfiltered', 'unknown'] as const;
export type PortState = (typeof PORT_STATES)[number];

/** States that may be stored one row a port; all others are stored as ranges (see ARCHITECTURE.md, coverage). */
export const LISTED_PORT_STATES = ['open', 'open|filtered'] as const satisfies readonly PortState[];
export function isListed(state: PortState): boolean {
  return (LISTED_PORT_STATES as readonly PortState[]).includes(state);
}

/**
 * States that do not tell whether anything listens: an ACK scan sees that a port can be reached, and of a port that
 * something else answers for nothing is known. They are kept as coverage and change nothing that is known of a port.
 */
export const UNTELLING_PORT_STATES = ['unfiltered', 'unknown'] as const satisfies readonly PortState[];
export function isInformative(state: PortState): boolean {
  return !(UNTELLING_PORT_STATES as readonly PortState[]).includes(state);
}

/** Why a state was concluded: the reply itself, in the words network people use for it. */
export const REASONS = [
  'syn-ack',
  'conn-refused',
  'no-response',
  'host-unreach',
  'net-unreach',
  'port-unreach',
  'proto-unreach',
  'admin-prohibited',
  'conn-reset',
  'udp-response',
  'rst',
  'ttl-exceeded',
  'echo-reply',
  'timestamp-reply',
  'arp-response',
  'nd-response',
  // Something in between answers for the host on every port, so that its answers say nothing of the host.
  'answers-all',
  'tarpit',
  // A report of another program does not tell.
  'unreported',
] as const;
export type Reason = (typeof REASONS)[number];

/** Reasons that only the probed host itself can have caused: evidence that it is up. */
export const HOST_EVIDENCE = [
  'syn-ack',
  'conn-refused',
  'conn-reset',
  'udp-response',
  'port-unreach',
  'rst',
  'echo-reply',
  'timestamp-reply',
  'arp-response',
  'nd-response',
] as const satisfies readonly Reason[];
export function isHostEvidence(reason: Reason): boolean {
  return (HOST_EVIDENCE as readonly Reason[]).includes(reason);
}

/** Whether an observation proves that the host is there: by its answer, or by a report that calls a port open. */
export function provesHost(state: PortState, reason: Reason): boolean {
  return isHostEvidence(reason) || (state === 'open' && reason === 'unreported');
}

/**
 * Whether an observation is stored as a row of its own: the host itself showed it. Silence, and what something in
 * between answered, are stored as ranges whatever the state they suggest (ADR 10).
 */
export function isListedObservation(state: PortState, reason: Reason): boolean {
  return isListed(state) && provesHost(state, reason);
}
