const MONTHS_AHEAD = 6;

/** A cron expression that is due once a year, about half a year from now: never while a test runs. */
export function rareCron(now: Date): string {
  return `0 0 1 ${((now.getUTCMonth() + MONTHS_AHEAD) % 12) + 1} *`;
}
