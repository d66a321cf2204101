import { describe, expect, test } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { MAX_PORT } from '#domain/ports/port-set.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { serviceName } from '#domain/ports/service-name.js';
import { topPorts } from '#domain/ports/top-ports.js';

function maximumOf(protocol: 'tcp' | 'udp'): number {
  try {
    topPorts(protocol, MAX_PORT + 1);
  } catch (error) {
    if (error instanceof ScanoramaError && error.code === 'invalid_ports')
      return Number(error.facts?.['maximum']);
    throw error;
  }
  throw new Error('no maximum');
}

describe.each(PROTOCOLS)('the ranking of %s', (protocol) => {
  test('holds each port once and only ports', () => {
    const all = topPorts(protocol, maximumOf(protocol));
    expect(all.length).toBeGreaterThan(1_000);
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((port) => Number.isInteger(port) && port >= 1 && port <= MAX_PORT)).toBe(true);
  });

  test('a shorter one is the beginning of a longer one', () => {
    const all = topPorts(protocol, maximumOf(protocol));
    for (const count of [1, 2, 10, 60, 1_000]) expect(topPorts(protocol, count)).toEqual(all.slice(0, count));
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is no count', (count) => {
    expect(() => topPorts(protocol, count)).toThrow(ScanoramaError);
  });

  test('the caller’s copy is its own', () => {
    topPorts(protocol, 3).reverse();
    expect(topPorts(protocol, 3)).not.toEqual(topPorts(protocol, 3).toReversed());
  });
});

test('well-known services come first, registered ports ascending last', () => {
  const tcp = topPorts('tcp', 1_000);
  expect(tcp.slice(0, 20)).toEqual(expect.arrayContaining([22, 80, 443, 3389]));
  expect(topPorts('udp', 5)).toEqual(expect.arrayContaining([53, 123, 161]));
  const filled = tcp.slice(300);
  expect(filled).toEqual(filled.toSorted((a, b) => a - b));
  expect(filled.every((port) => serviceName('tcp', port) !== undefined)).toBe(true);
});

test('the message says the maximum', () => {
  const maximum = maximumOf('tcp');
  expect(() => topPorts('tcp', maximum + 1)).toThrow(String(maximum));
});
