import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { usage } from '#cli/arguments/usage.js';
import { parseAge } from '#domain/filter/instant.js';
import { clip, quote } from '#domain/text/quote.js';

/** A past instant as it was asked for: milliseconds since 1970-01-01 UTC, or so long ago when the verb runs. */
export type PastTime = { readonly atMs: number } | { readonly agoMs: number };

/** Which past is asked for; absent is now. */
export interface AsOfPlan {
  readonly asOf: PastTime | undefined;
  readonly observedAsOf: PastTime | undefined;
}

const WRITTEN = 'a time such as 2026-11-24T18:00, 2026-11-24T18:00:00Z, 10s or 3d ago';
export const AS_OF_FLAGS: readonly FlagSpec[] = [
  { flags: '--as-of <time>', help: `what was known then: ${WRITTEN}` },
  { flags: '--observed-as-of <time>', help: 'state as observed until then' },
];

export function parseAsOf(flags: FlagValues): AsOfPlan {
  return {
    asOf: timeOf('as-of', flags.text('as-of')),
    observedAsOf: timeOf('observed-as-of', flags.text('observed-as-of')),
  };
}

/** The same in the words of the API; a type and no interface, for a query has an index signature. */
export type AsOfParameters = { readonly as_of?: string; readonly observed_as_of?: string };

/** For the API: fixed once a run, so that every page of a list is of the same instant. */
export function asOfQuery(plan: AsOfPlan, nowMs: number): AsOfParameters {
  const text = (time: PastTime) => new Date('atMs' in time ? time.atMs : nowMs - time.agoMs).toISOString();
  return {
    ...(plan.asOf === undefined ? {} : { as_of: text(plan.asOf) }),
    ...(plan.observedAsOf === undefined ? {} : { observed_as_of: text(plan.observedAsOf) }),
  };
}

/** An instant that stands alone; undefined for `now`. Throws `usage`. */
export function pastTime(text: string): PastTime | undefined {
  if (text === 'now') return undefined;
  const time = readTimestamp(text);
  if (time !== undefined) return time;
  throw usage(`${quote(text)} is neither the id of a scan nor ${WRITTEN}.`, { at: clip(text) });
}

export function isPast({ asOf, observedAsOf }: AsOfPlan): boolean {
  return asOf !== undefined || observedAsOf !== undefined;
}

const ISO =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?)?(?<timezone>Z|[+-]\d\d:\d\d)?)?$/i;

/** Without a zone it is the time of this machine, as tables show it. */
function timeOf(flag: string, text: string | undefined): PastTime | undefined {
  if (text === undefined) return undefined;
  const time = readTimestamp(text);
  if (time !== undefined) return time;
  throw usage(`The value of --${flag} must be ${WRITTEN}, not ${quote(text)}.`, { at: clip(text) });
}

/** Undefined for what is none, and for a span longer than ten years. */
function readTimestamp(text: string): PastTime | undefined {
  if (/^\d+[a-z]$/.test(text)) {
    const agoMs = parseAge(text) ?? 0;
    return agoMs === 0 ? undefined : { agoMs };
  }
  const atMs = parseIso(text);
  return atMs === undefined ? undefined : { atMs };
}

function parseIso(text: string): number | undefined {
  const groups = ISO.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const number = (name: string) => Number(groups[name] ?? 0);
  const [year, month, day] = [number('year'), number('month'), number('day')];
  const [hour, minute, second] = [number('hour'), number('minute'), number('second')];
  const ms = Math.floor(Number(`0.${groups['fraction'] ?? 0}`) * 1_000);
  const asUtcMs = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const same = new Date(asUtcMs).toISOString().slice(0, 19);
  // A day or an hour that there is not would silently be the one after.
  if (same !== `${groups['year']}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`)
    return undefined;
  const { timezone } = groups;
  if (timezone === undefined) return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
  return asUtcMs - offsetMinutesOf(timezone) * 60_000;
}

const two = (part: number) => String(part).padStart(2, '0');

function offsetMinutesOf(timezone: string): number {
  if (timezone.toUpperCase() === 'Z') return 0;
  const minutes = Number(timezone.slice(1, 3)) * 60 + Number(timezone.slice(4, 6));
  return timezone.startsWith('-') ? -minutes : minutes;
}
