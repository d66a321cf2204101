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
import { assertSiteNamed } from '#store/sites.js';
import type { Actor, WorkContext } from '#work/context.js';
import { inSteps } from '#work/in-steps.js';
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
    const looks: NetworkRemoval[] = [];
    for (const uid of uids) {
      order.signal?.throwIfAborted();
      looks.push(
        await removalOf(uid, async (seen) => assertGoes(read, seen(await findNetworkView(read, uid)), order)),
      );
    }
    return looks;
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
  { networks, expectedNetworks: expected }: RemoveNetworksOrder,
): Promise<readonly string[]> {
  if ('matching' in networks && networks.matching.site !== undefined)
    await assertSiteNamed(store.read, networks.matching.site);
  const found =
    'uids' in networks
      ? networks.uids
      : await networkUidsMatching(store.read, networks.matching, MAX_SELECTED + 1);
  const uids = selectedOnce('networks', found);
  assertExpected('networks', expected, uids.length);
  return 'uids' in networks || networks.only === undefined ? uids : selectedOnce('networks', networks.only);
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
  { networks }: RemoveNetworksOrder,
): Promise<void> {
  const { uid } = network;
  if ('matching' in networks && (await countNetworks(executor, { ...networks.matching, uid })) === 0)
    throw matchesNoMore('network', uid);
  await assertRemovable(executor, network);
}
