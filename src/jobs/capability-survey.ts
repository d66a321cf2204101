import { isDeepStrictEqual } from 'node:util';
import { repeat } from '#jobs/repeat.js';
import type { ProberSurvey } from '#scan/engine/prober.js';
import type { WorkContext } from '#work/context/context.js';
import { renewSurvey, type WorkerPost } from '#work/workers/workers.js';

/**
 * How often a worker surveys its machine again. Each survey starts another prober process, and waits while a prober
 * sends.
 */
const SURVEY_INTERVAL_MS = 5 * 60_000;

export interface SurveyKeeping {
  readonly post: WorkerPost;
  /** The survey with which the worker was registered. */
  readonly first: ProberSurvey;
  readonly poll: () => Promise<ProberSurvey>;
  readonly everyMs?: number;
}

/**
 * Keeps the registered capabilities of a worker's machine current while it runs: nmap may be installed, or a
 * privilege may be revoked. Returns a function that ends it without waiting for a survey: a prober may be slow to
 * report its capabilities, and the worker hands over its shards only afterwards.
 */
export function keepSurveyed(
  context: WorkContext,
  { post, first, poll, everyMs = SURVEY_INTERVAL_MS }: SurveyKeeping,
): () => Promise<void> {
  let known = first;
  const again = async (signal: AbortSignal): Promise<void> => {
    if (context.store.breaker.isOpen) return;
    try {
      const survey = await unlessAborted(poll(), signal);
      if (survey === undefined || signal.aborted || isDeepStrictEqual(survey, known)) return;
      await renewSurvey(context, post, survey);
      known = survey;
      const engines = survey.available.map(({ name }) => name);
      context.log.info({ engines, ...survey.facts }, 'the capabilities of this machine have changed');
    } catch (error) {
      if (!signal.aborted)
        context.log.warn(
          { err: error },
          'the capabilities of this machine could not be determined; will be retried',
        );
    }
  };
  return repeat(again, { firstMs: everyMs, everyMs });
}

/** Returns the result of the work, or undefined as soon as the signal aborts. The outcome is then ignored. */
async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = (): void => resolve(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
