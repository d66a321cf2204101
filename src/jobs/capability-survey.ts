import { isDeepStrictEqual } from 'node:util';
import { repeat } from '#jobs/repeat.js';
import type { ProberSurvey } from '#scan/engine/prober.js';
import type { WorkContext } from '#work/context/context.js';
import { renewSurvey, type WorkerPost } from '#work/workers/workers.js';

/** How often a worker looks again what its machine can do; it takes another process of the prober, and waits while one sends. */
const SURVEY_INTERVAL_MS = 5 * 60_000;

export interface SurveyKeeping {
  readonly post: WorkerPost;
  /** As it was registered with. */
  readonly first: ProberSurvey;
  readonly poll: () => Promise<ProberSurvey>;
  readonly everyMs?: number;
}

/**
 * Keeps what others know of a worker's machine true while it runs: an nmap that was installed, a privilege that is gone.
 * Gives what ends it, which waits for no look: a prober may take its time to say what it can do, and the shards of the worker
 * are handed over after this.
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
      context.log.info({ engines, ...survey.facts }, 'what this machine can do has changed');
    } catch (error) {
      if (!signal.aborted)
        context.log.warn({ err: error }, 'what this machine can do was not found out, and will be later');
    }
  };
  return repeat(again, { firstMs: everyMs, everyMs });
}

/** What it gives, or undefined as soon as the signal aborts; it then ends unheard. */
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
