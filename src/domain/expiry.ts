const DAY_MS = 86_400_000;
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
  return days === 0 ? 'expires today' : `expires in ${days} day${days === 1 ? '' : 's'}`;
}
