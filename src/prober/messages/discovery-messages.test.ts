import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DISCOVERY_METHODS } from '#domain/discovery/discovery-method.js';
import { REASONS } from '#domain/ports/port-state.js';
import {
  type DiscoveryEvents,
  IMPOSTOR_KINDS,
  METHOD_TRANSPORTS,
  NAME_ONLY,
} from '#net/probe/hosts/host-response.js';
import { discoveryEventsMessage, readDiscoveryEvents } from '#prober/messages/discovery-messages.js';
import { ipv4Address, ipv6Address, mac } from '../../../test/support/network/packet-arbitraries.ts';

const address = fc.oneof(ipv4Address, ipv6Address);
const count = fc.nat(1_000_000);
const observation = fc.record(
  {
    address,
    reason: fc.constantFrom(...REASONS, NAME_ONLY),
    roundTripMicroseconds: count,
    observedAtMs: fc.double({ min: 0, max: 1e13, noNaN: true }).map(Math.abs),
    mac,
    names: fc.array(fc.string(), { maxLength: 3 }),
  },
  { requiredKeys: ['address', 'reason', 'roundTripMicroseconds', 'observedAtMs'] },
);
const range = address.map(({ family, value }) => ({ family, first: value, last: value }));
const impostor = fc.record({
  kind: fc.constantFrom(...IMPOSTOR_KINDS),
  range,
  signature: fc.string(),
  answered: count,
  probed: count,
});
const lack = fc.record({ code: fc.string(), range });
const methodStatus = fc.record(
  {
    method: fc.constantFrom(...DISCOVERY_METHODS),
    family: fc.constantFrom(4 as const, 6 as const),
    transport: fc.constantFrom(...METHOD_TRANSPORTS),
    missing: fc.string(),
  },
  { requiredKeys: ['method', 'family'] },
);
const events: fc.Arbitrary<DiscoveryEvents> = fc.record({
  observations: fc.array(observation, { maxLength: 3 }),
  impostors: fc.array(impostor, { maxLength: 2 }),
  lacks: fc.array(lack, { maxLength: 2 }),
  methodStatuses: fc.array(methodStatus, { maxLength: 3 }),
  unresponsiveRanges: fc.array(range, { maxLength: 3 }),
  beganAtMs: fc.nat(),
});

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('news of a sweep', () => {
  test('are read as they were told', () => {
    fc.assert(
      fc.property(events, (reported) => {
        expect(readDiscoveryEvents(throughJson(discoveryEventsMessage(reported)))).toEqual(reported);
      }),
    );
  });

  test('are refused with anything in them that is not theirs', () => {
    const [reported] = fc.sample(
      events.filter(
        ({ observations, impostors, methodStatuses }) =>
          observations.length * impostors.length * methodStatuses.length > 0,
      ),
      { numRuns: 1, seed: 1 },
    );
    const complete = throughJson(discoveryEventsMessage(reported ?? expect.fail('no example')));
    const paths = pathsIn(complete);
    expect(paths.length).toBeGreaterThan(15);
    for (const path of paths) {
      for (const wrong of [null, -1.5, {}, 'x'.repeat(2_000)]) {
        expect(() => readDiscoveryEvents(withWrong(complete, path, wrong)), path.join('.')).toThrow(
          TypeError,
        );
      }
    }
  });
});

/** Of every member at any depth. */
function pathsIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    [key],
    ...pathsIn(member).map((path) => [key, ...path]),
  ]);
}

function withWrong(value: unknown, [key = '', ...rest]: string[], wrong: unknown): unknown {
  const copy = structuredClone(value);
  if (typeof copy !== 'object' || copy === null) return copy;
  const member: unknown = Reflect.get(copy, key);
  Reflect.set(copy, key, rest.length === 0 ? wrong : withWrong(member, rest, wrong));
  return copy;
}
