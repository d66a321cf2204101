import { ScanoramaError } from '#domain/errors/error.js';
import type { EngineName } from '#domain/scans/scan-type.js';
import type { ProberSurvey } from '#scan/engine/prober.js';
import { hasOwnWorkers, storedCapabilities, takersOf } from '#store/sites/site-workers.js';
import { siteIdByName } from '#store/sites/sites.js';
import type { WorkContext } from '#work/context/context.js';
import { readCapabilities } from '#work/shards/capabilities.js';

/**
 * What the machines can do that would run a scan of this site: those of the workers that take its work, and this one where
 * a command runs what it starts itself. Where nobody takes work, what those can do that the scan waits for, and where nobody was
 * ever there this machine stands for who will come. Throws `not_found`
 * for the site, and `prober_died`.
 */
export async function machinesOf(context: WorkContext, site: string): Promise<readonly ProberSurvey[]> {
  const { read } = context.store;
  const siteId = await siteIdByName(read, site);
  const takers = await takersOf(read, siteId);
  const taking = takers.flatMap(({ capabilities }) => readCapabilities(capabilities) ?? []);
  const runsItself = context.post.kind === 'visitor' && !(await hasOwnWorkers(read, siteId));
  if (runsItself) return [await context.prober.survey(), ...taking];
  if (taking.length > 0) return taking;
  const away = (await storedCapabilities(read, siteId)).flatMap((stored) => readCapabilities(stored) ?? []);
  return away.length > 0 ? away : [await context.prober.survey()];
}

/**
 * The best of what a wish comes to on each machine: the least by `rank`. Where it comes to an error on all of them, that of
 * the first is thrown.
 */
export function bestOn<Result>(
  machines: readonly ProberSurvey[],
  attempt: (survey: ProberSurvey) => Result,
  rank: (result: Result) => number,
): Result {
  let best: Result | undefined;
  let failure: ScanoramaError | undefined;
  for (const survey of machines) {
    try {
      const result = attempt(survey);
      if (best === undefined || rank(result) < rank(best)) best = result;
    } catch (error) {
      if (!(error instanceof ScanoramaError)) throw error;
      failure ??= error;
    }
  }
  if (best !== undefined) return best;
  throw failure ?? new Error('a wish was tried on no machine');
}

/** How many of them have the engine. */
export function countAble(machines: readonly ProberSurvey[], engine: EngineName): number {
  return machines.filter(({ available }) => available.some(({ name }) => name === engine)).length;
}
