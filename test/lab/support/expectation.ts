import type { AddressFamily } from '#domain/addresses/address.js';
import type { PortState, Reason } from '#domain/ports/port-state.js';
import { isReject, type Manner, type Reject } from './truth.ts';

/** The probing techniques; each has its own view of one and the same port. */
export type Probing = 'connect' | 'syn' | 'ack' | 'udp';

/** The correct result for a port; where several reasons are correct, any of them is accepted. */
export interface Expectation {
  readonly state: PortState;
  readonly reasons: readonly Reason[];
}

const seen = (state: PortState, ...reasons: readonly Reason[]): Expectation => ({
  state,
  reasons: [...new Set(reasons)],
});
const NO_ANSWER: Readonly<Record<Probing, Expectation>> = {
  connect: seen('filtered', 'no-response'),
  syn: seen('filtered', 'no-response'),
  ack: seen('filtered', 'no-response'),
  udp: seen('open|filtered', 'no-response'),
};
const unbelieved = (reason: Reason) => {
  const unknown = seen('unknown', reason);
  return { connect: unknown, syn: unknown, ack: unknown, udp: NO_ANSWER.udp };
};
const ROUTELESS = seen('filtered', 'no-response', 'host-unreach', 'net-unreach', 'admin-prohibited');
const RECEIVES_RESET = seen('unfiltered', 'rst');

type Plain = Exclude<Manner, Reject>;
const PLAIN: Readonly<Record<Plain, Readonly<Record<Probing, Expectation>>>> = {
  open: {
    // A service may hang up before connect(2) returns.
    connect: seen('open', 'syn-ack', 'conn-reset'),
    syn: seen('open', 'syn-ack'),
    ack: RECEIVES_RESET,
    udp: seen('open', 'udp-response'),
  },
  closed: {
    connect: seen('closed', 'conn-refused', 'rst'),
    syn: seen('closed', 'rst'),
    ack: RECEIVES_RESET,
    udp: seen('closed', 'port-unreach'),
  },
  mute: NO_ANSWER,
  unresponsive: NO_ANSWER,
  stray: NO_ANSWER,
  // The scanner's own kernel gives up resolving the neighbor after some seconds; an engine that waits for that may report it.
  absent: {
    connect: seen('filtered', 'no-response', 'host-unreach'),
    syn: seen('filtered', 'no-response', 'host-unreach'),
    ack: seen('filtered', 'no-response', 'host-unreach'),
    udp: NO_ANSWER.udp,
  },
  routeless: {
    connect: ROUTELESS,
    syn: ROUTELESS,
    ack: ROUTELESS,
    // Probed by TCP alone: the state depends on whether the router responded.
    udp: NO_ANSWER.udp,
  },
  'answers-all': unbelieved('answers-all'),
  tarpit: unbelieved('tarpit'),
};

/** The reason of the ICMP error itself. */
const ICMP_REASONS: Readonly<Record<Reject, Reason>> = {
  'net-unreachable': 'net-unreach',
  'host-unreachable': 'host-unreach',
  'proto-unreachable': 'proto-unreach',
  'port-unreachable': 'port-unreach',
  'net-prohibited': 'admin-prohibited',
  'host-prohibited': 'admin-prohibited',
  'admin-prohibited': 'admin-prohibited',
};

/** The kernel has fewer errors than ICMP: for IPv4, connect(2) reports a prohibition as an unreachable host or net. */
const CONNECT_REASONS_4: Readonly<Partial<Record<Reject, Reason>>> = {
  'net-prohibited': 'net-unreach',
  'host-prohibited': 'host-unreach',
  'admin-prohibited': 'host-unreach',
};

/** The correct result for a port that responds in this manner to this probing technique. */
export function expectationOf(manner: Manner, probing: Probing, family: AddressFamily): Expectation {
  if (!isReject(manner)) return PLAIN[manner][probing];
  const reason = ICMP_REASONS[manner];
  if (manner === 'port-unreachable') {
    if (probing === 'connect') return seen('closed', 'conn-refused', 'port-unreach');
    return seen(probing === 'udp' ? 'closed' : 'filtered', reason);
  }
  if (probing !== 'connect') return seen('filtered', reason);
  // Over IPv6, on a link without latency, connect(2) gets the error only after its second SYN.
  return seen('filtered', reason, family === 6 ? 'no-response' : (CONNECT_REASONS_4[manner] ?? reason));
}
