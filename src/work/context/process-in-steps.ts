import { ScanoramaError } from '#domain/errors/error.js';
import type { WorkContext } from '#work/context/context.js';

/** What is done to many, each step of it whole in itself. */
interface Steps<Step, Result> {
  readonly steps: readonly Step[];
  readonly act: (step: Step) => Promise<Result>;
  /** What is told of a step that was not done, and why it was not. */
  readonly notDone: (step: Step, why: ScanoramaError) => Result;
  /** Ends it between two steps. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes one step after the other. A failure of the first is thrown; one that comes later ends it and is told of each step
 * that is left, since what is done stays done and somebody has to hear of it.
 */
export async function inSteps<Step, Result>(
  { log }: WorkContext,
  { steps, act, notDone, signal }: Steps<Step, Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const step of steps) {
    try {
      signal?.throwIfAborted();
      results.push(await act(step));
    } catch (error) {
      if (results.length === 0 || !(error instanceof ScanoramaError)) throw error;
      const left = steps.slice(results.length);
      const { code, message: reason } = error;
      log.warn({ code, reason, steps: results.length, left: left.length }, 'ended before all was done');
      return [...results, ...left.map((one) => notDone(one, error))];
    }
  }
  return results;
}
