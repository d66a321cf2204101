/**
 * P4: storing 1,000,000 open-port rows (raw, current and history, every constraint on) by the program's own code,
 * against the same row by row and against COPY into the raw table alone.
 */
import { type Bench, serialized } from '../support/bench.ts';
import {
  type BenchDatabase,
  type BenchServer,
  complete,
  countRows,
  StandingDatabase,
  withClient,
  withServer,
} from '../support/database.ts';
import { type Goal, goalOf, present, type Run, ratios, type Work } from '../support/work.ts';
import { copyScan, storeRowByRow } from './store-peers.ts';
import { newScan, PORTS_PER_HOST, type Stored, type StoredScan, storeScan } from './store-scan.ts';

const HOSTS = 10_000;
const ALL_HOSTS = { first: 0, end: HOSTS };
const ROWS = HOSTS * PORTS_PER_HOST;
/** Row by row is too slow for all of them, and its speed does not depend on their number. */
const ROWS_ONE_BY_ONE = 30_000;
const FIRST_SCAN_MS = Date.UTC(2026, 0, 1);
const SECOND_SCAN_MS = Date.UTC(2026, 0, 2);

/** Rows that have to be in each table afterwards. */
type Expected = Readonly<Record<string, number>>;

async function runOf(
  database: BenchDatabase,
  store: () => Promise<Stored>,
  expected: Expected,
): Promise<Run> {
  await complete(database);
  const { rows, ms } = await store();
  await withClient(database, async (client) => {
    for (const [table, count] of Object.entries(expected)) {
      const found = await countRows(client, table);
      if (found !== count) throw new Error(`${table} has ${found} rows, not ${count}`);
    }
  });
  return {
    value: Math.round((rows / ms) * 1_000),
    details: { rows, seconds: Math.round(ms) / 1_000 },
  };
}

async function inNewDatabase(
  server: BenchServer,
  measure: (database: BenchDatabase, scan: StoredScan) => Promise<Run>,
): Promise<Run> {
  const database = await server.create();
  try {
    return await measure(database, await newScan(database, ALL_HOSTS, FIRST_SCAN_MS));
  } finally {
    await database.drop();
  }
}

const AFTER_FIRST: Expected = {
  port_scans: ROWS,
  host_ports: ROWS,
  "host_history WHERE fact = 'port'": ROWS,
};
const AFTER_SECOND: Expected = { ...AFTER_FIRST, port_scans: 2 * ROWS };

async function storeAt(database: BenchDatabase, startMs: number, expected: Expected): Promise<Run> {
  const scan = await newScan(database, ALL_HOSTS, startMs);
  return await runOf(database, () => storeScan(database, scan), expected);
}

async function measure(bench: Bench, server: BenchServer): Promise<Record<string, Run[]>> {
  const standing = new StandingDatabase(server);
  try {
    return await serialized(bench, {
      'first scan': () => standing.first((database) => storeAt(database, FIRST_SCAN_MS, AFTER_FIRST)),
      'bare COPY': () =>
        inNewDatabase(server, (database, scan) =>
          runOf(database, () => copyScan(database, scan), { port_scans: ROWS }),
        ),
      'repeated scan': () => standing.second((database) => storeAt(database, SECOND_SCAN_MS, AFTER_SECOND)),
      'row by row': () =>
        inNewDatabase(server, (database, scan) =>
          runOf(database, () => storeRowByRow(database, scan, ROWS_ONE_BY_ONE), {
            port_scans: ROWS_ONE_BY_ONE,
          }),
        ),
    });
  } finally {
    await standing.drop();
  }
}

const rows = (count: number) => count.toLocaleString('en');

export async function measureStore(bench: Bench): Promise<readonly Work[]> {
  const runs = await withServer(bench.signal, (server) => measure(bench, server));
  const { 'first scan': first, 'repeated scan': repeated, 'bare COPY': copy, 'row by row': single } = runs;
  return [
    {
      id: 'P4',
      title: `Storing ${rows(ROWS)} open ports`,
      unit: 'rows/s',
      rounds: bench.rounds,
      runs,
      goals: present<Goal>([
        goalOf('first scan / row by row', ratios(first, single), { least: 12 }),
        goalOf('first scan / bare COPY', ratios(first, copy), { least: 0.35 }),
        goalOf('repeated scan / bare COPY', ratios(repeated, copy), { least: 0.6 }),
        goalOf('repeated scan / row by row', ratios(repeated, single)),
      ]),
      how: [
        `${rows(HOSTS)} hosts with ${PORTS_PER_HOST} open ports each, in the embedded PostgreSQL with its default settings; batches of the program's own size in the order of its plan, stored by \`recordBatch\`: lease, hosts, raw rows, current state, history, event, ledger and checkpoint in one transaction each. The first scan finds an empty database, the repeated one what the first left, after VACUUM ANALYZE; all its ports are open again.`,
        'Bare COPY: the same rows in the same batches and order into `port_scans` alone, with its keys, indexes and constraints; its hosts exist before.',
        `Row by row: for each row an INSERT of the raw row, a SELECT and an upsert of the current one and an INSERT into history, prepared statements, one transaction a batch, ${rows(ROWS_ONE_BY_ONE)} rows a run and its speed taken for all; its hosts exist before, and late responses are not handled.`,
        'The time is that of storing. It includes creating the statements and excludes creating the records. A checkpoint before each run. Afterwards the rows of the tables are counted.',
      ],
      unspecified: [
        'Program and PostgreSQL share the processors and the disk; nothing else is stored at the same time.',
        'All ports of a host are open. Closed and unresponsive ports are stored as ranges, and are not measured here.',
      ],
      absent: {},
    },
  ];
}
