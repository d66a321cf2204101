import { describe, expect, test } from 'vitest';
import { cellsOf } from '#discovery/cells.js';
import {
  type AnswerAt,
  judge,
  MIN_ADDRESSES_OF_ONE_MAC,
  MIN_ADDRESSES_OF_ONE_TTL,
} from '#discovery/impostors.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import type { HostAnswer } from '#net/probe/hosts/host-probe.js';
import { neighbor, pong } from '../../test/support/network/discovery-probes.ts';

const ROUTER = '02:00:00:00:00:fe';

function cellOf(range: string) {
  return cellsOf(AddressSet.parse([range])).next().value ?? expect.fail('no cell');
}

/** Judges a cell in which every address was probed. */
function judged(range: string, answerOf: (index: number) => HostAnswer | undefined) {
  const cell = cellOf(range);
  const probed = cell.addresses.map((_, index) => index);
  const answers = probed.flatMap((index): AnswerAt[] => {
    const answer = answerOf(index);
    return answer === undefined ? [] : [{ index, answer }];
  });
  return judge(cell, probed, answers);
}

const ownMac = (index: number) => neighbor(`02:00:00:00:01:${index.toString(16).padStart(2, '0')}`);

describe('one MAC address', () => {
  test('for a whole range is a proxy, and not believed', () => {
    const { impostor, believed } = judged('198.18.1.0/24', () => neighbor(ROUTER));
    expect(impostor).toEqual({
      kind: 'proxy-arp',
      range: { family: 4, first: 0xc612_0100n, last: 0xc612_01ffn },
      signature: ROUTER,
      answered: 256,
      probed: 256,
    });
    expect(believed).toEqual([]);
  });

  test('next to hosts with MAC addresses of their own leaves those believed', () => {
    const { impostor, believed, disbelieved } = judged('198.18.1.0/24', (index) =>
      index < 20 ? ownMac(index) : neighbor(ROUTER),
    );
    expect(impostor).toMatchObject({ signature: ROUTER, answered: 236 });
    expect(believed.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(disbelieved).toHaveLength(236);
  });

  test('for a tenth of a range is a host with many addresses', () => {
    const { impostor, believed } = judged('198.18.1.0/24', (index) =>
      index < 26 ? neighbor(ROUTER) : undefined,
    );
    expect(impostor).toBeUndefined();
    expect(believed).toHaveLength(26);
  });

  test('for fewer addresses than the minimum of a proxy is believed', () => {
    const few = MIN_ADDRESSES_OF_ONE_MAC - 1;
    expect(judged(`198.18.1.0-198.18.1.${few - 1}`, () => neighbor(ROUTER)).impostor).toBeUndefined();
    expect(judged(`198.18.1.0-198.18.1.${few}`, () => neighbor(ROUTER)).impostor).toBeDefined();
  });

  test('for each address is a full range of hosts', () => {
    expect(judged('198.18.1.0/24', ownMac)).toMatchObject({ impostor: undefined, disbelieved: [] });
  });

  test('of neighbors in IPv6 is a proxy too', () => {
    expect(judged('fd00::/120', () => neighbor(ROUTER)).impostor?.kind).toBe('proxy-ndp');
  });
});

describe('one time to live', () => {
  test('for a whole range, its edges too, is an impostor that answers for all', () => {
    const { impostor } = judged('198.18.1.0/24', () => pong(63));
    expect(impostor).toMatchObject({ kind: 'answers-all', signature: 'ttl 63', answered: 256 });
  });

  test('for all but up to one in twenty is still an impostor', () => {
    expect(
      judged('198.18.1.0/24', (index) => (index % 25 === 3 ? undefined : pong(63))).impostor,
    ).toBeDefined();
    expect(
      judged('198.18.1.0/24', (index) => (index % 15 === 3 ? undefined : pong(63))).impostor,
    ).toBeUndefined();
  });

  test('for all but the edges of a network is a network full of hosts', () => {
    const { impostor, believed } = judged('198.18.1.0/24', (index) =>
      index === 0 || index === 255 ? undefined : pong(63),
    );
    expect(impostor).toBeUndefined();
    expect(believed).toHaveLength(254);
  });

  test('leaves hosts with another one believed', () => {
    const { believed } = judged('198.18.1.0/24', (index) => pong(index % 50 === 1 ? 127 : 64));
    expect(believed.map(({ index }) => index)).toEqual([1, 51, 101, 151, 201, 251]);
  });

  test('for fewer addresses than the minimum of an impostor is believed', () => {
    const few = MIN_ADDRESSES_OF_ONE_TTL - 1;
    expect(judged(`198.18.1.1-198.18.1.${few}`, () => pong(64)).impostor).toBeUndefined();
    expect(judged(`198.18.1.1-198.18.1.${few + 1}`, () => pong(64)).impostor).toBeDefined();
  });
});

test('a range without responses has neither hosts nor an impostor', () => {
  expect(judged('198.18.1.0/24', () => undefined)).toEqual({
    impostor: undefined,
    believed: [],
    disbelieved: [],
  });
});
