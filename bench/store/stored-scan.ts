/**
 * P5: a complete SYN scan with a tenth of the ports open, stored, against the same with storing off: at a rate that a
 * network can carry, and at the maximum of these processors.
 */
import { join } from 'node:path';
import process from 'node:process';
import { runWell } from '../service/program.ts';
import { type Bench, serialized } from '../support/bench.ts';
import {
  type BenchDatabase,
  type BenchServer,
  complete,
  StandingDatabase,
  withServer,
} from '../support/database.ts';
import { withListener } from '../support/listener.ts';
import { inside, type Pair, withPair } from '../support/namespaces.ts';
import { goalOf, present, type Run, ratios, type Work } from '../support/work.ts';
import { copyScan } from './store-peers.ts';
import { newScan, PORTS_PER_HOST } from './store-scan.ts';
import { HOSTS, PORTS, scanResult } from './stored-scan-part.ts';

const PART = join(import.meta.dirname, 'stored-scan-part.ts');
const LIMIT_MS = 180_000;
/** One port in this many is open. */
const OPEN_EVERY = 10;
const OPEN_PORTS = Array.from({ length: PORTS / OPEN_EVERY }, (_, index) => (index + 1) * OPEN_EVERY);
const TRUTH = HOSTS * OPEN_PORTS.length;
/** Packets a second that leave the processors some idle time: a gigabit link is full at 1,488,000, and few networks carry it. */
const PACED = 50_000;
const RATE_TEXTS = `${PACED.toLocaleString('en')} packets/s`;

async function scan(bench: Bench, pair: Pair, ...texts: readonly string[]): Promise<Run> {
  const command = inside(pair.near, [process.execPath, '--conditions=source', PART, ...texts]);
  const output = await runWell(command, { signal: bench.signal, limitMs: LIMIT_MS });
  const line = output.split('\n').find((text) => text.startsWith('{')) ?? '';
  const { ms, open, processorMs } = scanResult.parse(JSON.parse(line));
  return {
    value: Math.round(ms),
    recall: Math.min(open, TRUTH) / TRUTH,
    falseFound: Math.max(0, open - TRUTH),
    details: { probesPerSecond: Math.round((HOSTS * PORTS * 1_000) / ms), processorMs },
  };
}

/** As many rows as the scan stores, by COPY into the raw table only: the lower bound of storing them. */
async function copyAlone(server: BenchServer): Promise<Run> {
  const database = await server.create();
  try {
    const reported = await newScan(database, { first: 0, end: TRUTH / PORTS_PER_HOST }, Date.UTC(2026, 0, 1));
    await complete(database);
    const { rows, ms } = await copyScan(database, reported);
    if (rows !== TRUTH) throw new Error(`${rows} rows, not ${TRUTH}`);
    return { value: Math.round(ms), details: { rows } };
  } finally {
    await database.drop();
  }
}

async function measure(bench: Bench, pair: Pair, server: BenchServer): Promise<Record<string, Run[]>> {
  const [paced, greatest] = [new StandingDatabase(server), new StandingDatabase(server)];
  const storedAt = (rate: string) => async (database: BenchDatabase) => {
    await complete(database);
    return await scan(bench, pair, 'stored', rate, JSON.stringify(database.address));
  };
  try {
    return await serialized(bench, {
      'stored, paced': () => paced.first(storedAt(String(PACED))),
      'storing off, paced': () => scan(bench, pair, 'off', String(PACED)),
      'stored again, paced': () => paced.second(storedAt(String(PACED))),
      stored: () => greatest.first(storedAt('max')),
      'storing off': () => scan(bench, pair, 'off', 'max'),
      'stored again': () => greatest.second(storedAt('max')),
      'COPY alone': () => copyAlone(server),
    });
  } finally {
    await paced.drop();
    await greatest.drop();
  }
}

const sums = (a: readonly Run[] = [], b: readonly Run[] = []): readonly Run[] =>
  a.map((run, round) => ({ value: run.value + (b[round]?.value ?? Number.NaN) }));

export async function measureStoredScan(bench: Bench): Promise<readonly Work[]> {
  const runs = await withPair('stored', '198.18.1.0/24', (pair) =>
    withListener(pair.far, OPEN_PORTS, () =>
      withServer(bench.signal, (server) => measure(bench, pair, server)),
    ),
  );
  const { stored, 'storing off': off, 'stored again': again, 'COPY alone': copy } = runs;
  const { 'stored, paced': paced, 'storing off, paced': pacedOff, 'stored again, paced': pacedAgain } = runs;
  return [
    {
      id: 'P5',
      title: 'A complete SYN scan, stored, against the same with storing off',
      unit: 'ms',
      rounds: bench.rounds,
      runs,
      goals: present([
        goalOf(`${RATE_TEXTS}: stored, everything new / storing off`, ratios(paced, pacedOff), {
          most: 1.15,
        }),
        goalOf(`${RATE_TEXTS}: stored again, nothing changed / storing off`, ratios(pacedAgain, pacedOff), {
          most: 1.15,
        }),
        goalOf('greatest rate: stored, everything new / storing off', ratios(stored, off), { most: 1.15 }),
        goalOf('greatest rate: stored again, nothing changed / storing off', ratios(again, off), {
          most: 1.15,
        }),
        goalOf(
          'greatest rate: storing off and COPY alone, one after the other / storing off',
          ratios(sums(off, copy), off),
        ),
        goalOf(
          'recall, stored',
          [paced, pacedAgain, stored, again].flatMap((each) => each ?? []).map(({ recall }) => recall ?? 0),
          { least: 1, always: true },
        ),
      ]),
      how: [
        `${HOSTS} addresses × ${PORTS.toLocaleString('en')} ports across a veth pair between two network namespaces; every tenth port is open (${TRUTH.toLocaleString('en')}), all others respond with a reset. The SYN engine in a prober process of its own, at ${RATE_TEXTS} and at the greatest rate.`,
        'Stored: the scan as a worker runs it, from claiming its shard to `completed`, in the embedded PostgreSQL with its default settings, into an empty database, and once more into what that left, after VACUUM ANALYZE. Storing off: the same prober, batches and records, which are then discarded.',
      ],
      unspecified: [
        `At the greatest rate the scan alone takes all of two processors, so each second of storing adds a second: ${TRUTH.toLocaleString('en')} rows by bare COPY, without current state, history and ledger, would be beyond the goal too (last ratio of the table).`,
        'Scanner, target, both kernels and PostgreSQL share the processors: on a real network the scanner waits for the wire, and the database uses the time in between.',
      ],
      absent: {},
    },
  ];
}
