import { presentNetwork } from '#api/routes/networks/presenter.js';
import type { Network } from '#contract/networks/network.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import type { Executor } from '#store/database/database.js';
import { exclusionsInForce } from '#store/networks/exclusions.js';
import type { NetworkView } from '#store/networks/networks.js';
import { addressesOf } from '#work/batches/excluded-addresses.js';

/** Networks as they are shown, each with how much of it gets no packet by any exclusion that holds at its site. */
export async function networksShown(executor: Executor, views: readonly NetworkView[]): Promise<Network[]> {
  const excludedAt = new Map<number, AddressSet>();
  for (const siteId of new Set(views.map((view) => view.siteId)))
    excludedAt.set(siteId, addressesOf(await exclusionsInForce(executor, siteId)));
  return views.map((view) => presentNetwork(view, excludedAt.get(view.siteId) ?? AddressSet.EMPTY));
}

/** The same of one. */
export async function networkShown(executor: Executor, view: NetworkView): Promise<Network> {
  return presentNetwork(view, addressesOf(await exclusionsInForce(executor, view.siteId)));
}
