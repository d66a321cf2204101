import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { Freshness } from '#net/send/exclusion-freshness.js';
import { createGate } from '#net/send/gate.js';
import { gateState, serveGate } from '#net/send/gate-replica.js';
import { systemClock } from '#net/send/system-clock.js';

it('applies an exclusion and the freshness as soon as they are set in another thread', async () => {
  const freshness = new Freshness(systemClock);
  const gate = createGate({ exclusions: AddressSet.parse(['198.18.0.1']), freshness });
  const { port1, port2 } = new MessageChannel();
  const answers = new Int32Array(new SharedArrayBuffer(4));
  serveGate(gate, { answers, port: port1 });
  const worker = new Worker(
    new URL('../../../test/support/network/gate-replica-thread.ts', import.meta.url),
    {
      workerData: {
        state: gateState(gate),
        line: { version: gate.version, freshUntil: freshness.until, answers, port: port2 },
      },
      transferList: [port2],
      execArgv: ['--conditions=source'],
    },
  );
  const permits = async (text: string): Promise<unknown> => {
    worker.postMessage(text, []);
    return (await once(worker, 'message'))[0];
  };
  try {
    expect(await permits('198.18.0.1')).toBe(false);
    expect(await permits('198.18.0.2')).toBe(true);
    gate.exclude(AddressSet.parse(['198.18.0.2']));
    expect(await permits('198.18.0.2')).toBe(false);
    gate.exclude(AddressSet.parse(['198.18.0.3']));
    gate.exclude(AddressSet.parse(['198.18.0.4']));
    expect(await permits('198.18.0.4')).toBe(false);
    expect(await permits('198.18.0.3')).toBe(false);
    expect(await permits('198.18.0.5')).toBe(true);
    expect(await permits('is over')).toBe(true);
    freshness.renew(systemClock.monotonic() + 60_000);
    expect(await permits('is over')).toBe(false);
  } finally {
    await worker.terminate();
    port1.close();
  }
});
