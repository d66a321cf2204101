import { ScanoramaError } from '#domain/error.js';
import { isNamedIn, type Named } from '#domain/filter/names.js';
import { readFilter } from '#domain/filter/read.js';
import { labelKey } from '#domain/label-name.js';
import { quote } from '#domain/quote.js';
import { parseTargets } from '#domain/targets.js';
import type { Executor } from '#store/database.js';
import type { NetworkView } from '#store/networks.js';
import { filtersOfSchedules, scheduledGrounds, tagsOfSchedules } from '#store/schedules.js';

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
  const asking = (await scheduledGrounds(executor, siteId)).filter(({ ground }) => {
    const { networks, names } = parseTargets(ground);
    return [...networks, ...names].some((word) => keys.has(keyOf(word)));
  });
  refuseFor(asking, {
    named: { field: 'network', name },
    verb,
    does: (isOne) => `${isOne ? 'asks' : 'ask'} it by its name`,
    hint: 'Give it other targets first with `scanorama schedules edit NAME --targets LIST`, or remove the schedule.',
  });
}

const keyOf = (word: string): string => word.toLowerCase();

/** A schedule names the tags of its scans, and would make one again that is not there. */
export async function assertNoScheduleGives(executor: Executor, tag: string, verb: string): Promise<void> {
  const giving = (await tagsOfSchedules(executor)).filter(({ tags }) =>
    tags.some((name) => labelKey(name) === labelKey(tag)),
  );
  refuseFor(giving, {
    named: { field: 'tag', name: tag },
    verb,
    does: (isOne) => (isOne ? 'gives it to its scans' : 'give it to their scans'),
    hint: 'Change that first: `scanorama schedules edit NAME --tag OTHER`, or --tag unset.',
  });
}

/** A schedule whose filter names what is not there would find nobody from then on. */
export async function assertNoScheduleFilters(executor: Executor, named: Named, verb: string): Promise<void> {
  const meaning = (await filtersOfSchedules(executor)).filter(({ filter }) =>
    isNamedIn(readFilter(filter), named),
  );
  refuseFor(meaning, {
    named,
    verb,
    does: (isOne) => (isOne ? 'names it in its filter' : 'name it in their filters'),
    hint: 'Give it another filter first with `scanorama schedules edit NAME --filter FILTER`, or remove the schedule.',
  });
}

interface Refusal {
  readonly named: Named;
  readonly verb: string;
  /** What the schedules do with it, of one or of several. */
  readonly does: (isOne: boolean) => string;
  readonly hint: string;
}

function refuseFor(found: readonly { readonly name: string }[], { named, verb, does, hint }: Refusal): void {
  const schedules = found.map(({ name }) => name);
  if (schedules.length === 0) return;
  const isOne = schedules.length === 1;
  const list = schedules.slice(0, NAMED_SCHEDULES).map(quote).join(', ');
  const more = schedules.length > NAMED_SCHEDULES ? ` and ${schedules.length - NAMED_SCHEDULES} more` : '';
  throw new ScanoramaError(
    'conflict',
    `The ${named.field} ${quote(named.name)} cannot be ${verb}: the ${isOne ? 'schedule' : 'schedules'} ${list}${more} ${does(isOne)}.`,
    { at: named.name, hint, facts: { schedules } },
  );
}
