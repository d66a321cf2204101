const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The two largest units, rounded down: `850ms`, `1.2s`, `3m 04s`, `2h 05m`, `3d 04h`. */
export function humanDuration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < SECOND_MS) return `${ms}ms`;
  if (ms < 10 * SECOND_MS) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)}s`;
  if (ms < HOUR_MS) return pair(ms, { unitMs: MINUTE_MS, unit: 'm', restMs: SECOND_MS, rest: 's' });
  if (ms < DAY_MS) return pair(ms, { unitMs: HOUR_MS, unit: 'h', restMs: MINUTE_MS, rest: 'm' });
  return pair(ms, { unitMs: DAY_MS, unit: 'd', restMs: HOUR_MS, rest: 'h' });
}

function pair(ms: number, units: { unitMs: number; unit: string; restMs: number; rest: string }): string {
  const rest = Math.floor((ms % units.unitMs) / units.restMs);
  return `${Math.floor(ms / units.unitMs)}${units.unit} ${String(rest).padStart(2, '0')}${units.rest}`;
}
