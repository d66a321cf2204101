/** One scanner of `syn.ts`, run inside the namespace: `ours` or `bare`, and a number of threads. */

import process from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan, type Plan } from '#domain/scans/plan.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { createRawEngine } from '#scan/raw-engine/raw-engine.js';
import { outcomeOf } from '#scan/results/completed-chunk.js';
import { runBare } from './syn-bare.ts';

export const HOSTS = 254;
export const PORTS = 4_000;
export const OPEN_PORTS: readonly number[] = [22, 80, 443];

export const partResult = z.object({
  open: z.number(),
  falseOpen: z.number(),
  /** Processor time, kernel and all threads included, without the start of the process. */
  processorMs: z.number(),
  /** What made a thread slow down, and when. */
  slowedDown: z.array(z.string()),
});
export type PartResult = z.infer<typeof partResult>;

type Found = Omit<PartResult, 'processorMs'>;

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

function planOf(): Plan {
  return createPlan({
    targets: AddressSet.parse([`198.18.1.1-198.18.1.${HOSTS}`]),
    ports: parsePorts(`1-${PORTS}`),
    seed: 11n,
  });
}

async function ours(threads: number): Promise<Found> {
  const plan = planOf();
  const engine = createRawEngine({
    name: 'syn',
    clock,
    threads,
    randomize: (texts) => crypto.getRandomValues(texts),
  });
  const request = {
    plan,
    first: 0,
    end: plan.positions,
    gate: createGate({ exclusions: AddressSet.EMPTY }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    retries: 1,
    timeoutMs: 1_000,
    concurrency: 1_000,
  };
  let open = 0;
  let falseOpen = 0;
  for await (const { count, positions, outcomes } of engine.run(request, new AbortController().signal)) {
    for (let at = 0; at < count; at += 1) {
      const outcome = outcomeOf(outcomes[at] ?? 0);
      if (outcome === 'skipped' || outcome.state !== 'open') continue;
      if (OPEN_PORTS.includes(plan.locate(positions[at] ?? 0).port)) open += 1;
      else falseOpen += 1;
    }
  }
  const slowedDown = engine.rateTrace
    .filter(({ cause }) => cause !== 'start' && cause !== 'growth')
    .map(
      ({ atMs, cause, packetsPerSecond }) =>
        `${Math.round(atMs)} ms: ${cause}, ${Math.round(packetsPerSecond)}/s`,
    );
  return { open, falseOpen, slowedDown };
}

async function bare(threads: number): Promise<Found> {
  if (threads === 1) return { open: runBare(planOf(), 0, 1), falseOpen: 0, slowedDown: [] };
  const counts = Array.from({ length: threads }, (_, thread) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { thread, threads },
      execArgv: ['--conditions=source'],
    });
    return new Promise<number>((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
    });
  });
  const open = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  return { open, falseOpen: 0, slowedDown: [] };
}

if (!isMainThread) {
  const { thread, threads }: { thread: number; threads: number } = workerData;
  parentPort?.postMessage(runBare(planOf(), thread, threads), []);
} else if (process.argv[1] === import.meta.filename) {
  const threads = Number(process.argv[3] ?? 1);
  const before = process.cpuUsage();
  const found = process.argv[2] === 'bare' ? await bare(threads) : await ours(threads);
  const { user, system } = process.cpuUsage(before);
  console.log(
    JSON.stringify({ ...found, processorMs: Math.round((user + system) / 1_000) } satisfies PartResult),
  );
}
