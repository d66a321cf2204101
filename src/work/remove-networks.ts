import { type ErrorCode, ScanoramaError } from '#domain/error.js';
import { onTrial } from '#store/edit-turn.js';
import {
  findNetworkView,
  type NetworkFilter,
  type NetworkView,
  networkUidsMatching,
} from '#store/networks.js';
import type { Actor, WorkContext } from '#work/context.js';
import { removeWithin } from '#work/networks.js';
import { assertExpected, MAX_SELECTED, selectedOnce } from '#work/selection.js';

export interface RemoveNetworksOrder {
  readonly networks: { readonly uids: readonly string[] } | { readonly matching: NetworkFilter };
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
    removals.push(await removeOne(context, uid, dryRun));
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
  return uids;
}

async function removeOne({ store }: WorkContext, uid: string, dryRun: boolean): Promise<NetworkRemoval> {
  try {
    const network = await store.transaction((executor) =>
      dryRun ? onTrial(executor, () => removeWithin(executor, uid)) : removeWithin(executor, uid),
    );
    return { uid, network, refused: undefined };
  } catch (error) {
    if (!(error instanceof ScanoramaError) || !OF_ONE.includes(error.code)) throw error;
    const network = await findNetworkView(store.read, uid).catch(() => undefined);
    return { uid, network, refused: error };
  }
}
