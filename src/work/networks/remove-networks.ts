import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import {
  countNetworks,
  deleteNetwork,
  findNetworkView,
  lockNetwork,
  type NetworkFilter,
  type NetworkView,
  networkUidsMatching,
} from '#store/networks/networks.js';
import { assertSiteNamed } from '#store/sites/sites.js';
import type { WorkContext } from '#work/context/context.js';
import { inSteps } from '#work/context/process-in-steps.js';
import { type DeletionOrder, matchesNoMore, selectedOf } from '#work/context/selection.js';
import { assertRemovable } from '#work/networks/networks.js';

type RemoveNetworksOrder = DeletionOrder<NetworkFilter>;

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
 * Removes networks as `removeNetwork` does, each in a transaction of its own. One that cannot be is told with its reason
 * and keeps no other from it; what is done before a failure stays done, and is told.
 */
export async function removeNetworks(
  context: WorkContext,
  order: RemoveNetworksOrder,
): Promise<readonly NetworkRemoval[]> {
  const uids = await selectNetworks(context, order);
  if (order.dryRun === true) {
    const { read } = context.store;
    const polls: NetworkRemoval[] = [];
    for (const uid of uids) {
      order.signal?.throwIfAborted();
      polls.push(
        await removalOf(uid, async (seen) => assertGoes(read, seen(await findNetworkView(read, uid)), order)),
      );
    }
    return polls;
  }
  return inSteps(context, {
    steps: uids,
    signal: order.signal,
    act: (uid) => removeOne(context, uid, order),
    notDone: (uid, refused) => ({ uid, network: undefined, refused }),
  });
}

async function selectNetworks(
  { store }: WorkContext,
  { which }: RemoveNetworksOrder,
): Promise<readonly string[]> {
  if ('matching' in which && which.matching.site !== undefined)
    await assertSiteNamed(store.read, which.matching.site);
  return selectedOf('networks', which, (matching, limit) => networkUidsMatching(store.read, matching, limit));
}

async function removeOne(
  { store, log }: WorkContext,
  uid: string,
  order: RemoveNetworksOrder,
): Promise<NetworkRemoval> {
  const removal = await removalOf(uid, (seen) =>
    store.transaction(async (executor) => {
      const network = seen(await lockNetwork(executor, uid));
      await assertGoes(executor, network, order);
      await deleteNetwork(executor, network.id);
    }),
  );
  const { network, refused } = removal;
  if (refused === undefined)
    log.info({ network: uid, cidr: network?.cidr, actor: order.actor }, 'network removed');
  return removal;
}

/** What becomes of one network; `remove` says which it is as soon as it knows. */
async function removalOf(
  uid: string,
  remove: (seen: (network: NetworkView) => NetworkView) => Promise<void>,
): Promise<NetworkRemoval> {
  const known: { network?: NetworkView } = {};
  const seen = (network: NetworkView) => (known.network = network);
  try {
    await remove(seen);
    return { uid, network: known.network, refused: undefined };
  } catch (error) {
    if (!(error instanceof ScanoramaError) || !OF_ONE.includes(error.code)) throw error;
    return { uid, network: known.network, refused: error };
  }
}

/** Throws what keeps a network, also that it is not what was asked for any more. */
async function assertGoes(
  executor: Executor,
  network: NetworkView,
  { which }: RemoveNetworksOrder,
): Promise<void> {
  const { uid } = network;
  if ('matching' in which && (await countNetworks(executor, { ...which.matching, uid })) === 0)
    throw matchesNoMore('network', uid);
  await assertRemovable(executor, network);
}
