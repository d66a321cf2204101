/**
 * The plans of the product's main queries over five million raw rows, as PostgreSQL executes them:
 *
 *   npm run explain -- [--rows 5000000]
 *
 * Creates a database of its own, fills it set by set (some minutes), runs each query as the product builds it under EXPLAIN
 * (ANALYZE, BUFFERS), writes docs/query-plans.md and fails when one of them reads a large table from end to end.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openEmbedded } from '#postgres/use/embedded.js';
import { type DatabaseAddress, openDatabase } from '#store/database/database.js';
import { migrate, readMigrations } from '#store/migrations/migrate.js';
import { fill, readSamples } from './plans/plans-data.ts';
import { plansDocument } from './plans/plans-document.ts';
import { explain, sequentialReads } from './plans/plans-explain.ts';
import { QUERIES } from './plans/plans-queries.ts';
import { ROOT } from './service/program.ts';

const DOCUMENT = join(ROOT, 'docs', 'query-plans.md');
const ROWS = 5_000_000;
/** Below this size a planner rightly reads sequentially. */
const LARGE_TABLE_ROWS = 20_000;

const { values } = parseArgs({ options: { rows: { type: 'string', default: String(ROWS) } } });
const print = (line: string) => void process.stderr.write(`${line}\n`);

async function measure(address: DatabaseAddress, rows: number): Promise<boolean> {
  const database = openDatabase(address, () => undefined);
  try {
    await migrate(database, await readMigrations(join(ROOT, 'migrations')));
  } finally {
    await database.close();
  }
  await fill(address, rows, print);
  const samples = await readSamples(address, LARGE_TABLE_ROWS);
  const explained = [];
  for (const query of QUERIES) {
    print(query.name);
    explained.push({ query, statements: await explain(address, (executor) => query.run(executor, samples)) });
  }
  const faults = explained.flatMap(({ query, statements }) =>
    sequentialReads(statements, samples.largeTables).map((table) => `${query.name}: reads all of ${table}`),
  );
  if (rows === ROWS) await writeFile(DOCUMENT, plansDocument(explained, samples));
  else print(plansDocument(explained, samples));
  for (const fault of faults) print(`FAULT ${fault}`);
  return faults.length === 0;
}

const dataDir = await mkdtemp(join(tmpdir(), 'scanorama-plans-'));
const leaving = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => leaving.abort());
try {
  const postgres = await openEmbedded({ dataDir, log: () => undefined, signal: leaving.signal });
  try {
    if (!(await measure(postgres.connection, Number(values.rows)))) process.exitCode = 1;
  } finally {
    await postgres.close();
  }
} finally {
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
}
