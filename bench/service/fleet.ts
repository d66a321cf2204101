/** A complete stored SYN scan of one network by one worker, and split between two and three of them on the same machine. */

import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findScanView } from '#store/scans/scan-views.js';
import { countWorkers } from '#store/workers/worker-views.js';
import { startScan } from '#work/scans/start-scan.js';
import { type Bench, serialized } from '../support/bench.ts';
import { type BenchDatabase, type BenchServer, complete, withServer } from '../support/database.ts';
import { withListener } from '../support/listener.ts';
import { inside, type Pair, withPair } from '../support/namespaces.ts';
import { goalOf, present, type Run, ratios, type Work } from '../support/work.ts';
import { end, printed, start } from './program.ts';
import { scanorama } from './service.ts';

const ADDRESSES = 256;
const TARGETS = '198.18.1.0/24';
/** Enough for the shards of three workers, six, to be of several blocks each. */
const PORTS = 8_000;
const OPEN_PORTS = [80, 4_000, 7_999];
const TRUTH = ADDRESSES * OPEN_PORTS.length;
const START_LIMIT_MS = 60_000;
const SCAN_LIMIT_MS = 300_000;
const POLL_MS = 50;

function urlOf({
  host = '',
  port,
  user = '',
  password = '',
  database = '',
}: BenchDatabase['address']): string {
  const place = new URLSearchParams({ host, user, password, port: String(port ?? 5432) });
  return `postgres:///${database}?${place.toString()}`;
}

/** This many workers in the network of the scanner, for as long as `use` runs. */
async function withWorkers<T>(
  { near }: Pair,
  { database, count }: { readonly database: BenchDatabase; readonly count: number },
  use: () => Promise<T>,
): Promise<T> {
  const texts = inside(near, [
    process.execPath,
    ...scanorama('worker', '--database-url', urlOf(database.address)),
  ]);
  const workers = Array.from({ length: count }, () => start(texts));
  const starting = { signal: database.signal, limitMs: START_LIMIT_MS };
  try {
    await Promise.all(workers.map((child) => printed(child, /The worker is running/, starting)));
    const there = await countWorkers(database.context.store.read, false);
    if (there !== count) throw new Error(`${there} workers are there, not ${count}`);
    return await use();
  } finally {
    await Promise.all(workers.map((child) => end(child)));
  }
}

async function scan(database: BenchDatabase, count: number): Promise<Run> {
  const { context, signal } = database;
  const uid = await startScan(
    { ...context, post: { kind: 'none' } },
    {
      targets: [TARGETS],
      exclude: [],
      ports: `1-${PORTS}`,
      rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: true },
      scanType: 'syn',
      liveHosts: false,
      name: null,
      description: null,
      site: 'default',
      outsideScope: false,
      confirmLarge: true,
      confirmUnscoped: true,
      actor: 'bench',
    },
    signal,
  );
  const limit = AbortSignal.any([signal, AbortSignal.timeout(SCAN_LIMIT_MS)]);
  for (;;) {
    const view = await findScanView(context.store.read, uid);
    if (view?.status === 'failed') throw new Error(view.errorMessage ?? 'the scan failed');
    if (view?.status === 'completed' && view.durationMs !== null) {
      const { listedPorts: open, durationMs, completed: done } = view;
      const details = { workers: count, probesPerSecond: Math.round((done * 1_000) / durationMs) };
      return {
        value: Math.round(durationMs),
        recall: Math.min(open, TRUTH) / TRUTH,
        falseFound: Math.max(0, open - TRUTH),
        details,
      };
    }
    await sleep(POLL_MS, undefined, { signal: limit });
  }
}

async function spread(pair: Pair, server: BenchServer, count: number): Promise<Run> {
  const database = await server.create();
  try {
    await complete(database);
    return await withWorkers(pair, { database, count }, () => scan(database, count));
  } finally {
    await database.drop();
  }
}

export async function measureFleet(bench: Bench): Promise<readonly Work[]> {
  const runs = await withPair('fleet', TARGETS, (pair) =>
    withListener(pair.far, OPEN_PORTS, () =>
      withServer(bench.signal, (server) =>
        serialized(bench, {
          'one worker': () => spread(pair, server, 1),
          'two workers': () => spread(pair, server, 2),
          'three workers': () => spread(pair, server, 3),
        }),
      ),
    ),
  );
  const { 'one worker': one, 'two workers': two, 'three workers': three } = runs;
  return [
    {
      id: 'fleet',
      title: 'A scan by one worker, and distributed over several',
      unit: 'ms',
      rounds: bench.rounds,
      runs,
      goals: present([
        goalOf('two workers / one', ratios(two, one)),
        goalOf('three workers / one', ratios(three, one)),
        goalOf(
          'recall',
          [one, two, three].flatMap((each) => each ?? []).map(({ recall }) => recall ?? 0),
          { least: 1, always: true },
        ),
      ]),
      how: [
        `${ADDRESSES} addresses × ${PORTS.toLocaleString('en')} ports across a veth pair between two network namespaces; ${OPEN_PORTS.length} ports of each are open, all others respond with a reset. The built program as \`scanorama worker\`, one to three times on one embedded PostgreSQL, at the greatest rate; from the start of the scan to \`completed\`.`,
      ],
      unspecified: [
        'All workers, the hosts and PostgreSQL share the processors of one machine, so several can be no faster than one where it has all of them already: a ratio above 1 is the cost of dividing and sharing, not the gain of separate machines.',
      ],
      absent: {},
    },
  ];
}
