const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** The two largest units that matter: `0.4 s`, `12 s`, `4 min 16 s`, `1 h 4 min`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  const bounded = Math.max(0, seconds);
  if (bounded < 9.95) return `${Number(bounded.toFixed(1))} s`;
  const whole = Math.round(bounded);
  if (whole < MINUTE_SECONDS) return `${whole} s`;
  if (whole < HOUR_SECONDS) return twoUnits(whole, [MINUTE_SECONDS, 'min'], [1, 's']);
  if (whole < DAY_SECONDS) return twoUnits(whole, [HOUR_SECONDS, 'h'], [MINUTE_SECONDS, 'min']);
  return twoUnits(whole, [DAY_SECONDS, 'd'], [HOUR_SECONDS, 'h']);
}

type Unit = readonly [seconds: number, word: string];

function twoUnits(seconds: number, large: Unit, small: Unit): string {
  const inLarge = Math.floor(seconds / large[0]);
  const inSmall = Math.floor((seconds % large[0]) / small[0]);
  return inSmall === 0 ? `${inLarge} ${large[1]}` : `${inLarge} ${large[1]} ${inSmall} ${small[1]}`;
}

/** Seconds between two instants as the API writes them; `end` absent means now. */
export function secondsBetween(start: string, end: string | null, nowMs: number): number {
  return Math.max(0, ((end === null ? nowMs : Date.parse(end)) - Date.parse(start)) / 1_000);
}
