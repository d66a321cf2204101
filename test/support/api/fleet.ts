import { sql } from 'kysely';
import type { ProberSurvey } from '#scan/engine/prober.js';
import { readMigrations } from '#store/migrations/migrate.js';
import { insertSite } from '#store/sites/sites.js';
import type { WorkContext } from '#work/context/context.js';
import { registerWorker, signOff, type WorkerPost } from '#work/workers/workers.js';
import { openTestDatabase, type TestDatabase } from '../database/database.ts';
import { createWorkContext, PROBER_FACTS } from '../programs/work-context.ts';
import { begin, order } from '../programs/worker.ts';

export const CONNECT: ProberSurvey = {
  available: [
    { name: 'connect', protocols: ['tcp', 'udp'] },
    { name: 'discovery', protocols: [] },
  ],
  missing: [{ name: 'syn', code: 'privilege_missing', message: 'The syn engine may not.', hint: 'Let it.' }],
  facts: PROBER_FACTS,
};
export const RAW: ProberSurvey = {
  available: [...CONNECT.available, { name: 'syn', protocols: ['tcp'] }],
  missing: [],
  facts: { ...PROBER_FACTS, rawPackets: true, liveHosts: true },
};

export const NMAP: ProberSurvey = {
  ...CONNECT,
  available: [...CONNECT.available, { name: 'nmap', protocols: ['tcp'] }],
};
export const NMAP_RAW: ProberSurvey = {
  ...CONNECT,
  available: [...CONNECT.available, { name: 'nmap', protocols: ['tcp', 'udp'] }],
};

export interface TestPost {
  readonly context: WorkContext;
  readonly post: WorkerPost;
  readonly input: { site: string | undefined; concurrency: number; version: string; schemaVersion: number };
  leave(): Promise<void>;
}

export interface Fleet {
  readonly db: TestDatabase;
  /** The number of migrations. */
  readonly migrations: number;
  /** Registers a worker, and returns its context. */
  worker(site: string | undefined, survey?: ProberSurvey): Promise<TestPost>;
  scanOf(site: string, more?: object): Promise<{ uid: string; shardId: number }>;
  /** The kinds of the events of a worker, in their order. */
  reportedOf(at: TestPost): Promise<readonly string[]>;
  /** Removes every worker. */
  forgetAll(): Promise<void>;
}

/** A database with the site `branch` in addition to the default one. */
export async function openFleet(): Promise<Fleet> {
  const db = await openTestDatabase();
  const migrations = (await readMigrations('migrations')).length;
  await insertSite(db.store.read, '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e00', 'branch');
  let names = 0;
  async function worker(site: string | undefined, survey = CONNECT): Promise<TestPost> {
    names += 1;
    const context = createWorkContext(db.store, { owner: `machine-${names}/1`, post: { kind: 'none' } });
    const input = { site, concurrency: 4, version: '1.0.0', schemaVersion: migrations };
    const post = await registerWorker(context, input, survey);
    const at = { ...context, post };
    return {
      context: at,
      post,
      input,
      leave: async () => {
        await signOff(at, post);
        await sql`DELETE FROM workers WHERE id = ${post.workerId}`.execute(db.store.read);
      },
    };
  }

  async function scanOf(site: string, more = {}): Promise<{ uid: string; shardId: number }> {
    const context = createWorkContext(db.store, { post: { kind: 'none' } });
    const uid = await begin(context, order(['127.80.0.1'], '1-2', { site, ...more }));
    const { rows } = await sql<{ id: number }>`
      SELECT shard.id FROM scan_shards shard JOIN scan_jobs job ON job.id = shard.job_id WHERE job.uid = ${uid}`.execute(
      db.store.read,
    );
    return { uid, shardId: rows[0]?.id ?? 0 };
  }
  return {
    db,
    migrations,
    worker,
    scanOf,
    reportedOf: async ({ context }) => {
      const { rows } = await sql<{ kind: string }>`SELECT kind FROM events
        WHERE kind LIKE 'worker.%' AND payload ->> 'name' = ${context.owner} ORDER BY id`.execute(
        db.store.read,
      );
      return rows.map(({ kind }) => kind);
    },
    forgetAll: async () => void (await sql`DELETE FROM workers`.execute(db.store.read)),
  };
}
