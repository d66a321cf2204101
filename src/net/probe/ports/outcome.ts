import type { PortState, Reason } from '#domain/ports/port-state.js';

/** What the network showed of one port. */
export interface Outcome {
  readonly state: PortState;
  readonly reason: Reason;
  /** From asking to seeing the answer, an upper bound: a busy event loop is in it. Absent without an answer. */
  readonly roundTripMicroseconds?: number;
  /** What the far end of an open TCP port lets us send at first, where that can be seen; it is not stored. */
  readonly windowBytes?: number;
}

/** No observation at all: the question may not have left this machine, so nothing follows from it. */
export interface ProbeFailure {
  /** `local`: this machine could not ask. `aborted`: somebody ended the waiting. */
  readonly kind: 'local' | 'aborted';
  /** The system's error name, such as EMFILE, or what keeps from asking (`#domain/scans/unreachable.js`); ABORTED for an abort. */
  readonly code: string;
}

export const ABORTED: ProbeFailure = { kind: 'aborted', code: 'ABORTED' };

export type ProbeResult = Outcome | ProbeFailure;

export function isFailure(result: ProbeResult): result is ProbeFailure {
  return 'kind' in result;
}

export const NO_RESPONSE: Outcome = { state: 'filtered', reason: 'no-response' };

/** Silence to a datagram: a service need not answer what it does not understand. */
export const NO_DATAGRAM: Outcome = { state: 'open|filtered', reason: 'no-response' };

/** Whether anything came back: the host's own answer or a router's word about it. */
export function isAnswer(outcome: Outcome): boolean {
  return outcome.reason !== 'no-response';
}
