import { checkNetworkName, type NetworkCidr, parseNetworkCidr } from '#domain/addresses/network-cidr.js';
import { assertNotRefused } from '#domain/addresses/refused-ranges.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { labelKey } from '#domain/fields/label-name.js';
import { NETWORK_PREFIX } from '#domain/targets/parse-target.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { constraintOf } from '#store/database/failure.js';
import {
  deleteNetwork,
  findNetworkView,
  insertNetwork,
  listNetworkViews,
  lockNetwork,
  type NetworkView,
  networksCalled,
  updateNetwork,
} from '#store/networks/networks.js';
import { siteIdByName } from '#store/sites/sites.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { assertNoRuleNames } from '#work/edits/group-rules.js';
import { assertNoScheduleScans, schedulesFailingWithout } from '#work/schedules/schedule-references.js';

const NAMES_ONCE: readonly (string | undefined)[] = ['networks_name_once', 'networks_site_id_name_key'];

export interface NetworkOrder {
  readonly cidr: string;
  /** Called by its CIDR when absent. */
  readonly name?: string | undefined;
  readonly description: string | null;
  readonly site: string;
  readonly actor: Actor;
}

/** Stores a network. Throws `invalid_target`, `target_refused`, `invalid_request`, `not_found` for the site, `conflict`. */
export async function addNetwork(context: WorkContext, order: NetworkOrder): Promise<NetworkView> {
  const { range, cidr } = parseNetworkCidr(order.cidr);
  assertNotRefused([range], order.cidr);
  const name = order.name === undefined ? cidr : checkNetworkName(order.name);
  const uid = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
  return context.store.transaction(async (executor) => {
    const siteId = await siteIdByName(executor, order.site);
    const row = { uid, siteId, cidr, name, description: order.description };
    if (!(await insertNetwork(executor, row))) {
      const page = { limit: 1, offset: 0 };
      const [same] = await listNetworkViews(executor, { site: order.site, name: cidr }, page);
      throw same === undefined ? nameTaken(name, order.site) : cidrTaken(same);
    }
    context.log.info({ network: uid, cidr, name, site: order.site, actor: order.actor }, 'network added');
    return findNetworkView(executor, uid);
  });
}

/** The networks among words that name targets: those with a prefix length. Throws `invalid_target` for host bits. */
export function networksAmong(names: readonly string[]): readonly NetworkCidr[] {
  return names
    .flatMap((text) => text.split(','))
    .filter((text) => text.includes('/') && !text.trim().startsWith(NETWORK_PREFIX))
    .map(parseNetworkCidr);
}

export interface NetworksOrder {
  readonly siteId: number;
  readonly networks: readonly NetworkCidr[];
  /** The name is that of the network where there is but one. */
  readonly order: { readonly site: string; readonly name: string | null; readonly actor: Actor };
}

/** Stores those that are not stored yet and gives the ids of all. Throws `conflict` for a name that is taken. */
export async function storeNetworks(
  context: WorkContext,
  executor: Executor,
  { siteId, networks, order }: NetworksOrder,
): Promise<readonly number[]> {
  const ids: number[] = [];
  for (const { cidr } of networks) {
    const name = networks.length === 1 && order.name !== null ? checkNetworkName(order.name) : cidr;
    const uid = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
    const isNew = await insertNetwork(executor, { uid, siteId, cidr, name, description: null });
    const [stored] = await networksCalled(executor, siteId, [cidr]);
    if (stored === undefined) throw nameTaken(name, order.site);
    ids.push(stored.id);
    if (isNew)
      context.log.info({ network: uid, cidr, name, site: order.site, actor: order.actor }, 'network added');
  }
  return ids;
}

export interface NetworkInput {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly enabled?: boolean | undefined;
  /** Holds for runs that complete from now on. */
  readonly downAfterMisses?: number | null | undefined;
  readonly goneAfterDays?: number | null | undefined;
}

export interface ChangedNetwork extends NetworkView {
  /** Where it was disabled: the schedules whose next runs fail. */
  readonly failingSchedules: readonly string[];
}

/** Changes what is said of a network; its CIDR stays. Throws `not_found`, `invalid_request`, `conflict`. */
export async function changeNetwork(
  context: WorkContext,
  uid: string,
  { input, actor }: { readonly input: NetworkInput; readonly actor: Actor },
): Promise<ChangedNetwork> {
  try {
    return await context.store.transaction(async (executor) => {
      const network = await lockNetwork(executor, uid);
      const { name = network.name, description = network.description, enabled = network.enabled } = input;
      const { downAfterMisses = network.downAfterMisses, goneAfterDays = network.goneAfterDays } = input;
      const checked = name === network.cidr ? name : checkNetworkName(name);
      const change = { name: checked, description, enabled, downAfterMisses, goneAfterDays };
      if (labelKey(checked) !== labelKey(network.name)) {
        await assertNoRuleNames(executor, { field: 'network', name: network.name }, 'renamed');
        const lost = network.name === network.cidr ? [] : [network.name];
        await assertNoScheduleScans(executor, { ...network, terms: lost, command: 'renamed' });
      }
      await updateNetwork(executor, network.id, change);
      context.log.info({ network: uid, ...change, actor }, 'network changed');
      const changed = await findNetworkView(executor, uid);
      const isDisabled = input.enabled === false;
      return {
        ...changed,
        failingSchedules: isDisabled ? await schedulesFailingWithout(executor, changed) : [],
      };
    });
  } catch (error) {
    const cause = error instanceof ScanoramaError ? error.cause : error;
    if (NAMES_ONCE.includes(constraintOf(cause) ?? '')) throw nameTaken(input.name ?? '', undefined, error);
    throw error;
  }
}

/**
 * Removes a network; scans and hosts stay. `conflict` while it has exclusions, which would be lost with it, or the rule of a
 * group or a schedule names it.
 */
export async function removeNetwork(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  const { cidr } = await context.store.transaction(async (executor) => {
    const network = await lockNetwork(executor, uid);
    await assertRemovable(executor, network);
    await deleteNetwork(executor, network.id);
    return network;
  });
  context.log.info({ network: uid, cidr, actor }, 'network removed');
}

/** Throws the `conflict` that keeps a network from being removed. */
export async function assertRemovable(executor: Executor, network: NetworkView): Promise<void> {
  if (network.exclusions > 0) throw hasExclusions(network);
  await assertNoRuleNames(executor, { field: 'network', name: network.name }, 'removed');
  await assertNoScheduleScans(executor, {
    ...network,
    terms: [network.name, network.cidr],
    command: 'removed',
  });
}

function hasExclusions({ name, exclusions }: NetworkView): ScanoramaError {
  const count = `${exclusions} exclusion${exclusions === 1 ? '' : 's'}`;
  return new ScanoramaError(
    'conflict',
    `The network ${quote(name)} cannot be removed: it has ${count}, and those addresses would be asked again.`,
    {
      at: name,
      hint: 'Remove them first, or exclude the addresses at the site: `scanorama exclusions list --network NAME` shows them.',
      facts: { exclusions },
    },
  );
}

function cidrTaken({ name, cidr, site }: NetworkView): ScanoramaError {
  return new ScanoramaError('conflict', `The site ${quote(site)} has the network ${cidr} already.`, {
    at: cidr,
    hint: name === cidr ? '`scanorama networks list` shows it.' : `It is called ${quote(name)}.`,
  });
}

function nameTaken(name: string, site?: string, cause?: unknown): ScanoramaError {
  const where = site === undefined ? 'This site' : `The site ${quote(site)}`;
  return new ScanoramaError('conflict', `${where} has a network called ${quote(name)} already.`, {
    at: name,
    hint: 'Names are compared without their case; give it another one.',
    ...(cause === undefined ? {} : { cause }),
  });
}
