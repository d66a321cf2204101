import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScheduler, MAX_TASKS } from '#jobs/scheduler.js';
import type { IntegrityOutcome } from '#store/integrity/outcomes.js';
import { SharedRun } from '#work/context/shared-run.js';
import {
  HOUR_MS,
  openScheduleLab,
  RETENTION,
  type ScheduleLab,
  START_MS,
} from '../../support/api/schedule-lab.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

let lab: ScheduleLab;
beforeEach(async () => {
  lab = await openScheduleLab();
});
afterEach(() => lab.close());

describe('runs without scans', () => {
  it('run concurrently up to a limit, also when many are due at the same time', async () => {
    const names = Array.from({ length: MAX_TASKS + 2 }, (_, index) => `task ${index}`);
    for (const name of names) await lab.make({ ...RETENTION, name });
    const done = Promise.withResolvers<void>();
    lab.retention = (_context, ending) => {
      ending.addEventListener('abort', () => done.resolve(), { once: true });
      return done.promise;
    };
    const states = async () => {
      const { rows } = await sql<{ state: string; count: number }>`
        SELECT state, count(*) AS count FROM schedule_runs GROUP BY state`.execute(lab.db.store.read);
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    };
    lab.nowMs = START_MS + HOUR_MS;
    await lab.scheduler.poll(lab.signal);
    expect(await states()).toEqual({ running: MAX_TASKS, pending: 2 });
    await lab.scheduler.poll(lab.signal);
    expect(await states()).toEqual({ running: MAX_TASKS, pending: 2 });
    done.resolve();
    await expect.poll(states).toEqual({ completed: MAX_TASKS, pending: 2 });
    await lab.runSchedulerAt(lab.nowMs + 1);
    expect(await states()).toEqual({ completed: names.length });
  });
});

describe('a program that ends', () => {
  it('releases its runs without scans when it ends, and the next program executes them', async () => {
    await lab.make(RETENTION);
    lab.retention = (_context, ending) =>
      new Promise((resolve) => ending.addEventListener('abort', () => resolve(), { once: true }));
    lab.nowMs = START_MS + HOUR_MS;
    await lab.scheduler.poll(lab.signal);
    expect(await lab.statesOf()).toEqual([['01:00', 'running']]);
    await lab.scheduler.close();
    expect(await lab.runs()).toMatchObject([{ state: 'pending', attempt: 0 }]);
    lab.retention = () => Promise.resolve();
    lab.scheduler = lab.schedulerOf(createWorkContext(lab.db.store, { owner: 'next' }));
    await lab.runSchedulerAt(START_MS + HOUR_MS + 1);
    expect(await lab.runs()).toMatchObject([{ state: 'completed', attempt: 1 }]);
  });

  it('does not wait for a check that another caller still waits for', async () => {
    const checked = Promise.withResolvers<IntegrityOutcome>();
    const verifyRuns = new SharedRun(() => checked.promise);
    const staying = verifyRuns.join(lab.signal);
    await lab.make({ input: { kind: 'verify', task: {} }, site: null });
    const ending = createScheduler(createWorkContext(lab.db.store, { owner: 'ending' }), {
      tools: { verifyRuns, applyRetention: () => Promise.resolve() },
      now: lab.now,
    });
    lab.nowMs = START_MS + HOUR_MS;
    await ending.poll(lab.signal);
    await ending.begun();
    expect(await lab.statesOf()).toEqual([['01:00', 'running']]);
    await ending.close();
    expect(await lab.runs()).toMatchObject([{ state: 'pending', attempt: 0 }]);
    checked.resolve({ startedAtMs: 0, durationMs: 1, checks: [] });
    await staying;
  });

  it('whose worker disappeared is noticed when its lease has expired, and its run is retried', async () => {
    await lab.make({ ...RETENTION, retries: 1, retryDelayMs: 0 });
    const { promise, resolve: release } = Promise.withResolvers<void>();
    lab.retention = () => promise;
    lab.nowMs = START_MS + HOUR_MS;
    await lab.scheduler.poll(lab.signal);
    await sql`UPDATE schedule_runs SET lease_expires_at = now() - interval '1 second'`.execute(
      lab.db.store.read,
    );
    const next = lab.schedulerOf(createWorkContext(lab.db.store, { owner: 'next' }));
    lab.retention = () => Promise.resolve();
    await next.poll(lab.signal);
    await next.begun();
    release();
    await expect.poll(() => lab.statesOf()).toEqual([['01:00', 'completed']]);
    expect(await lab.runs()).toMatchObject([{ attempt: 2 }]);
    await next.close();
  });
});
