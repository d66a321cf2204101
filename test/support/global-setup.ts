import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openEmbedded } from '#postgres/use/embedded.js';
import { type DatabaseAddress, type Executor, openDatabase } from '#store/database/database.js';
import { runStatementText } from '#store/database/statement-text.js';
import { migrate, readMigrations } from '#store/migrations/migrate.js';
import { TEMPLATE_DATABASE } from './database/database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the test server; its database is the maintenance one. */
    testServer: DatabaseAddress;
  }
}

let server: TestServer | undefined;

/** All tests wait for it: on a busy machine it was not ready within the usual 30 s. */
const START_TIMEOUT_MS = 180_000;

/**
 * One PostgreSQL for the whole run and one migrated template database in it; each test file clones the
 * template. SCANORAMA_TEST_DATABASE_URL (a superuser) runs the same tests on another server.
 */
export async function setup(project: TestProject): Promise<void> {
  const external = process.env['SCANORAMA_TEST_DATABASE_URL'];
  server = external === undefined ? await startEmbedded() : fromUrl(external);
  const admin = openDatabase(server.address, () => undefined);
  if (external === undefined) await stopSyncing(admin.executor);
  await runStatementText(admin.executor, `DROP DATABASE IF EXISTS ${TEMPLATE_DATABASE} WITH (FORCE)`);
  await runStatementText(admin.executor, `CREATE DATABASE ${TEMPLATE_DATABASE}`);
  await admin.close();
  const template = openDatabase({ ...server.address, database: TEMPLATE_DATABASE }, () => undefined);
  await migrate(template, await readMigrations(join(import.meta.dirname, '..', '..', 'migrations')));
  await template.close();
  project.provide('testServer', server.address);
}

export async function teardown(): Promise<void> {
  await server?.stop();
}

/** A crash of the machine may lose its data: nothing here outlives the run, and waiting for the disk took half of it. */
async function stopSyncing(executor: Executor): Promise<void> {
  for (const setting of ['fsync', 'full_page_writes'])
    await runStatementText(executor, `ALTER SYSTEM SET ${setting} = off`);
  await runStatementText(executor, 'SELECT pg_reload_conf()');
}

interface TestServer {
  readonly address: DatabaseAddress;
  stop(): Promise<void>;
}

async function startEmbedded(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'scanorama-test-'));
  const postgres = await openEmbedded({
    dataDir,
    log: () => undefined,
    signal: new AbortController().signal,
    startTimeoutMs: START_TIMEOUT_MS,
  });
  return {
    address: postgres.connection,
    async stop() {
      await postgres.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function fromUrl(text: string): TestServer {
  const url = new URL(text);
  return {
    address: {
      host: decodeURIComponent(url.hostname),
      port: Number(url.port === '' ? 5432 : url.port),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: url.pathname.slice(1),
    },
    stop: () => Promise.resolve(),
  };
}
