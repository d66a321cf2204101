import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '#store/database/store.js';
import { findScheduleView, lockSchedule } from '#store/schedules/schedules.js';
import { failScan } from '#work/scans/end-scan.js';
import { changeSchedule, removeSchedule, runNow } from '#work/schedules/schedules.js';
import {
  HOUR_MS,
  MINUTE_MS,
  openScheduleLab,
  RETENTION,
  type ScheduleLab,
  START_MS,
} from '../../support/api/schedule-lab.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

let lab: ScheduleLab;
let releases: (() => Promise<void>)[] = [];
beforeEach(async () => {
  lab = await openScheduleLab();
});
afterEach(async () => {
  for (const release of releases) await release();
  releases = [];
  await lab.close();
});

/** Opens a transaction of another client that locks a schedule; returns the function that ends it. */
async function hold(name: string): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const done = lab.db.store.transaction(async (executor) => {
    await lockSchedule(executor, name);
    held.resolve();
    await mayEnd.promise;
  });
  await held.promise;
  const release = () => {
    mayEnd.resolve();
    return done;
  };
  releases.push(release);
  return release;
}

/** The state of the last run of every schedule that has runs. */
async function standing(): Promise<Record<string, string>> {
  const { rows } = await sql<{ name: string; state: string }>`
    SELECT schedule.name, run.state FROM schedule_runs run JOIN schedules schedule ON schedule.id = run.schedule_id
    ORDER BY run.id`.execute(lab.db.store.read);
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
}

describe('a schedule that another transaction locks', () => {
  it('delays no other whose time comes after it, and is taken by the next poll', async () => {
    await lab.make(RETENTION);
    await lab.make({ ...RETENTION, name: 'later', cron: '1 * * * *' });
    const release = await hold('hourly');
    await lab.runSchedulerAt(START_MS + HOUR_MS + MINUTE_MS);
    expect(await standing()).toEqual({ later: 'completed' });
    await release();
    await lab.runSchedulerAt(START_MS + HOUR_MS + MINUTE_MS + 1);
    expect(await standing()).toEqual({ hourly: 'completed', later: 'completed' });
  });

  it('has its run begin when it is unlocked, and the end of its scan recorded then', async () => {
    await lab.make();
    await runNow(lab.context, 'hourly', { actor: 'a user', now: lab.now });
    await lab.make({ name: 'other' });
    await runNow(lab.context, 'other', { actor: 'a user', now: lab.now });
    const begun = await hold('hourly');
    await lab.runSchedulerAt(START_MS + 1);
    expect(await standing()).toEqual({ hourly: 'pending', other: 'running' });
    await begun();
    await lab.runSchedulerAt(START_MS + 2);
    const { rows } = await sql<{ uid: string }>`SELECT uid FROM scan_jobs`.execute(lab.db.store.read);
    for (const { uid } of rows)
      await failScan(lab.context, uid, { code: 'engine_failed', message: 'The engine broke.' });
    const completed = await hold('hourly');
    await lab.runSchedulerAt(START_MS + 3);
    expect(await standing()).toEqual({ hourly: 'running', other: 'failed' });
    await completed();
    await lab.runSchedulerAt(START_MS + 4);
    expect(await standing()).toEqual({ hourly: 'failed', other: 'failed' });
  });

  it('delays no other either when a row of it cannot be locked in time', async () => {
    await lab.make({ ...RETENTION });
    await lab.make({ ...RETENTION, name: 'later', cron: '1 * * * *' });
    const { id } = await findScheduleView(lab.db.store.read, 'hourly');
    await sql`CREATE FUNCTION be_held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'canceling statement due to lock timeout' USING ERRCODE = '55P03'; END $$`.execute(
      lab.db.store.read,
    );
    await sql`CREATE TRIGGER be_held BEFORE INSERT ON schedule_runs FOR EACH ROW
      WHEN (NEW.schedule_id = ${sql.lit(id)}) EXECUTE FUNCTION be_held()`.execute(lab.db.store.read);
    await lab.runSchedulerAt(START_MS + HOUR_MS + MINUTE_MS);
    expect(await standing()).toEqual({ later: 'completed' });
  });

  it('refuses a change with an error that suggests to retry', async () => {
    await lab.make(RETENTION);
    await hold('hourly');
    const { store } = lab.db;
    const impatient: Store = {
      ...store,
      transaction: (work, options) =>
        store.transaction(async (executor) => {
          await sql`SET LOCAL lock_timeout = '50ms'`.execute(executor);
          return work(executor);
        }, options),
    };
    const context = createWorkContext(impatient);
    const { signal, now } = lab;
    const change = { change: { description: 'mine' }, actor: 'me', signal, now };
    const refused = { code: 'conflict', hint: expect.stringContaining('try again') };
    await expect(changeSchedule(context, 'hourly', change)).rejects.toMatchObject(refused);
    await expect(removeSchedule(context, 'hourly', 'me')).rejects.toMatchObject(refused);
    await expect(runNow(context, 'hourly', { actor: 'me', now })).rejects.toMatchObject(refused);
  });
});

describe('a smart scan that is due', () => {
  it('does not lock its schedule while hosts are chosen', async () => {
    await lab.make({ input: { kind: 'smart_scan', task: {} }, site: null });
    const locked = Promise.withResolvers<void>();
    const mayChoose = Promise.withResolvers<void>();
    const kept = lab.db.store.transaction(async (executor) => {
      await sql`LOCK TABLE hosts IN ACCESS EXCLUSIVE MODE`.execute(executor);
      locked.resolve();
      await mayChoose.promise;
    });
    await locked.promise;
    releases.push(() => {
      mayChoose.resolve();
      return kept;
    });
    lab.nowMs = START_MS + HOUR_MS;
    await lab.scheduler.poll(lab.signal);
    // Tables have the same OIDs in all databases that were cloned from one template.
    const waiting = async () => {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*) AS count FROM pg_locks WHERE relation = 'hosts'::regclass AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(
        lab.db.store.read,
      );
      return rows[0]?.count;
    };
    await expect.poll(waiting).toBe(1);
    expect(await lab.change({ description: 'changed meanwhile' })).toMatchObject({
      description: 'changed meanwhile',
    });
    expect(await waiting()).toBe(1);
    mayChoose.resolve();
    await expect.poll(() => standing()).toEqual({ hourly: 'completed' });
  });
});
