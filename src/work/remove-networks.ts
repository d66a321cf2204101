import { type ErrorCode, ScanoramaError } from '#domain/error.js';
import { MAX_SELECTED } from '#domain/selection.js';
import type { Executor } from '#store/database.js';
import {
  countNetworks,
  deleteNetwork,
  findNetworkView,
  lockNetwork,
  type NetworkFilter,
  type NetworkView,
  networkUidsMatching,
} from '#store/networks.js';
import type { Actor, WorkContext } from '#work/context.js';
import { assertRemovable } from '#work/networks.js';
import { assertExpected, matchesNoMore, selectedOnce } from '#work/selection.js';

/** Which networks are meant: by their ids, or whatever a list with that filter shows. */
export type NetworkSelection =
  | { readonly uids: readonly string[] }
  | {
      readonly matching: NetworkFilter;
      /** Of what it finds these alone. */
      readonly only?: readonly string[] | undefined;
    };

export interface RemoveNetworksOrder {
  readonly networks: NetworkSelection;
  readonly actor: Actor;
  /** Only says what would become of them. */
  readonly dryRun?: boolean | undefined;
  /** How many networks the person was told of; another number is a `conflict`, and nothing changes. */
  readonly expectedNetworks?: number | undefined;
  /** Ends it between two networks; what is done stays done. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of one network. */
export interface NetworkRemoval {
  readonly uid: string;
  /** As it was; undefined where it was not there, or not looked at any more. */
  readonly network: NetworkView | undefined;
  /** Why it stays. */
  readonly refused: ScanoramaError | undefined;
}

/** What may be wrong with one network and says nothing of the next. */
const OF_ONE: readonly ErrorCode[] = ['conflict', 'not_found'];

/**
 * Removes networks as `removeNetwork` does, each in a transaction of its own: who removes a network holds its row alone
 * and no other. One that cannot be is told with its reason and keeps no other from it.
 */
export async function removeNetworks(
  context: WorkContext,
  order: RemoveNetworksOrder,
): Promise<readonly NetworkRemoval[]> {
  const { actor, dryRun = false } = order;
  const uids = await selectNetworks(context, order);
  const removals: NetworkRemoval[] = [];
  for (const uid of uids) {
    order.signal?.throwIfAborted();
    removals.push(await removeOne(context, uid, order));
  }
  const removed = removals.filter(({ refused }) => refused === undefined).length;
  if (!dryRun) context.log.info({ networks: removed, actor }, 'networks removed');
  return removals;
}

async function selectNetworks(
  { store }: WorkContext,
  { networks, expectedNetworks: expected }: RemoveNetworksOrder,
): Promise<readonly string[]> {
  const found =
    'uids' in networks
      ? networks.uids
      : await networkUidsMatching(store.read, networks.matching, MAX_SELECTED + 1);
  const uids = selectedOnce('networks', found);
  assertExpected('networks', expected, uids.length);
  return 'uids' in networks || networks.only === undefined ? uids : selectedOnce('networks', networks.only);
}

/** Looks under the lock, also whether it is still what was asked for; a trial asks the same and holds nothing. */
async function removeOne(
  { store }: WorkContext,
  uid: string,
  { networks, dryRun = false }: RemoveNetworksOrder,
): Promise<NetworkRemoval> {
  const seen: { network?: NetworkView } = {};
  const work = async (executor: Executor) => {
    const network = dryRun ? await findNetworkView(executor, uid) : await lockNetwork(executor, uid);
    seen.network = network;
    if ('matching' in networks) await assertStillMeant(executor, uid, networks.matching);
    await assertRemovable(executor, network);
    if (!dryRun) await deleteNetwork(executor, network.id);
  };
  try {
    await (dryRun ? work(store.read) : store.transaction(work));
    return { uid, network: seen.network, refused: undefined };
  } catch (error) {
    if (!(error instanceof ScanoramaError) || !OF_ONE.includes(error.code)) throw error;
    return { uid, network: seen.network, refused: error };
  }
}

async function assertStillMeant(executor: Executor, uid: string, matching: NetworkFilter): Promise<void> {
  if ((await countNetworks(executor, { ...matching, uid })) === 0) throw matchesNoMore('network', uid);
}
