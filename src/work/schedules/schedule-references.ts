import { ScanoramaError } from '#domain/errors/error.js';
import { labelKey } from '#domain/fields/label-name.js';
import { isNamedIn, type Named } from '#domain/filter/names.js';
import { readFilter } from '#domain/filter/read.js';
import type { ScheduleInput } from '#domain/schedules/schedule.js';
import { parseTargets } from '#domain/targets/targets.js';
import { firstOf } from '#domain/text/first-items.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { lockExistingNames, lockName } from '#store/filter/filter-names.js';
import { enabledNetworkCidrs, lockNetworksByName, type NetworkView } from '#store/networks/networks.js';
import {
  filtersOfSchedules,
  type ScheduledTargets,
  scheduledGrounds,
  tagsOfSchedules,
} from '#store/schedules/schedules.js';
import { lockTags } from '#store/tags/tags.js';

/** Schedules that are named in a sentence; the facts have all of them. */
const NAMED_SCHEDULES = 5;

/**
 * Refuses with `conflict` what would leave a schedule without a network that it asks by its name. `words` are those by which
 * the network would be known no more; one that is asked by its addresses alone does not count.
 */
export async function assertNoScheduleScans(
  executor: Executor,
  {
    name,
    siteId,
    terms: texts,
    command,
  }: Pick<NetworkView, 'name' | 'siteId'> & {
    readonly terms: readonly string[];
    readonly command: string;
  },
): Promise<void> {
  const probing = await schedulesScanning(executor, siteId, texts);
  refuseFor(probing, {
    named: { field: 'network', name },
    command,
    does: (isOne) => `${isOne ? 'asks' : 'ask'} it by its name`,
    hint: 'Give it other targets first with `scanorama schedules edit NAME --targets LIST`, or remove the schedule.',
  });
}

async function schedulesScanning(
  executor: Executor,
  siteId: number,
  texts: readonly string[],
): Promise<readonly ScheduledTargets[]> {
  const keys = new Set(texts.map(keyOf));
  return (await scheduledGrounds(executor, siteId)).filter(({ targets: targetInput }) => {
    const { networks, names } = parseTargets(targetInput);
    return [...networks, ...names].some((text) => keys.has(keyOf(text)));
  });
}

async function schedulesOfAllNetworks(
  executor: Executor,
  siteId: number,
): Promise<readonly ScheduledTargets[]> {
  return (await scheduledGrounds(executor, siteId)).filter(
    ({ targets: targetInput }) => targetInput.length === 0,
  );
}

const keyOf = (text: string): string => text.toLowerCase();

/** The schedules that go on and whose runs are refused while this network is disabled. */
export async function schedulesFailingWithout(
  executor: Executor,
  { name, cidr, siteId }: Pick<NetworkView, 'name' | 'cidr' | 'siteId'>,
): Promise<readonly string[]> {
  const probing = await schedulesScanning(executor, siteId, [name, cidr]);
  const isLast = (await enabledNetworkCidrs(executor, siteId)).length === 0;
  const ofAll = isLast ? await schedulesOfAllNetworks(executor, siteId) : [];
  return [...probing, ...ofAll].filter(({ enabled }) => enabled).map((schedule) => schedule.name);
}

/** A schedule names the tags of its scans, and would make one again that is not there. */
export async function assertNoScheduleGives(executor: Executor, tag: string, command: string): Promise<void> {
  const giving = (await tagsOfSchedules(executor)).filter(({ tags }) =>
    tags.some((name) => labelKey(name) === labelKey(tag)),
  );
  refuseFor(giving, {
    named: { field: 'tag', name: tag },
    command,
    does: (isOne) => (isOne ? 'gives it to its scans' : 'give it to their scans'),
    hint: 'Change that first: `scanorama schedules edit NAME --tag OTHER`, or --tag unset.',
  });
}

/**
 * A schedule whose filter names what is not there would find nobody from then on. What is named is held before the schedules are
 * read, so that none is stored meanwhile.
 */
export async function assertNoScheduleFilters(
  executor: Executor,
  named: Named,
  command: string,
): Promise<void> {
  if (named.field !== 'network' && named.field !== 'site') await lockName(executor, named.field, named.name);
  const meaning = (await filtersOfSchedules(executor)).filter(({ filter }) =>
    isNamedIn(readFilter(filter, { isStored: true }), named),
  );
  refuseFor(meaning, {
    named,
    command,
    does: (isOne) => (isOne ? 'names it in its filter' : 'name it in their filters'),
    hint: 'Give it another filter first with `scanorama schedules edit NAME --filter FILTER`, or remove the schedule.',
  });
}

/** Something that a schedule names, as there is one. */
export interface HeldName {
  readonly field: 'network' | 'tag';
  readonly id: number;
  readonly name: string;
}

/**
 * What a schedule names that there is, held as it is called until the transaction ends: a removal either sees the schedule or
 * is seen by it. Throws `filter_names_nothing`. A tag that is not there yet is made by its first run.
 */
export async function lockScheduled(
  executor: Executor,
  siteId: number | null,
  { kind, task }: ScheduleInput,
): Promise<readonly HeldName[]> {
  if (kind === 'smart_scan') {
    if (task.filter !== undefined) await lockExistingNames(executor, task.filter);
    return [];
  }
  if (siteId === null || (kind !== 'scan' && kind !== 'discovery')) return [];
  const { networks, names } = parseTargets(kind === 'scan' ? task.targets : task.networks);
  const probed = await lockNetworksByName(executor, siteId, [...networks, ...names]);
  const given = await lockTags(executor, task.tags ?? []);
  return [
    ...probed.map(({ id, name }) => ({ field: 'network', id, name }) as const),
    ...given.map(({ id, name }) => ({ field: 'tag', id, name }) as const),
  ];
}

/** Refuses with `conflict` where one that there was when the schedule was checked is called so no more. */
export function assertStillNamed(before: readonly HeldName[], now: readonly HeldName[]): void {
  const lost = before.find(({ field, id }) => !now.some((one) => one.field === field && one.id === id));
  if (lost === undefined) return;
  throw new ScanoramaError(
    'conflict',
    `The ${lost.field} ${quote(lost.name)} was renamed or removed while the schedule was being stored.`,
    { at: lost.name, hint: `\`scanorama ${lost.field}s list\` shows what there is.` },
  );
}

interface Refusal {
  readonly named: Named;
  readonly command: string;
  /** What the schedules do with it, of one or of several. */
  readonly does: (isOne: boolean) => string;
  readonly hint: string;
}

function refuseFor(
  found: readonly { readonly name: string }[],
  { named, command, does, hint }: Refusal,
): void {
  const schedules = found.map(({ name }) => name);
  if (schedules.length === 0) return;
  const isOne = schedules.length === 1;
  const list = firstOf(schedules.map(quote), NAMED_SCHEDULES);
  throw new ScanoramaError(
    'conflict',
    `The ${named.field} ${quote(named.name)} cannot be ${command}: the ${isOne ? 'schedule' : 'schedules'} ${list} ${does(isOne)}.`,
    { at: named.name, hint, facts: { schedules } },
  );
}
