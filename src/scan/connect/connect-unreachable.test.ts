import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CLOSED, read, run, SimulatedNetwork } from '../../../test/support/network/simulated-network.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('says nothing of what this machine could not ask, asks it once, and goes on with the others', async () => {
  const network = new SimulatedNetwork(({ port }) =>
    port <= 50 ? { kind: 'local', code: 'ENETUNREACH' } : CLOSED,
  );
  const reading = read(run(network, { ports: '1-100' }));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(reading).toMatchObject({ isEnded: true, error: undefined });
  expect(reading.completed.map(({ position }) => position).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, position) => position),
  );
  for (const { probe, outcome, attempts } of reading.completed) {
    if (probe.port > 50) expect(outcome).toMatchObject(CLOSED);
    else expect({ outcome, attempts }).toEqual({ outcome: { unreachable: 'ENETUNREACH' }, attempts: 0 });
  }
  expect(network.sent).toHaveLength(100);
});
