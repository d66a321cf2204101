import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import {
  checkCron,
  checkTimezone,
  lastDues,
  nextDue,
  nextDues,
  shortestGapMs,
} from '#domain/schedules/cron.js';

const MINUTE_MS = 60_000;
const at = (text: string): number => Date.parse(text);
const shown = (dues: readonly number[]): string[] =>
  dues.map((due) => new Date(due).toISOString().slice(0, 16));

/** The fields of a restricted cron: each `*`, a step of all, or a list of numbers. */
function matches(field: string, value: number): boolean {
  if (field === '*') return true;
  if (field.startsWith('*/')) return value % Number(field.slice(2)) === 0;
  return field.split(',').map(Number).includes(value);
}

/** Every minute of a span as the local clock of Intl shows it, with no library of cron and no arithmetic of offsets. */
function localClock(
  timezone: string,
  fromMs: number,
  untilMs: number,
): (readonly [timestamp: number, text: string])[] {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const minutes = Math.floor((untilMs - fromMs) / MINUTE_MS) + 1;
  return Array.from({ length: minutes }, (_, index) => {
    const timestamp = fromMs + index * MINUTE_MS;
    return [timestamp, clock.format(timestamp)];
  });
}

/** What is due, minute by minute. */
function oracle(cron: string, minutes: ReturnType<typeof localClock>): number[] {
  const [minute = '', hour = ''] = cron.split(' ');
  const matchesAt = (localText: string): boolean => {
    const [h = 0, m = 0] = localText.slice(11).split(':').map(Number);
    return matches(hour, h) && matches(minute, m);
  };
  const seen = new Set<string>();
  const dues: number[] = [];
  let before: string | undefined;
  for (const [timestamp, text] of minutes) {
    const skipped = before === undefined ? [] : between(before, text);
    const isDue =
      hour === '*' ? matchesAt(text) : (matchesAt(text) && !seen.has(text)) || skipped.some(matchesAt);
    if (isDue) dues.push(timestamp);
    seen.add(text);
    before = text;
  }
  return dues;
}

/** Local minutes that the clock jumps over. */
function between(before: string, after: string): string[] {
  const text: string[] = [];
  const first = at(`${before.replace(' ', 'T')}Z`) + MINUTE_MS;
  const end = at(`${after.replace(' ', 'T')}Z`);
  for (let local = first; local < end; local += MINUTE_MS)
    text.push(new Date(local).toISOString().slice(0, 16).replace('T', ' '));
  return text;
}

const CRONS = [
  '30 2 * * *',
  '45 1 * * *',
  '0 * * * *',
  '15 * * * *',
  '*/15 2 * * *',
  '* 2 * * *',
  '15,45 1,2,3 * * *',
  '0 */2 * * *',
  '*/20 * * * *',
  '0 0 * * *',
  '30 23 * * *',
] as const;
const TURNS = [
  ['Europe/Berlin', '2026-03-28T00:00Z', '2026-03-30T12:00Z'],
  ['Europe/Berlin', '2026-10-24T00:00Z', '2026-10-26T12:00Z'],
  ['America/New_York', '2026-03-07T00:00Z', '2026-03-09T12:00Z'],
  ['America/New_York', '2026-10-31T00:00Z', '2026-11-02T12:00Z'],
  ['Australia/Lord_Howe', '2026-04-03T00:00Z', '2026-04-05T20:00Z'],
  ['Australia/Lord_Howe', '2026-10-02T00:00Z', '2026-10-04T20:00Z'],
  ['America/Havana', '2026-10-31T00:00Z', '2026-11-02T12:00Z'],
  ['Africa/Cairo', '2026-04-23T00:00Z', '2026-04-25T12:00Z'],
  ['Africa/Cairo', '2026-10-29T00:00Z', '2026-10-31T12:00Z'],
  ['Asia/Kolkata', '2026-06-01T00:00Z', '2026-06-02T12:00Z'],
  ['Pacific/Apia', '2011-12-28T12:00Z', '2012-01-01T00:00Z'],
] as const;

describe('what is due around a turn of the clock', () => {
  it.each(TURNS)('in %s from %s is what going through each minute finds', (timezone, from, until) => {
    const minutes = localClock(timezone, at(from), at(until));
    for (const cron of CRONS) {
      const expected = oracle(cron, minutes);
      const found: number[] = [];
      for (
        let due = nextDue({ cron, timezone }, at(from) - 1);
        due <= at(until);
        due = nextDue({ cron, timezone }, due)
      )
        found.push(due);
      expect(shown(found), `${cron} in ${timezone}`).toEqual(shown(expected));
    }
  });

  it('asked from any instant is the same', () => {
    const time = { cron: '*/15 2 * * *', timezone: 'Europe/Berlin' };
    const dues = nextDues(time, at('2026-10-24T00:00Z'), 12);
    for (const due of dues) {
      expect(nextDue(time, due - 1)).toBe(due);
      expect(nextDue(time, due)).toBeGreaterThan(due);
    }
  });
});

describe('looking back', () => {
  it('gives the last ones, of many or of few', () => {
    const time = { cron: '* * * * *', timezone: 'UTC' };
    const span = { fromMs: at('2020-01-01T00:00Z'), untilMs: at('2026-01-01T00:00:30Z') };
    expect(shown(lastDues(time, span, 3))).toEqual([
      '2025-12-31T23:58',
      '2025-12-31T23:59',
      '2026-01-01T00:00',
    ]);
    expect(lastDues({ cron: '0 0 29 2 *', timezone: 'UTC' }, span, 5)).toHaveLength(2);
    expect(
      lastDues({ cron: '0 0 1 1 *', timezone: 'UTC' }, { ...span, untilMs: span.fromMs }, 5),
    ).toHaveLength(1);
  });
});

describe('what is no time', () => {
  it.each([
    '',
    '0 3 * *',
    '0 3 * * * *',
    '60 * * * *',
    '0 24 * * *',
    '0 0 0 * *',
    '0 0 30 2 *',
    '0 0 * * 8',
    '@daily',
    '? * * * *',
    '0 0 * * mon-',
    '*/0 * * * *',
    `${'1,'.repeat(60)}1 * * * *`,
    '0 0 * foo *',
    '0 0 * * *; rm',
  ])('the cron %j is refused in a sentence', (text) => {
    expect(() => checkCron(text)).toThrow(ScanoramaError);
    expect(() => checkCron(text)).toThrow(/^".*" is no time of cron: .*\.$/);
  });

  it.each(['', 'Nowhere/City', '+02:00', 'Europe/Berlin; x', 'a'.repeat(200)])(
    'the zone %j is refused',
    (timezone) => {
      expect(() => checkTimezone(timezone)).toThrow(/^There is no time zone/);
    },
  );

  it('never fails otherwise than with its one error, and what it takes has a next time', () => {
    const field = fc.stringMatching(/^[\d*,/#L?a-z-]{1,6}$/);
    const text = fc.oneof(
      fc.string(),
      fc.array(field, { minLength: 4, maxLength: 6 }).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(text, (cron) => {
        let taken: string;
        try {
          taken = checkCron(cron);
        } catch (error) {
          expect(error).toBeInstanceOf(ScanoramaError);
          return;
        }
        const now = at('2026-01-01T00:00Z');
        expect(nextDue({ cron: taken, timezone: 'Europe/Berlin' }, now)).toBeGreaterThan(now);
      }),
      { numRuns: 100 },
    );
  });

  it('reads what is one', () => {
    expect(checkCron('  0   3 * *  mon-fri ')).toBe('0 3 * * mon-fri');
    expect(checkCron('0 0 29 2 *')).toBe('0 0 29 2 *');
    expect(checkCron('0 0 L * *')).toBe('0 0 L * *');
    expect(checkTimezone(' Europe/Berlin ')).toBe('Europe/Berlin');
    expect(checkTimezone('europe/berlin')).toBe('Europe/Berlin');
    expect(checkTimezone('utc')).toBe('UTC');
    expect(checkTimezone('Asia/Kolkata')).toBe('Asia/Kolkata');
    expect(shown(nextDues({ cron: '0 9 1 * mon', timezone: 'UTC' }, at('2026-01-31T00:00Z'), 2))).toEqual([
      '2026-02-01T09:00',
      '2026-02-02T09:00',
    ]);
  });
});

describe('the shortest time between two due times', () => {
  it.each([
    ['* * * * *', 1],
    ['*/20 * * * *', 20],
    ['0,5,30 3 * * *', 5],
    ['0 3 * * *', 24 * 60],
    ['0 8,9 * * mon', 60],
    ['0 3 * * sat,sun', 24 * 60],
  ])('of %j is %d minutes, also about a turn of the clock', (cron, minutes) => {
    for (const now of ['2026-01-05T00:00Z', '2026-03-28T12:00Z', '2026-10-24T12:00Z'])
      expect(shortestGapMs(cron, at(now))).toBe(minutes * MINUTE_MS);
  });
});
