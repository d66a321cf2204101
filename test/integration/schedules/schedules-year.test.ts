import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScheduler, type Scheduler } from '#jobs/scheduler.js';
import type { Store } from '#store/database/store.js';
import type { WorkContext } from '#work/context/context.js';
import type { ScheduleOrder } from '#work/schedules/schedules.js';
import { createSchedule } from '#work/schedules/schedules.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { seededRandom } from '../../support/programs/seeded-random.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const END_MS = Date.parse('2027-01-01T00:00:00Z');
/**
 * At a time that one clock change skips and the other repeats, daily or on Sundays, when all of these change; and hourly
 * around the changes.
 */
const TIMES = [
  {
    timezone: 'Europe/Berlin',
    daily: '30 2 * * *',
    hourly: [
      [25, 29],
      [3, 10],
    ],
  },
  {
    timezone: 'America/New_York',
    daily: '30 1 * * 0',
    hourly: [
      [1, 8],
      [3, 11],
    ],
  },
  { timezone: 'Asia/Kolkata', daily: '0 0 * * 0', hourly: [[1], [6]] },
  {
    timezone: 'Australia/Lord_Howe',
    daily: '15 2 * * 0',
    hourly: [
      [4, 5],
      [4, 10],
    ],
  },
] as const;
const LEASE_MS = 300;
/** Between two polls, so that what was begun can end. */
const PAUSE_MS = 3;
const QUARTER_MS = 15 * MINUTE_MS;
/** One in this many transactions of a scheduler is cut before it is committed, and the scheduler dies with it. */
const KILLED_EACH = 60;
/** The longest time in days in which no scheduler runs, while nothing is due hourly: daily runs are caught up with then. */
const MAX_ABSENCE_DAYS = 9;

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

const seed = Number(process.env['SCANORAMA_TEST_SEED'] ?? 20_260_329);
const random = seededRandom(seed);

/** Each quarter of an hour of the year as Intl shows it, without a cron library and without arithmetic on offsets. */
function localClock(timezone: string): (readonly [timestamp: number, text: string])[] {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return Array.from({ length: (END_MS - START_MS) / QUARTER_MS + 1 }, (_, quarter) => {
    const timestamp = START_MS + quarter * QUARTER_MS;
    return [timestamp, clock.format(timestamp)];
  });
}

type LocalClock = ReturnType<typeof localClock>;

/** By the local clock: a time that is repeated counts once, one that is skipped at the change. The first quarter is past. */
function expectedDaily(
  quarters: LocalClock,
  { time, sundays }: { readonly time: string; readonly sundays: boolean },
): string[] {
  const matches = (text: string): boolean =>
    text.endsWith(time) && (!sundays || new Date(at(text)).getUTCDay() === 0);
  const seen = new Set<string>();
  const dues: string[] = [];
  let before = '';
  for (const [timestamp, text] of quarters) {
    const isDue = (matches(text) && !seen.has(text)) || quartersBetween(before, text).some(matches);
    if (isDue && before !== '') dues.push(new Date(timestamp).toISOString());
    seen.add(text);
    before = text;
  }
  return dues;
}

/** By elapsed time: at each quarter of an hour that the clock shows. */
function expectedHourly(quarters: LocalClock, days: readonly number[], months: readonly number[]): string[] {
  return quarters
    .filter(([, text]) => {
      const [, month = 0, day = 0, , minute = 0] = text.split(/[- :]/).map(Number);
      return minute === 15 && days.includes(day) && months.includes(month);
    })
    .map(([timestamp]) => new Date(timestamp).toISOString());
}

const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

/** Times that the local clock skips. */
function quartersBetween(before: string, after: string): string[] {
  const quarters: string[] = [];
  for (let local = at(before) + QUARTER_MS; local < at(after); local += QUARTER_MS)
    quarters.push(new Date(local).toISOString().slice(0, 16).replace('T', ' '));
  return quarters;
}

const SCHEDULES = TIMES.flatMap(({ timezone, daily, hourly: [days, months] }) => {
  const quarters = localClock(timezone);
  const [minute = '', hour = '', , , weekday] = daily.split(' ');
  const time = ` ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  return [
    { timezone, cron: daily, expected: expectedDaily(quarters, { time, sundays: weekday === '0' }) },
    {
      timezone,
      cron: `15 * ${days.join(',')} ${months.join(',')} *`,
      expected: expectedHourly(quarters, days, months),
    },
  ];
});

/** To a program its own death looks like a lost connection. */
class Killed extends Error {
  readonly code = 'ECONNRESET';
}

/** A store whose transactions are sometimes cut when all is done and nothing is committed. */
function mortal(store: Store, kills: { count: number }): Store {
  return {
    ...store,
    transaction: (work, options) =>
      store.transaction(async (executor) => {
        const result = await work(executor);
        if (random(KILLED_EACH) === 0) {
          kills.count += 1;
          throw new Killed();
        }
        return result;
      }, options),
  };
}

const order = (cron: string, timezone: string): ScheduleOrder => ({
  name: `${cron.replaceAll(/[^\d]+/g, '-')} ${timezone.replace('/', '-')}`,
  description: null,
  input: { kind: 'retention', task: {} },
  site: null,
  profile: null,
  cron,
  timezone,
  catchUp: 'all',
  overlap: 'queue',
  enabled: true,
  jitterMs: 0,
  maxFailures: null,
  // A scheduler that dies during a run is noticed when its lease has expired: that failure is retried.
  retries: 10,
  retryDelayMs: 0,
  actor: 'test',
});

describe('a year of two schedulers', () => {
  it(`starts each due run once, none missed or doubled at either clock change (seed ${seed})`, async () => {
    let nowMs = START_MS;
    const now = () => Promise.resolve(nowMs);
    const kills = { count: 0 };
    const done = new Map<string, number>();
    let deaths = 0;
    const context = createWorkContext(db.store);
    const signal = new AbortController().signal;
    for (const { cron, timezone } of SCHEDULES)
      await createSchedule(context, order(cron, timezone), { signal, now });

    const born = (owner: string): { scheduler: Scheduler; context: WorkContext } => {
      const mine = createWorkContext(mortal(db.store, kills), { owner, leaseMs: LEASE_MS });
      const tools = {
        verifyRuns: { join: () => Promise.reject(new Error('unexpected call of verify')) },
        applyRetention: () => {
          done.set(owner, (done.get(owner) ?? 0) + 1);
          return Promise.resolve();
        },
      };
      return { scheduler: createScheduler(mine, { tools, now }), context: mine };
    };
    let schedulers = ['one', 'two'].map(born);
    for (;;) {
      // One of them may be down, or both run at once; now and then no scheduler has run for days.
      const looking = random(5) === 0 ? schedulers.slice(0, 1) : schedulers;
      const checked = await Promise.allSettled(
        looking.map(({ scheduler }) => scheduler.poll(signal).then(() => scheduler.begun())),
      );
      for (const [index, { status }] of checked.entries()) {
        if (status === 'fulfilled') continue;
        deaths += 1;
        schedulers = schedulers.with(index, born(`born ${deaths}`));
      }
      await sleep(PAUSE_MS);
      if ((await openRuns()) > 0) continue;
      if (nowMs >= END_MS) break;
      const { next, hourly } = await nextDue();
      const absence = Math.min(hourly, next + random(MAX_ABSENCE_DAYS) * 24 * HOUR_MS);
      nowMs = Math.min(END_MS, next === hourly ? next : absence);
    }
    await Promise.all(schedulers.map(({ scheduler }) => scheduler.close()));

    const { rows } = await sql<{ name: string; dues: string[]; states: string[]; attempts: number }>`
      SELECT schedule.name, array_agg(to_char(run.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ORDER BY run.due_at) AS dues,
        array_agg(DISTINCT run.state) AS states, max(run.attempt) AS attempts
      FROM schedules schedule JOIN schedule_runs run ON run.schedule_id = schedule.id GROUP BY schedule.name`.execute(
      db.store.read,
    );
    const stored = new Map(rows.map((row) => [row.name, row]));
    for (const { cron, timezone, expected } of SCHEDULES)
      expect(stored.get(order(cron, timezone).name)?.dues, `${cron} ${timezone}`).toEqual(expected);
    const total = SCHEDULES.reduce((sum, { expected }) => sum + expected.length, 0);
    console.log(`${total} runs, ${kills.count} transactions cut, ${deaths} schedulers died`);
    expect(kills.count).toBeGreaterThan(20);
    expect(deaths).toBeGreaterThan(0);
    expect(new Set(rows.flatMap(({ states }) => states))).toEqual(new Set(['completed']));
  }, 600_000);
});

async function openRuns(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM schedule_runs WHERE state IN ('pending', 'running')`.execute(db.store.read);
  return rows[0]?.count ?? 0;
}

async function nextDue(): Promise<{ next: number; hourly: number }> {
  const { rows } = await sql<{ next: Date; hourly: Date }>`
    SELECT min(next_due_at) AS next, min(next_due_at) FILTER (WHERE cron LIKE '15 * %') AS hourly FROM schedules`.execute(
    db.store.read,
  );
  const [row] = rows;
  return { next: row?.next.getTime() ?? END_MS, hourly: row?.hourly.getTime() ?? END_MS };
}
