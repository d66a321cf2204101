import { ScanoramaError } from '#domain/errors/error.js';
import type { WorkContext } from '#work/context/context.js';

/** An operation on many things, in independent steps. */
interface Steps<Step, Result> {
  readonly steps: readonly Step[];
  readonly act: (step: Step) => Promise<Result>;
  /** The result of a step that was skipped, with the reason. */
  readonly notDone: (step: Step, why: ScanoramaError) => Result;
  /** Ends the operation between two steps. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one step after the other. Throws when the first step fails. A later failure ends the operation, and the
 * remaining steps get the result of `notDone`: completed steps are kept, so the caller needs the results.
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
      log.warn(
        { code, reason, steps: results.length, left: left.length },
        'stopped before all steps were complete',
      );
      return [...results, ...left.map((one) => notDone(one, error))];
    }
  }
  return results;
}
