import { counted } from '#domain/text/count-text.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So long before it expires a certificate is to be renewed. */
const SOON_DAYS = 30;

/** What is to be known of when a certificate expires: `expired`, `expires in 12 days`; undefined while there is time. */
export function expiryText(notAfter: string | null, nowMs: number): string | undefined {
  if (notAfter === null) return undefined;
  const left = Date.parse(notAfter) - nowMs;
  if (Number.isNaN(left)) return undefined;
  if (left < 0) return 'expired';
  const days = Math.floor(left / DAY_MS);
  if (days > SOON_DAYS) return undefined;
  if (days > 0) return `expires in ${counted(days, 'day')}`;
  // Not by the calendar: of two people in different zones it is today for one alone.
  const hours = Math.floor(left / HOUR_MS);
  return hours === 0 ? 'expires within the hour' : `expires in ${counted(hours, 'hour')}`;
}
