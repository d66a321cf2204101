import type { ApiContext } from '#api/context.js';
import type { Health, IntegrityReport, IntegrityStatus } from '#contract/workers/health.js';
import type { ServerFacts } from '#store/database/server-facts.js';
import type { IntegrityOutcome } from '#store/integrity/outcomes.js';
import type { RunningVerify } from '#work/health/verify-runs.js';

/** `facts` are undefined when the database does not answer. */
export function presentHealth(context: ApiContext, facts: ServerFacts | undefined): Health {
  return {
    status: facts === undefined ? 'unhealthy' : 'healthy',
    version: context.version,
    uptime_seconds: Math.max(0, Math.floor((context.work.clock.now() - context.startedAtMs) / 1_000)),
    database: {
      status: facts === undefined ? 'down' : 'up',
      embedded: context.embeddedDatabase,
      server_version: facts?.serverVersion ?? null,
      schema_version: facts?.schemaVersion ?? null,
    },
  };
}

export function presentIntegrity({ startedAtMs, durationMs, checks }: IntegrityOutcome): IntegrityReport {
  const faults = checks.reduce((sum, check) => sum + check.faults, 0);
  return {
    ok: faults === 0,
    faults,
    checks: checks.map((check) => ({ ...check, examples: [...check.examples] })),
    started_at: new Date(startedAtMs).toISOString(),
    duration_ms: Math.round(durationMs),
  };
}

const NEVER = { ok: null, faults: null, checks: [], started_at: null, duration_ms: null };

export function presentIntegrityStatus(
  last: IntegrityOutcome | undefined,
  running: RunningVerify | undefined,
): IntegrityStatus {
  return { ...(last === undefined ? NEVER : presentIntegrity(last)), running: presentRunning(running) };
}

function presentRunning(running: RunningVerify | undefined): IntegrityStatus['running'] {
  if (running === undefined) return null;
  const { startedAtMs, percent, reading } = running;
  return { started_at: new Date(startedAtMs).toISOString(), percent: Math.floor(percent), reading };
}
