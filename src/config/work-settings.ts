import { readVariable, type VariableName } from '#config/variables.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { parseSpanMs } from '#domain/time/time-span.js';

export interface WorkSettings {
  /** How long this program keeps its shards without a heartbeat; undefined for the time of the setting. */
  readonly leaseMs: number | undefined;
  /** How long something that was seen may wait for more to be stored with it; undefined for the usual time. */
  readonly batchDelayMs: number | undefined;
}

/** A shorter lease is lost whenever the machine is busy, a longer one leaves a dead worker's scan lying for as long. */
const LEASE_BOUNDS = { leastMs: 250, mostMs: 600_000 };
const BATCH_DELAY_BOUNDS = { leastMs: 10, mostMs: 10_000 };

/** Of `SCANORAMA_LEASE_TIME` and `SCANORAMA_BATCH_DELAY`; `invalid_configuration` names what is wrong. */
export function readWorkSettings(environment: NodeJS.ProcessEnv): WorkSettings {
  return {
    leaseMs: readSpan(environment, 'SCANORAMA_LEASE_TIME', LEASE_BOUNDS),
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
  name: VariableName,
  { leastMs, mostMs }: Bounds,
): number | undefined {
  const text = readVariable(environment, name);
  if (text === undefined) return undefined;
  const spanMs = parseSpanMs(text) ?? Number.NaN;
  if (spanMs >= leastMs && spanMs <= mostMs) return spanMs;
  throw new ScanoramaError('invalid_configuration', `"${text}" is no time that ${name} can be.`, {
    hint: `It is like 800ms, 15s or 2m, and from ${leastMs}ms to ${mostMs / 1_000}s.`,
    at: name,
  });
}
