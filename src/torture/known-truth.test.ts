import { expect, test } from 'vitest';
import { isLoopback, parseAddress } from '#domain/addresses/address.js';
import { inventTruth } from '#torture/known-truth.js';
import { Random } from '#torture/random.js';

const truths = Array.from({ length: 200 }, (_, round) => inventTruth(Random.ofRound(1, round), 700));

test('nothing is scanned but loopback', () => {
  for (const { targets } of truths) {
    for (const target of targets) {
      const address = parseAddress(target);
      expect(address !== undefined && isLoopback(address)).toBe(true);
    }
  }
});

test('what is to be found lies inside the targets, once each, and decoys beside their ports', () => {
  for (const { targets, firstPort, lastPort, listening, decoys, positions } of truths) {
    expect(positions).toBe(targets.length * (lastPort - firstPort + 1));
    expect(new Set(listening.map(({ address, port }) => `${address}:${port}`)).size).toBe(listening.length);
    for (const { address, port } of listening) {
      expect(targets).toContain(address);
      expect(port >= firstPort && port <= lastPort).toBe(true);
    }
    for (const { address, port } of decoys) {
      expect(targets).toContain(address);
      expect(port).toBeGreaterThan(lastPort);
    }
  }
});

test('a port that another program has on every address is not drawn, and none is where none is free', () => {
  const drawn = truths.map(({ listening, decoys }) => [...listening, ...decoys].map(({ port }) => port));
  for (const [round, ports] of drawn.entries()) {
    const taken = new Set(ports);
    const again = inventTruth(Random.ofRound(1, round), 700, taken);
    expect([...again.listening, ...again.decoys].filter(({ port }) => taken.has(port))).toEqual([]);
  }
  const everything = new Set(Array.from({ length: 65_536 }, (_, port) => port));
  expect(inventTruth(Random.ofRound(1, 1), 700, everything)).toMatchObject({ listening: [], decoys: [] });
});
