const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
// Sweden writes dates the way ISO 8601 does.
const LOCAL = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
const LOCAL_TIME = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium' });

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
const RELATIVE_FOR_SECONDS = 30 * DAY_SECONDS;

/**
 * `5 min ago`, `3 d ago`, and the date itself once that says more. Within a minute it tells no seconds: they
 * would argue with a duration beside them that the server's clock measured.
 */
export function formatAgo(time: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(time)) / 1_000;
  if (seconds < MINUTE_SECONDS) return '< 1 min ago';
  if (seconds > RELATIVE_FOR_SECONDS) return DAY.format(Date.parse(time));
  if (seconds < HOUR_SECONDS) return `${Math.floor(seconds / MINUTE_SECONDS)} min ago`;
  if (seconds < DAY_SECONDS) return `${Math.floor(seconds / HOUR_SECONDS)} h ago`;
  return `${Math.floor(seconds / DAY_SECONDS)} d ago`;
}

/** `in 5 min`, `in 3 h`, `in 12 d`; `now` once it has come. */
export function formatAhead(time: string, nowMs: number): string {
  const seconds = (Date.parse(time) - nowMs) / 1_000;
  if (seconds <= 0) return 'now';
  if (seconds < MINUTE_SECONDS) return 'in < 1 min';
  if (seconds < HOUR_SECONDS) return `in ${Math.floor(seconds / MINUTE_SECONDS)} min`;
  if (seconds < DAY_SECONDS) return `in ${Math.floor(seconds / HOUR_SECONDS)} h`;
  return `in ${Math.floor(seconds / DAY_SECONDS)} d`;
}

/** The instant itself with its time zone, for titles. */
export function formatExact(time: string): string {
  return EXACT.format(Date.parse(time));
}

/** `2026-11-23 23:27:05`, here and now as the command line writes it. */
export function formatLocal(time: string): string {
  return LOCAL.format(Date.parse(time));
}

/** `23:27:05` */
export function formatTime(atMs: number): string {
  return LOCAL_TIME.format(atMs);
}
