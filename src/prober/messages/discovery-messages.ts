import { formatAddress } from '#domain/addresses/address.js';
import { type AddressRange, formatRange, parseRange } from '#domain/addresses/address-range.js';
import { DISCOVERY_METHODS } from '#domain/discovery/discovery-method.js';
import { REASONS } from '#domain/ports/port-state.js';
import {
  type DiscoveryEvents,
  type HostResponse,
  IMPOSTOR_KINDS,
  type Impostor,
  METHOD_TRANSPORTS,
  type MethodStatus,
  type MissingMethod,
  NAME_ONLY,
} from '#net/probe/hosts/host-response.js';
import {
  addressOf,
  countOf,
  fieldsOf,
  labelOf,
  listOf,
  textOf,
  timeOf,
} from '#prober/messages/json-members.js';

/*
 * News of a sweep as JSON, for the channel between a prober and whoever started it. Whoever reads checks every member:
 * a message that is not what it should be is a TypeError, whatever is wrong with it.
 */

/** A message with more than this in one list is none of ours. */
export const MAX_LISTED = 8_192;
const MAX_TEXT_CHARACTERS = 1_024;
const MAC_ADDRESS = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

export function discoveryEventsMessage(events: DiscoveryEvents): unknown {
  return {
    ...events,
    observations: events.observations.map((observation) => ({
      ...observation,
      address: formatAddress(observation.address),
    })),
    impostors: events.impostors.map((impostor) => ({ ...impostor, range: formatRange(impostor.range) })),
    lacks: events.lacks.map(({ code, range }) => ({ code, range: formatRange(range) })),
    unresponsiveRanges: events.unresponsiveRanges.map(formatRange),
  };
}

/** Throws TypeError. */
export function readDiscoveryEvents(message: unknown): DiscoveryEvents {
  const fields = fieldsOf(message);
  return {
    observations: listed(fields['observations'], readObservation),
    impostors: listed(fields['impostors'], readImpostor),
    lacks: listed(fields['lacks'], readLack),
    methodStatuses: listed(fields['methodStatuses'], readMethodStatus),
    unresponsiveRanges: listed(fields['unresponsiveRanges'], rangeOf),
    beganAtMs: timeOf(fields['beganAtMs']),
  };
}

function readObservation(value: unknown): HostResponse {
  const fields = fieldsOf(value);
  const { mac, names } = fields;
  if (mac !== undefined && !MAC_ADDRESS.test(shortText(mac))) throw new TypeError('there is no MAC address');
  return {
    address: addressOf(fields['address']),
    reason: labelOf(fields['reason'], [...REASONS, NAME_ONLY] as const),
    roundTripMicroseconds: countOf(fields['roundTripMicroseconds']),
    observedAtMs: timeOf(fields['observedAtMs']),
    ...(mac === undefined ? {} : { mac: shortText(mac) }),
    ...(names === undefined ? {} : { names: listed(names, shortText) }),
  };
}

function readImpostor(value: unknown): Impostor {
  const fields = fieldsOf(value);
  return {
    kind: labelOf(fields['kind'], IMPOSTOR_KINDS),
    range: rangeOf(fields['range']),
    signature: shortText(fields['signature']),
    answered: countOf(fields['answered']),
    probed: countOf(fields['probed']),
  };
}

function readLack(value: unknown): MissingMethod {
  const fields = fieldsOf(value);
  return { code: shortText(fields['code']), range: rangeOf(fields['range']) };
}

function rangeOf(value: unknown): AddressRange {
  const range = parseRange(shortText(value));
  if (range === undefined) throw new TypeError('there is no range');
  return range;
}

function readMethodStatus(value: unknown): MethodStatus {
  const fields = fieldsOf(value);
  const { family, transport, missing } = fields;
  if (family !== 4 && family !== 6) throw new TypeError('there is no family');
  return {
    method: labelOf(fields['method'], DISCOVERY_METHODS),
    family,
    ...(transport === undefined ? {} : { transport: labelOf(transport, METHOD_TRANSPORTS) }),
    ...(missing === undefined ? {} : { missing: shortText(missing) }),
  };
}

function listed<T>(value: unknown, read: (member: unknown) => T): T[] {
  return listOf(value, MAX_LISTED).map((member) => read(member));
}

function shortText(value: unknown): string {
  return textOf(value, MAX_TEXT_CHARACTERS);
}
