import { ScanoramaError } from '#domain/error.js';

export interface WorkSettings {
  /** How long a worker may be silent before another may take its part of a scan over. */
  readonly leaseMs: number;
  /** How long something that was seen may wait for more to be stored with it; undefined for the usual time. */
  readonly batchDelayMs: number | undefined;
}

export const DEFAULT_LEASE_MS = 15_000;
/** A shorter lease is lost whenever the machine is busy, a longer one leaves a dead worker's scan lying for as long. */
const LEASE_BOUNDS = { leastMs: 250, mostMs: 600_000 };
const BATCH_DELAY_BOUNDS = { leastMs: 10, mostMs: 10_000 };

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** Of `SCANORAMA_LEASE_TIME` and `SCANORAMA_BATCH_DELAY`; `invalid_configuration` names what is wrong. */
export function readWorkSettings(environment: NodeJS.ProcessEnv): WorkSettings {
  return {
    leaseMs: readSpan(environment, 'SCANORAMA_LEASE_TIME', LEASE_BOUNDS) ?? DEFAULT_LEASE_MS,
    batchDelayMs: readSpan(environment, 'SCANORAMA_BATCH_DELAY', BATCH_DELAY_BOUNDS),
  };
}

interface Bounds {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** `800ms`, `15s` or `2m`, in milliseconds. */
function readSpan(
  environment: NodeJS.ProcessEnv,
  name: string,
  { leastMs, mostMs }: Bounds,
): number | undefined {
  const text = environment[name] ?? '';
  if (text === '') return undefined;
  const [, count = '', unit = ''] = /^(\d{1,9})(ms|s|m)$/.exec(text) ?? [];
  const spanMs = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (spanMs >= leastMs && spanMs <= mostMs) return spanMs;
  throw new ScanoramaError('invalid_configuration', `"${text}" is no time that ${name} can be.`, {
    hint: `It is like 800ms, 15s or 2m, and from ${leastMs}ms to ${mostMs / 1_000}s.`,
    at: name,
  });
}
