/** P6: appending to a month that holds 50,000,000 rows of the same hosts, against one that holds 1,000,000. */
import { type Bench, serialized } from '../support/bench.ts';
import { type BenchDatabase, type BenchServer, complete, withServer } from '../support/database.ts';
import { goalOf, present, type Run, ratios, type Work } from '../support/work.ts';
import { assertCapacityFor, FILLED_HOSTS, FILLED_UNTIL_MS, fill, ROWS_PER_SCAN } from './store-fill.ts';
import { newScan, PORTS_PER_HOST, storeScan } from './store-scan.ts';

const APPENDS = 5;
const HOSTS_PER_APPEND = FILLED_HOSTS / APPENDS;
const ROWS_PER_APPEND = HOSTS_PER_APPEND * PORTS_PER_HOST;
const DEFAULT_ROWS = 50_000_000;
const DAY_MS = 86_400_000;

/** Each append uses other hosts than the one before, until all were used. */
function appender(database: BenchDatabase): () => Promise<Run> {
  let appendIndex = 0;
  return async () => {
    const first = (appendIndex % APPENDS) * HOSTS_PER_APPEND;
    const range = { first, end: first + HOSTS_PER_APPEND };
    const scan = await newScan(database, range, FILLED_UNTIL_MS + appendIndex * DAY_MS);
    appendIndex += 1;
    await complete(database);
    const { rows, ms } = await storeScan(database, scan);
    return { value: Math.round((rows / ms) * 1_000), details: { rows, seconds: Math.round(ms) / 1_000 } };
  };
}

async function filled(server: BenchServer, scans: number, bench: Bench): Promise<BenchDatabase> {
  const database = await server.create();
  const begunMs = performance.now();
  await fill(database, scans, (line) => bench.print(line));
  bench.print(
    `  ${(scans * ROWS_PER_SCAN).toLocaleString('en')} rows in place after ${Math.round((performance.now() - begunMs) / 1_000)} s`,
  );
  return database;
}

export async function measureGrowth(bench: Bench): Promise<readonly Work[]> {
  const scans = Math.max(1, Math.round((bench.rows ?? DEFAULT_ROWS) / ROWS_PER_SCAN));
  await assertCapacityFor((scans + 1) * ROWS_PER_SCAN);
  const full = `${(scans * ROWS_PER_SCAN).toLocaleString('en')} rows`;
  const few = `${ROWS_PER_SCAN.toLocaleString('en')} rows`;
  const runs = await withServer(bench.signal, async (server) => {
    const small = await filled(server, 1, bench);
    const large = await filled(server, scans, bench);
    return await serialized(bench, { [few]: appender(small), [full]: appender(large) });
  });
  return [
    {
      id: 'P6',
      title: 'Appending to a month that is full',
      unit: 'rows/s',
      rounds: bench.rounds,
      runs,
      goals: present([
        goalOf(`with ${full} in place / ${few}`, ratios(runs[full], runs[few]), { least: 0.85 }),
      ]),
      how: [
        `Two databases of one server, with its default settings. In both ${FILLED_HOSTS.toLocaleString('en')} hosts have ${PORTS_PER_HOST} open ports, with current state and history; one holds ${few} of raw observations of them, the other ${full}, all in the partition of this month. They were filled by set-based statements, and VACUUM ANALYZE was run.`,
        `An append is a scan of ${HOSTS_PER_APPEND.toLocaleString('en')} of the hosts, ${ROWS_PER_APPEND.toLocaleString('en')} rows that change nothing, by the program's own code; ${APPENDS} appends go through all hosts. A checkpoint before each.`,
      ],
      unspecified: [
        'The raw table alone is larger; how many hosts and ports are known is the same in both.',
        'The operating system caches the files in free memory.',
      ],
      absent: {},
    },
  ];
}
