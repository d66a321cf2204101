import { ScanoramaError } from '#domain/error.js';
import { quote } from '#domain/quote.js';
import { parseTargets } from '#domain/targets.js';
import type { Executor } from '#store/database.js';
import type { NetworkView } from '#store/networks.js';
import { scheduledGrounds } from '#store/schedules.js';

/** Schedules that are named in a sentence; the facts have all of them. */
const NAMED_SCHEDULES = 5;

/**
 * Refuses with `conflict` what would leave a schedule without a network that it asks by its name. `words` are those by which
 * the network would be known no more; one that is asked by its addresses alone does not count.
 */
export async function assertNoScheduleAsks(
  executor: Executor,
  {
    name,
    siteId,
    words,
    verb,
  }: Pick<NetworkView, 'name' | 'siteId'> & {
    readonly words: readonly string[];
    readonly verb: string;
  },
): Promise<void> {
  const keys = new Set(words.map(keyOf));
  const schedules = (await scheduledGrounds(executor, siteId))
    .filter(({ ground }) => {
      const { networks, names } = parseTargets(ground);
      return [...networks, ...names].some((word) => keys.has(keyOf(word)));
    })
    .map((schedule) => schedule.name);
  if (schedules.length === 0) return;
  const named = schedules.slice(0, NAMED_SCHEDULES).map(quote).join(', ');
  const more = schedules.length > NAMED_SCHEDULES ? ` and ${schedules.length - NAMED_SCHEDULES} more` : '';
  const who = schedules.length === 1 ? `the schedule ${named} asks` : `the schedules ${named}${more} ask`;
  throw new ScanoramaError(
    'conflict',
    `The network ${quote(name)} cannot be ${verb}: ${who} it by its name.`,
    {
      at: name,
      hint: 'Give it other targets first with `scanorama schedules edit NAME --targets LIST`, or remove the schedule.',
      facts: { schedules },
    },
  );
}

const keyOf = (word: string): string => word.toLowerCase();
