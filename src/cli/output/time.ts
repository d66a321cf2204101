import { isTimeZone, localText } from '#domain/schedules/timezone.js';
import { humanDuration } from '#domain/time/duration.js';

export { humanDuration } from '#domain/time/duration.js';

/** `2026-11-23 23:27:05` in the machine's zone, or the named one; `-` for no time. */
export function localTime(time: string | null, timeZone?: string): string {
  if (time === null) return '-';
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '-';
  // Sweden writes dates the way ISO 8601 does.
  return date.toLocaleString('sv-SE', timeZone === undefined ? {} : { timeZone });
}

/** `23:27:05` in the machine's zone: of something that happened just now. */
export function localClock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('sv-SE');
}

/** The duration between two stored times, or `-` while one of them is missing. */
export function durationBetween(startedAt: string | null, completedAt: string | null): string {
  if (startedAt === null || completedAt === null) return '-';
  return humanDuration(Date.parse(completedAt) - Date.parse(startedAt));
}

/** `2026-11-24 03:00 UTC+01:00`, as the clock of the zone has it, or that of UTC where this machine does not know the zone; `-` for no time. */
export function zonedTime(time: string | null, timezone: string): string {
  return time === null ? '-' : localText(isTimeZone(timezone) ? timezone : 'UTC', Date.parse(time));
}
