import { ScanoramaError } from '#domain/error.js';
import { inSnapshot } from '#store/snapshot.js';
import { askIntegrity, INTEGRITY_QUESTIONS, type IntegrityQuestion } from '#store/verify.js';
import { recordVerify } from '#telemetry/metrics.js';
import type { WorkContext } from '#work/context.js';

/** The longest one question to the stored data may take; each is a transaction of its own, so none holds back vacuum for long. */
export const VERIFY_QUESTION_TIMEOUT_MS = 300_000;

export interface IntegrityFinding {
  readonly name: string;
  readonly description: string;
  readonly faults: number;
  readonly examples: readonly string[];
}

export interface IntegrityFindings {
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly checks: readonly IntegrityFinding[];
}

/** All that the questions need. */
export type VerifyContext = Pick<WorkContext, 'store' | 'clock' | 'log' | 'metrics'>;

/** Asks every question of `scanorama verify`. An abort ends it at once, in the database too, with `interrupted`. */
export async function verifyData(context: VerifyContext, signal: AbortSignal): Promise<IntegrityFindings> {
  const startedAtMs = context.clock.now();
  const begunMs = context.clock.monotonic();
  const checks: IntegrityFinding[] = [];
  for (const question of INTEGRITY_QUESTIONS) {
    const answer = await askUninterrupted(context, question, signal);
    if (answer.faults > 0) context.log.error({ check: question.name, ...answer }, 'stored data is damaged');
    checks.push({ name: question.name, description: question.description, ...answer });
  }
  recordVerify(context.metrics, startedAtMs, checks);
  return { startedAtMs, durationMs: context.clock.monotonic() - begunMs, checks };
}

async function askUninterrupted(context: VerifyContext, question: IntegrityQuestion, signal: AbortSignal) {
  try {
    signal.throwIfAborted();
    return await inSnapshot(context.store.read, (executor) => askIntegrity(executor, question), {
      statementTimeoutMs: VERIFY_QUESTION_TIMEOUT_MS,
      signal,
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new ScanoramaError('interrupted', 'The check was interrupted before it was done.', {
      cause: error,
    });
  }
}
