import { sql } from 'kysely';
import { expect } from 'vitest';
import type { ScanWhat } from '#domain/schedules/schedule.js';
import { createScheduler, type Scheduler } from '#jobs/scheduler.js';
import { listRuns, type RunView } from '#store/schedules/schedule-runs.js';
import { findScheduleView, type ScheduleView } from '#store/schedules/schedules.js';
import type { WorkContext } from '#work/context/context.js';
import { cancelScan, failScan } from '#work/scans/end-scan.js';
import type { ScheduleTools } from '#work/schedules/schedule-kinds.js';
import {
  changeSchedule,
  createSchedule,
  type ScheduleChange,
  type ScheduleOrder,
} from '#work/schedules/schedules.js';
import { openTestDatabase, type TestDatabase } from '../database/database.ts';
import { createWorkContext } from '../programs/work-context.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const START_MS = Date.parse('2026-06-01T00:00:00Z');
export const RETENTION: Partial<ScheduleOrder> = { input: { kind: 'retention', task: {} }, site: null };
export const WHAT: ScanWhat = {
  targets: ['127.0.60.1'],
  exclude: [],
  settings: { ports: '1' },
  outsideScope: false,
  confirmLarge: false,
  confirmUnscoped: true,
};

/** Hourly on the hour, one port of loopback. */
export function orderOf(more: Partial<ScheduleOrder>): ScheduleOrder {
  return {
    name: 'hourly',
    description: null,
    input: { kind: 'scan', task: WHAT },
    site: 'default',
    profile: null,
    cron: '0 * * * *',
    timezone: 'UTC',
    catchUp: 'latest',
    overlap: 'skip',
    enabled: true,
    jitterMs: 0,
    maxFailures: null,
    retries: 0,
    retryDelayMs: MINUTE_MS,
    actor: 'test',
    ...more,
  };
}

/** A database with a scheduler whose clock the test sets. */
export class ScheduleLab {
  readonly db: TestDatabase;
  readonly context: WorkContext;
  readonly signal = new AbortController().signal;
  nowMs = START_MS;
  readonly now = () => Promise.resolve(this.nowMs);
  /** What a run of retention does. */
  retention: ScheduleTools['applyRetention'] = () => Promise.resolve();
  scheduler: Scheduler;

  constructor(db: TestDatabase) {
    this.db = db;
    this.context = createWorkContext(db.store);
    this.scheduler = this.schedulerOf(this.context);
  }

  /** Another scheduler over the same rows, whose polls wait until what they found has begun. */
  schedulerOf(context: WorkContext): Scheduler {
    const tools: ScheduleTools = {
      verifyRuns: { join: () => Promise.reject(new Error('unexpected call of verify')) },
      applyRetention: (...parts) => this.retention(...parts),
    };
    const scheduler = createScheduler(context, { tools, now: this.now });
    return {
      ...scheduler,
      async poll(signal) {
        await scheduler.poll(signal);
        await scheduler.begun();
      },
    };
  }

  make(more: Partial<ScheduleOrder> = {}): Promise<ScheduleView> {
    return createSchedule(this.context, orderOf(more), { signal: this.signal, now: this.now });
  }

  change(change: ScheduleChange): Promise<ScheduleView> {
    const { signal, now } = this;
    return changeSchedule(this.context, 'hourly', { change, actor: 'test', signal, now });
  }

  shown(): Promise<ScheduleView> {
    return findScheduleView(this.db.store.read, 'hourly');
  }

  /** In the order they are due. */
  async runs(): Promise<readonly RunView[]> {
    const { id } = await this.shown();
    return (await listRuns(this.db.store.read, id, { limit: 1_000, offset: 0 })).toReversed();
  }

  async statesOf(): Promise<string[][]> {
    return (await this.runs()).map(({ dueAt, state, skipReason }) => [
      dueAt.toISOString().slice(11, 16),
      skipReason === null ? state : `skipped: ${skipReason}`,
    ]);
  }

  /** Polls, and waits for what the scheduler runs itself. */
  async runSchedulerAt(instantMs: number): Promise<void> {
    this.nowMs = instantMs;
    await this.scheduler.poll(this.signal);
    await expect.poll(() => this.#openTasks()).toBe(0);
  }

  async #openTasks(): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*) AS count FROM schedule_runs WHERE state = 'running' AND owner IS NOT NULL`.execute(
      this.db.store.read,
    );
    return rows[0]?.count ?? 0;
  }

  /** Ends the scan that the schedule started last. */
  async endScan(how: 'failed' | 'stopped' | 'completed'): Promise<void> {
    const { read } = this.db.store;
    const uid = (await this.runs()).findLast(({ scans }) => scans.length > 0)?.scans[0]?.uid ?? '';
    if (how === 'failed') {
      await failScan(this.context, uid, { code: 'engine_failed', message: 'The engine broke.' });
    } else if (how === 'stopped') {
      await sql`UPDATE scan_jobs SET stop_requested_at = now() WHERE uid = ${uid}`.execute(read);
      await cancelScan(this.context, uid, true);
    } else {
      await sql`UPDATE scan_jobs SET status = 'running', started_at = clock_timestamp() WHERE uid = ${uid}`.execute(
        read,
      );
      await sql`UPDATE scan_jobs SET status = 'completed', completed_at = clock_timestamp() WHERE uid = ${uid}`.execute(
        read,
      );
    }
  }

  async close(): Promise<void> {
    await this.scheduler.close();
    await this.db.close();
  }
}

export async function openScheduleLab(): Promise<ScheduleLab> {
  return new ScheduleLab(await openTestDatabase());
}
