/** P5: a whole SYN scan of which a tenth of the ports are open, stored, against the same with storing off. */
import { join } from 'node:path';
import process from 'node:process';
import { type Bench, inTurn } from './bench.ts';
import { type BenchDatabase, type BenchServer, settle, withClient, withServer } from './database.ts';
import { withListener } from './listener.ts';
import { inside, type Pair, withPair } from './namespaces.ts';
import { runWell } from './program.ts';
import { HOSTS, PORTS, scanResult } from './stored-scan-part.ts';
import { goalOf, present, type Run, ratios, type Work } from './work.ts';

const PART = join(import.meta.dirname, 'stored-scan-part.ts');
const LIMIT_MS = 180_000;
/** One port in so many is open. */
const OPEN_EVERY = 10;
const OPEN_PORTS = Array.from({ length: PORTS / OPEN_EVERY }, (_, index) => (index + 1) * OPEN_EVERY);
const TRUTH = HOSTS * OPEN_PORTS.length;

async function scan(bench: Bench, pair: Pair, ...words: readonly string[]): Promise<Run> {
  const command = inside(pair.near, [process.execPath, '--conditions=source', PART, ...words]);
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

/** The second scan of a round finds what the first one stored. */
class StoredScans {
  readonly #server: BenchServer;
  readonly #scan: (database: BenchDatabase) => Promise<Run>;
  #standing: BenchDatabase | undefined;

  constructor(server: BenchServer, scanInto: (database: BenchDatabase) => Promise<Run>) {
    this.#server = server;
    this.#scan = scanInto;
  }

  async first(): Promise<Run> {
    this.#standing = await this.#server.create();
    await settle(this.#standing);
    return await this.#scan(this.#standing);
  }

  async again(): Promise<Run> {
    const database = this.#standing;
    if (database === undefined) throw new Error('there was no first scan');
    await withClient(database, (client) => client.query('VACUUM ANALYZE'));
    await settle(database);
    const run = await this.#scan(database);
    await this.drop();
    return run;
  }

  async drop(): Promise<void> {
    const database = this.#standing;
    this.#standing = undefined;
    await database?.drop();
  }
}

async function measure(bench: Bench, pair: Pair, server: BenchServer): Promise<Record<string, Run[]>> {
  const scans = new StoredScans(server, ({ address }) =>
    scan(bench, pair, 'stored', JSON.stringify(address)),
  );
  try {
    return await inTurn(bench, {
      stored: () => scans.first(),
      'storing off': () => scan(bench, pair, 'off'),
      'stored again': () => scans.again(),
    });
  } finally {
    await scans.drop();
  }
}

export async function measureStoredScan(bench: Bench): Promise<readonly Work[]> {
  const runs = await withPair('stored', '198.18.1.0/24', (pair) =>
    withListener(pair.far, OPEN_PORTS, () =>
      withServer(bench.signal, (server) => measure(bench, pair, server)),
    ),
  );
  const { stored, 'storing off': off, 'stored again': again } = runs;
  return [
    {
      id: 'P5',
      title: 'A whole SYN scan, stored, against the same with storing off',
      unit: 'ms',
      rounds: bench.rounds,
      runs,
      goals: present([
        goalOf('time stored, everything new / storing off', ratios(stored, off), { most: 1.15 }),
        goalOf('time stored again, nothing changed / storing off', ratios(again, off), { most: 1.15 }),
        goalOf(
          'recall, stored',
          [...(stored ?? []), ...(again ?? [])].map(({ recall }) => recall ?? 0),
          { least: 1, always: true },
        ),
      ]),
      how: [
        `${HOSTS} addresses × ${PORTS.toLocaleString('en')} ports across a veth pair between two network namespaces; every tenth port is open (${TRUTH.toLocaleString('en')}), all others answer with a reset. The SYN engine in a prober process of its own, at the greatest rate.`,
        'Stored: the scan as a worker runs it, from claiming its shard to `completed`, in the embedded PostgreSQL with the settings that it comes with, into an empty database, and once more into what that left, after VACUUM ANALYZE. Storing off: the same prober, batches and records, which are then thrown away.',
      ],
      doesNotSay: [
        'Scanner, target, both kernels and PostgreSQL share the processors: on a real network the scanner waits for the wire, and the database has the time between.',
      ],
      absent: {},
    },
  ];
}
