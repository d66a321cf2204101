/**
 * A raw scan inside a network namespace, for tests: engine, targets, ports, threads, exclusions and the response timeout in
 * milliseconds as arguments; prints every outcome that is not the most frequent, and how often
 * each occurred, as JSON.
 */
import process from 'node:process';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import type { RateChange } from '#net/send/rate-controller.js';
import { createRawEngine, type RawEngineName } from '#scan/raw-engine/raw-engine.js';
import { isSeen } from '#scan/results/completed.js';
import { completedOf } from '#scan/results/completed-chunk.js';
import { outcomeName } from './outcome-name.ts';

export interface RawScan {
  readonly completed: number;
  readonly distinct: number;
  readonly counts: Readonly<Record<string, number>>;
  /** "address protocol/port" of what is open. */
  readonly open: readonly string[];
  /** Open ports that responded to their first probe without a measured response time. */
  readonly withoutRoundTrip: number;
  /** The rate over time, oldest first. */
  readonly rateTrace: readonly RateChange[];
}

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

async function scan(name: RawEngineName, texts: readonly string[]): Promise<RawScan> {
  const [targets = '', ports = '', threads = '1', excluded = '', timeoutMs = '300'] = texts;
  const plan = createPlan({
    targets: AddressSet.parse(targets.split(',')),
    ports: parsePorts(ports),
    seed: 3n,
  });
  const exclusions = AddressSet.parse(excluded.split(',').filter((text) => text !== ''));
  const engine = createRawEngine({
    name,
    clock,
    threads: Number(threads),
    randomize: (into) => crypto.getRandomValues(into),
  });
  const request = {
    plan,
    first: 0,
    end: plan.positions,
    gate: createGate({ exclusions }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    retries: 1,
    timeoutMs: Number(timeoutMs),
    concurrency: 1,
  };
  const counts: Record<string, number> = {};
  const open: string[] = [];
  const positions = new Set<number>();
  let completed = 0;
  let withoutRoundTrip = 0;
  for await (const chunk of engine.run(request, new AbortController().signal)) {
    for (const { position, probe, attempts, outcome } of completedOf(chunk, plan)) {
      const text = outcomeName({ outcome });
      counts[text] = (counts[text] ?? 0) + 1;
      completed += 1;
      positions.add(position);
      if (isSeen(outcome) && outcome.state === 'open') {
        open.push(`${formatAddress(probe.address)} ${probe.protocol}/${probe.port}`);
        if (attempts === 1 && outcome.roundTripMicroseconds === undefined) withoutRoundTrip += 1;
      }
    }
  }
  return {
    completed,
    distinct: positions.size,
    counts,
    open: open.sort(),
    withoutRoundTrip,
    rateTrace: engine.rateTrace,
  };
}

const [name = '', ...texts] = process.argv.slice(2);
if (name === 'syn' || name === 'ack' || name === 'udp') console.log(JSON.stringify(await scan(name, texts)));
else throw new Error(`no raw engine is called ${name}`);
