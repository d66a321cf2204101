import { expect, test } from 'vitest';
import { isLoopback, parseAddress } from '#domain/address.js';
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
