import { formatDuration } from './duration.ts';

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
const RELATIVE_FOR_SECONDS = 30 * 86_400;

/** `just now`, `5 min ago`, `3 d ago`, and the date itself once that says more. */
export function formatAgo(instant: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(instant)) / 1_000;
  if (seconds < 5) return 'just now';
  if (seconds > RELATIVE_FOR_SECONDS) return DAY.format(Date.parse(instant));
  return `${formatDuration(leadingUnit(seconds))} ago`;
}

function leadingUnit(seconds: number): number {
  const unit = seconds < 60 ? 1 : seconds < 3_600 ? 60 : seconds < 86_400 ? 3_600 : 86_400;
  return Math.floor(seconds / unit) * unit;
}

/** The instant itself with its time zone, for titles. */
export function formatExact(instant: string): string {
  return EXACT.format(Date.parse(instant));
}
