import { setTimeout as sleep } from 'node:timers/promises';
import { ScanoramaError } from '#domain/errors/error.js';
import { inSnapshot } from '#store/database/snapshot.js';
import {
  type CheckOutcome,
  type IntegrityOutcome,
  insertIntegrityOutcome,
} from '#store/integrity/outcomes.js';
import {
  type IntegrityAnswer,
  type IntegrityQuestion,
  type IntegrityStage,
  queryStage,
  type StageRun,
} from '#store/integrity/question.js';
import { estimateSlices, VERIFY_SLICE_ROWS } from '#store/integrity/slices.js';
import { INTEGRITY_QUESTIONS, INTEGRITY_STAGES } from '#store/integrity/verify.js';
import { recordVerify } from '#telemetry/metrics.js';
import type { WorkContext } from '#work/context/context.js';
import { checkDevices, DEVICES_CHECK } from '#work/devices/verify-devices.js';

/** The longest one question of one slice may take; usual ones take a fraction of a second, so that vacuum is never held back. */
export const VERIFY_QUESTION_TIMEOUT_MS = 60_000;

/** What a run of `scanorama verify` checks, in its order. */
export const CHECK_NAMES: readonly string[] = [...INTEGRITY_QUESTIONS.map(({ name }) => name), DEVICES_CHECK];

const NO_FAULT: IntegrityAnswer = { faults: 0, examples: [] };

/** How far a run is. */
export interface VerifyProgress {
  /** 0 to 100, roughly: nobody counts the rows before. */
  readonly percent: number;
  /** The table that is gone through. */
  readonly reading: string;
}

export interface VerifyOptions {
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** `VERIFY_SLICE_ROWS` where nobody says else. */
  readonly sliceRows?: number;
}

/** All that the questions need. */
export type VerifyContext = Pick<WorkContext, 'store' | 'clock' | 'log' | 'metrics'>;

/**
 * Asks every question of `scanorama verify` and keeps the outcome. Each slice is a transaction of its own. An abort
 * ends it at once, in the database too, with `interrupted`, and nothing is kept.
 */
export async function verifyData(
  context: VerifyContext,
  signal: AbortSignal,
  options: VerifyOptions = {},
): Promise<IntegrityOutcome> {
  const startedAtMs = context.clock.now();
  const begunMs = context.clock.monotonic();
  const found = new Map<string, CheckOutcome>();
  for (const [index, stage] of INTEGRITY_STAGES.entries())
    for (const check of await runStage(context, { stage, index, signal, ...options }))
      found.set(check.name, check);
  const devices = await checkDevices((read) => uninterrupted(context, signal, read));
  printResultOf(context, devices);
  const checks = [...INTEGRITY_QUESTIONS.flatMap(({ name }) => found.get(name) ?? []), devices];
  const outcome = { startedAtMs, durationMs: context.clock.monotonic() - begunMs, checks };
  recordVerify(context.metrics, startedAtMs, checks);
  await keepOutcome(context, outcome);
  return outcome;
}

interface StageWork extends VerifyOptions {
  readonly stage: IntegrityStage;
  readonly index: number;
  readonly signal: AbortSignal;
}

async function runStage(context: VerifyContext, work: StageWork): Promise<readonly CheckOutcome[]> {
  const { stage, signal, sliceRows = VERIFY_SLICE_ROWS } = work;
  const lend = <Result>(read: Parameters<typeof inSnapshot<Result>>[1]) =>
    uninterrupted(context, signal, read);
  const { axis } = stage;
  const expected = axis === null ? 1 : await lend((executor) => estimateSlices(executor, axis, sliceRows));
  const report = (slices: number): void =>
    work.onProgress?.(progressOf(work, Math.min(1, slices / expected)));
  report(0);
  const answers = await queryStage(stage, { lend, sliceRows, onSlice: report });
  const checks: CheckOutcome[] = [];
  for (const [at, question] of stage.questions.entries()) {
    const answer = await whatLasts(question, answers[at] ?? NO_FAULT, { lend, sliceRows, signal });
    checks.push({ name: question.name, description: question.description, ...answer });
  }
  for (const check of checks) printResultOf(context, check);
  return checks;
}

function printResultOf({ log }: VerifyContext, { name, faults, examples }: CheckOutcome): void {
  if (faults > 0) log.error({ check: name, faults, examples }, 'stored data is damaged');
}

/** Of a fault that may be over by then, what is found of it a while later. */
async function whatLasts(
  question: IntegrityQuestion,
  answer: IntegrityAnswer,
  { signal, ...run }: StageRun & { readonly signal: AbortSignal },
): Promise<IntegrityAnswer> {
  if (answer.faults === 0 || question.passesInMs === undefined) return answer;
  // An abort ends it early; the next statement then says so.
  await sleep(question.passesInMs, undefined, { signal }).catch(() => undefined);
  const [again = NO_FAULT] = await queryStage({ axis: question.axis, questions: [question] }, run);
  return again;
}

function progressOf({ stage, index }: StageWork, share: number): VerifyProgress {
  return {
    percent: ((index + share) / INTEGRITY_STAGES.length) * 100,
    reading: stage.axis?.table ?? 'the schema',
  };
}

async function uninterrupted<Result>(
  context: VerifyContext,
  signal: AbortSignal,
  read: Parameters<typeof inSnapshot<Result>>[1],
): Promise<Result> {
  try {
    signal.throwIfAborted();
    return await inSnapshot(context.store.read, read, {
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

/** What was found is told also where it cannot be kept: damage is the more important news. */
async function keepOutcome({ store, log }: VerifyContext, outcome: IntegrityOutcome): Promise<void> {
  try {
    await store.transaction((executor) => insertIntegrityOutcome(executor, outcome));
  } catch (error) {
    log.error({ err: error }, 'the outcome of verify could not be kept');
  }
}
