import { Cron } from 'croner';
import { ScanoramaError } from '#domain/errors/error.js';
import { MAX_CRON_CHARACTERS } from '#domain/schedules/schedule.js';
import { isTimeZone, offsetAt, timeOfStatusChange, timezoneAsNamed } from '#domain/schedules/timezone.js';
import { clip, quote } from '#domain/text/quote.js';

const FIELDS = 5;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** No field of five lets a schedule rest longer: 29 February on a given weekday is met within 40 years. */
const NEVER_MS = 41 * 366 * DAY_MS;
/** Due times that are looked at for the shortest gap: a day of every quarter of an hour. */
const DUES_COMPARED = 97;
/** Expressions that are kept read; a page and a server look at few at once. */
const MAX_KEPT_PATTERNS = 256;
const patterns = new Map<string, Cron>();

/** When something is due: five fields of cron, read in a time zone. */
export interface CronTime {
  readonly cron: string;
  /** A name of the IANA time zone database. */
  readonly timezone: string;
}

/** The expression with single spaces; `invalid_request` for what is no cron of five fields, or is never due. */
export function checkCron(text: string): string {
  const cron = text.trim().replaceAll(/\s+/g, ' ');
  const fields = cron.split(' ');
  if (cron.length > MAX_CRON_CHARACTERS || fields.length !== FIELDS || !/^[\dA-Za-z*,/# -]+$/.test(cron))
    throw noCron(text, 'it is not made of five fields');
  let pattern: Cron;
  try {
    pattern = patternOf(cron);
  } catch (error) {
    throw noCron(text, reasonOf(error), error);
  }
  const from = new Date(0);
  const first = pattern.nextRun(from);
  if (first === null || first.getTime() > NEVER_MS) throw noCron(text, 'no day is like that');
  return cron;
}

/** The name of the zone as it is written in the database of zones; `invalid_request` for what is none. */
export function checkTimezone(text: string): string {
  const zoneName = text.trim();
  if (isTimeZone(zoneName)) return timezoneAsNamed(zoneName);
  throw new ScanoramaError('invalid_request', `There is no time zone ${quote(text)}.`, {
    hint: 'Name it as Europe/Berlin, America/New_York or UTC.',
    at: 'timezone',
    facts: { timezone: clip(text) },
  });
}

/**
 * The first instant after `afterMs` at which it is due, in milliseconds since 1970.
 *
 * Where every hour is meant (the hour field is `*`) it is due by the clock that runs: at each real minute whose local time
 * matches, twice in an hour that is repeated, and not at all in one that is skipped. Where hours are named it is due once
 * for each time of the local clock: the first time where that is repeated, and at the turn itself where it is skipped;
 * several that are skipped by one turn are due at it once.
 */
export function nextDue(time: CronTime, afterMs: number): number {
  const pattern = patternOf(time.cron);
  return time.cron.split(' ')[1] === '*'
    ? nextByRunningClock(pattern, time.timezone, afterMs)
    : nextByLocalClock(pattern, time.timezone, afterMs);
}

/** The next instants, at most `count`, in order. */
export function nextDues(time: CronTime, afterMs: number, count: number): readonly number[] {
  const dues: number[] = [];
  for (let last = afterMs; dues.length < count; ) {
    last = nextDue(time, last);
    dues.push(last);
  }
  return dues;
}

/**
 * The shortest time from one of the next due times to the one after it, as the local clock counts: that a turn of the clock
 * brings two of them nearer is left out, so that it is the same all year.
 */
export function shortestGapMs(cron: string, afterMs: number): number {
  const dues = nextDues({ cron, timezone: 'UTC' }, afterMs, DUES_COMPARED);
  return Math.min(...dues.slice(1).map((due, index) => due - (dues[index] ?? due)));
}

/**
 * The last instants from `fromMs` until `untilMs` (both included), at most `count`, in order. It looks back only as far as
 * it must, so that a year of minutes is not gone through for the last of them.
 */
export function lastDues(
  time: CronTime,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
  count: number,
): readonly number[] {
  for (let spanMs = MINUTE_MS; ; spanMs *= 4) {
    const startMs = Math.max(fromMs, untilMs - spanMs);
    const dues: number[] = [];
    for (let due = nextDue(time, startMs - 1); due <= untilMs; due = nextDue(time, due)) dues.push(due);
    if (dues.length >= count || startMs === fromMs) return dues.slice(-count);
  }
}

/** Local times are enumerated as if they were UTC: they match or not, whatever the clock does there. */
function nextLocal(pattern: Cron, afterLocalMs: number): number {
  const next = pattern.nextRun(new Date(afterLocalMs));
  if (next === null) throw new Error('an expression that was checked is never due');
  return next.getTime();
}

/** Local times in order have first instants in order, so that the first one after `afterMs` is the next. */
function nextByLocalClock(pattern: Cron, zoneName: string, afterMs: number): number {
  let local = afterMs + offsetAt(zoneName, afterMs);
  for (;;) {
    local = nextLocal(pattern, local);
    const due = firstTimeOf(zoneName, local);
    if (due > afterMs) return due;
  }
}

/** When the local clock first shows this; the turn by which it never does. */
function firstTimeOf(zoneName: string, localMs: number): number {
  const before = offsetAt(zoneName, localMs - DAY_MS);
  const after = offsetAt(zoneName, localMs + DAY_MS);
  const times = [localMs - before, localMs - after].filter(
    (timestamp) => timestamp + offsetAt(zoneName, timestamp) === localMs,
  );
  return times.length > 0
    ? Math.min(...times)
    : timeOfStatusChange(zoneName, localMs - Math.max(before, after), localMs - Math.min(before, after));
}

/** Goes from turn to turn: between two of them the local clock and the one that runs go alike. */
function nextByRunningClock(pattern: Cron, zoneName: string, afterMs: number): number {
  for (let startMs = afterMs + 1; ; ) {
    const offset = offsetAt(zoneName, startMs);
    const due = nextLocal(pattern, startMs - 1 + offset) - offset;
    const turn = statusChangeWithin(zoneName, startMs, due);
    if (turn === undefined) return due;
    startMs = turn;
  }
}

/** A turn of the next day is looked for first: what is due far away by the same clock may hide it and the one back. */
function statusChangeWithin(zoneName: string, fromMs: number, untilMs: number): number | undefined {
  const offset = offsetAt(zoneName, fromMs);
  const endMs = [Math.min(untilMs, fromMs + DAY_MS), untilMs].find(
    (end) => offsetAt(zoneName, end) !== offset,
  );
  return endMs === undefined ? undefined : timeOfStatusChange(zoneName, fromMs, endMs);
}

function patternOf(cron: string): Cron {
  const kept = patterns.get(cron);
  if (kept !== undefined) return kept;
  const pattern = new Cron(cron, { mode: '5-part', timezone: 'UTC', paused: true });
  const [oldest] = patterns.keys();
  if (patterns.size >= MAX_KEPT_PATTERNS && oldest !== undefined) patterns.delete(oldest);
  patterns.set(cron, pattern);
  return pattern;
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^CronPattern: /, '').replace(/\.$/, '');
}

function noCron(text: string, why: string, cause?: unknown): ScanoramaError {
  return new ScanoramaError('invalid_request', `${quote(text)} is no time of cron: ${why}.`, {
    hint: 'Five fields: minute, hour, day of the month, month, day of the week, such as "0 3 * * *" for three every night.',
    at: 'cron',
    cause,
  });
}
