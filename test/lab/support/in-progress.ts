import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

const LOCK_WAIT_MS = 20;

/** The id of the one run in progress, once part of it is stored; fails when its program has ended before. */
export async function underWay(executor: Executor, program: ChildProcess): Promise<string> {
  for (;;) {
    const { rows } = await sql<{ uid: string }>`
      SELECT job.uid FROM scan_jobs job JOIN scan_shards shard ON shard.job_id = job.id
      WHERE job.status = 'running' AND shard.checkpoint > shard.first_position`.execute(executor);
    if (rows[0] !== undefined) return rows[0].uid;
    if (program.exitCode !== null)
      throw new Error(`the run ended with ${program.exitCode} before it was observed`);
    await sleep(LOCK_WAIT_MS);
  }
}
