/** Zones whose clock is kept at hand. */
const MAX_KEPT_CLOCKS = 256;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Whether this machine knows a zone by that name; an offset such as +02:00 is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z\d+_/-]{0,63}$/.test(name)) return false;
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The zone in the case that it has in the database of zones. Aliases stay: `Asia/Kolkata` is not what it was called before. */
export function timezoneAsNamed(name: string): string {
  const named = clockOf(name).resolvedOptions().timeZone;
  return named.toLowerCase() === name.toLowerCase() ? named : name;
}

/** What the local clock of the zone is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(timezone: string, instantMs: number): number {
  const integerMs = Math.floor(instantMs / 1_000) * 1_000;
  const shown = new Map(
    clockOf(timezone)
      .formatToParts(integerMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const at = (part: Intl.DateTimeFormatPartTypes): number => shown.get(part) ?? 0;
  const localMs = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
  return localMs - integerMs;
}

/** What the clock of the zone shows at an instant, with what it is ahead of UTC: `2026-03-29 03:00 UTC+02:00`. */
export function localText(timezone: string, instantMs: number): string {
  const offset = offsetAt(timezone, instantMs);
  const local = new Date(instantMs + offset).toISOString().slice(0, 16).replace('T', ' ');
  if (offset === 0) return `${local} UTC`;
  const ahead = new Date(Math.abs(offset)).toISOString().slice(11, 16);
  return `${local} UTC${offset < 0 ? '-' : '+'}${ahead}`;
}

/** The first instant of a new offset, where that of `fromMs` is not that of `untilMs` any more. */
export function timeOfStatusChange(timezone: string, fromMs: number, untilMs: number): number {
  const before = offsetAt(timezone, fromMs);
  let low = fromMs;
  let high = untilMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timezone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

function clockOf(timezone: string): Intl.DateTimeFormat {
  const kept = clocks.get(timezone);
  if (kept !== undefined) return kept;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const [oldest] = clocks.keys();
  if (clocks.size >= MAX_KEPT_CLOCKS && oldest !== undefined) clocks.delete(oldest);
  clocks.set(timezone, clock);
  return clock;
}
