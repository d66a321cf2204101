import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScheduleOrder } from '#work/schedules.js';
import { createSchedule } from '#work/schedules.js';
import { createScheduler, type Scheduler } from '#jobs/scheduler.js';
import type { Store } from '#store/store.js';
import type { WorkContext } from '#work/context.js';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import { createWorkContext } from '../work-context.ts';
import { seededRandom } from './fixtures/told-scans.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const END_MS = Date.parse('2027-01-01T00:00:00Z');
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'] as const;
/** Hourly, on the days around the turns of these zones alone, so that the year stays short. */
const HOURLY = '15 * 1,8,29 3,10,11 *';
/** Every hour of two days that Lord Howe turns on. */
const HOURLY_THERE = '15 * 4,5 4,10 *';
const DAILY = ['30 2 * * *', '15 2 * * *'] as const;
/** One in so many transactions of a scheduler is cut before it is committed, and the scheduler dies with it. */
const KILLED_EACH = 40;

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

const seed = Number(process.env['SCANORAMA_TEST_SEED'] ?? 20_260_329);
const random = seededRandom(seed);

/** Local days and minutes as Intl shows them, minute by minute: no library of cron, no arithmetic of offsets. */
function expectedDues(zone: string, isDue: (local: LocalMinute) => boolean, everyHour: boolean): string[] {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const dues: string[] = [];
  const seen = new Set<string>();
  // By quarters of an hour: all that is due here is, and every turn happens at one.
  for (let instant = START_MS + 15 * MINUTE_MS; instant <= END_MS; instant += 15 * MINUTE_MS) {
    const text = clock.format(instant);
    const local = localMinute(text);
    const skipped = everyHour ? [] : quartersBetween(clock.format(instant - 15 * MINUTE_MS), text);
    const isNew = everyHour || !seen.has(text);
    if ((isDue(local) && isNew) || skipped.some((each) => isDue(localMinute(each))))
      dues.push(new Date(instant).toISOString());
    seen.add(text);
  }
  return dues;
}

interface LocalMinute {
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

function localMinute(text: string): LocalMinute {
  const [, month = 0, day = 0, hour = 0, minute = 0] = text.split(/[- :]/).map(Number);
  return { month, day, hour, minute };
}

function quartersBetween(before: string, after: string): string[] {
  const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);
  const quarters: string[] = [];
  for (let local = at(before) + 15 * MINUTE_MS; local < at(after); local += 15 * MINUTE_MS)
    quarters.push(new Date(local).toISOString().slice(0, 16).replace('T', ' '));
  return quarters;
}

const isIn = (numbers: readonly number[], value: number): boolean => numbers.includes(value);

const SCHEDULES = ZONES.flatMap((zone) => [
  ...DAILY.map((cron) => {
    const at = Number(cron.slice(0, 2));
    return {
      zone,
      cron,
      expected: expectedDues(zone, ({ hour, minute }) => hour === 2 && minute === at, false),
    };
  }),
  {
    zone,
    cron: HOURLY,
    expected: expectedDues(
      zone,
      ({ month, day, minute }) => minute === 15 && isIn([1, 8, 29], day) && isIn([3, 10, 11], month),
      true,
    ),
  },
  {
    zone,
    cron: HOURLY_THERE,
    expected: expectedDues(
      zone,
      ({ month, day, minute }) => minute === 15 && isIn([4, 5], day) && isIn([4, 10], month),
      true,
    ),
  },
]);

class Killed extends Error {}

/** A store whose transactions are cut now and then when all is done and nothing is committed. */
function mortal(store: Store, kills: { count: number }): Store {
  return {
    ...store,
    transaction: (work, options) =>
      store.transaction(async (executor) => {
        const result = await work(executor);
        if (random() * KILLED_EACH < 1) {
          kills.count += 1;
          throw new Killed();
        }
        return result;
      }, options),
  };
}

const order = (cron: string, zone: string): ScheduleOrder => ({
  name: `${cron.replaceAll(/[^\d]+/g, '-')} ${zone.replace('/', '-')}`,
  description: null,
  wish: { kind: 'retention', what: {} },
  site: null,
  profile: null,
  cron,
  zone,
  catchUp: 'all',
  overlap: 'queue',
  enabled: true,
  jitterMs: 0,
  maxFailures: null,
  retries: 0,
  retryDelayMs: 0,
  actor: 'test',
});

describe('a year of two schedulers', () => {
  it(`starts each due run once, none missed or doubled at either turn (seed ${seed})`, async () => {
    let nowMs = START_MS;
    const now = () => Promise.resolve(nowMs);
    const kills = { count: 0 };
    const done = new Map<string, number>();
    let deaths = 0;
    const context = createWorkContext(db.store);
    const signal = new AbortController().signal;
    for (const { cron, zone } of SCHEDULES) await createSchedule(context, order(cron, zone), { signal, now });

    const born = (owner: string): { scheduler: Scheduler; context: WorkContext } => {
      const mine = createWorkContext(mortal(db.store, kills), { owner });
      const tools = {
        verifyRuns: { join: () => Promise.reject(new Error('nobody verifies here')) },
        applyRetention: () => {
          done.set(owner, (done.get(owner) ?? 0) + 1);
          return Promise.resolve();
        },
      };
      return { scheduler: createScheduler(mine, { tools, now }), context: mine };
    };
    let schedulers = ['one', 'two'].map(born);
    while (nowMs < END_MS) {
      // One of them may be down, or both look at once; now and then neither has looked for most of a day.
      const looking = random() < 0.2 ? schedulers.slice(0, 1) : schedulers;
      const looked = await Promise.allSettled(looking.map(({ scheduler }) => scheduler.look(signal)));
      for (const [index, { status }] of looked.entries()) {
        if (status === 'fulfilled') continue;
        deaths += 1;
        schedulers = schedulers.with(index, born(`born ${deaths}`));
      }
      if ((await openRuns()) === 0)
        nowMs = Math.min(END_MS, random() < 0.05 ? nowMs + Math.ceil(random() * 18) * HOUR_MS : await nextDue());
    }
    for (const { scheduler } of schedulers) await scheduler.look(signal);
    await Promise.all(schedulers.map(({ scheduler }) => scheduler.close()));

    const { rows } = await sql<{ name: string; dues: string[]; states: string[]; attempts: number }>`
      SELECT schedule.name, array_agg(to_char(run.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ORDER BY run.due_at) AS dues,
        array_agg(DISTINCT run.state) AS states, max(run.attempt) AS attempts
      FROM schedules schedule JOIN schedule_runs run ON run.schedule_id = schedule.id GROUP BY schedule.name`.execute(
      db.store.read,
    );
    const stored = new Map(rows.map((row) => [row.name, row]));
    for (const { cron, zone, expected } of SCHEDULES)
      expect(stored.get(order(cron, zone).name)?.dues, `${cron} ${zone}`).toEqual(expected);
    const total = SCHEDULES.reduce((sum, { expected }) => sum + expected.length, 0);
    console.log(`${total} runs, ${kills.count} transactions cut, ${deaths} schedulers died`);
    expect(kills.count).toBeGreaterThan(50);
    expect(new Set(rows.flatMap(({ states }) => states))).toEqual(new Set(['completed']));
  }, 240_000);
});

async function openRuns(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM schedule_runs WHERE state IN ('pending', 'running')`.execute(db.store.read);
  return rows[0]?.count ?? 0;
}

async function nextDue(): Promise<number> {
  const { rows } = await sql<{ due: Date }>`SELECT min(next_due_at) AS due FROM schedules`.execute(
    db.store.read,
  );
  return rows[0]?.due.getTime() ?? END_MS;
}
