import { ScanoramaError } from '#domain/errors/error.js';
import type { WorkContext } from '#work/context/context.js';
import { type DiscoveryInput, prepareDiscovery } from '#work/discovery/prepare-discovery.js';
import { networksAmong, storeNetworks } from '#work/networks/networks.js';
import { type CreationOrder, createScan, type NewScan } from '#work/scans/create-scan.js';

export interface DiscoveryOrder extends DiscoveryInput, CreationOrder {
  /** Whether to store the networks among the targets that are not stored yet. */
  readonly addNetworks: boolean;
}

/** Stores a discovery run as a pending scan, and its networks where requested. Returns the uid of the scan. */
export async function startDiscovery(
  context: WorkContext,
  order: DiscoveryOrder,
  signal: AbortSignal,
): Promise<string> {
  return createScan(context, await discoveryOf(context, order, signal));
}

/** Validates a discovery request without storing it. */
export async function discoveryOf(
  context: WorkContext,
  order: DiscoveryOrder,
  signal: AbortSignal,
): Promise<NewScan> {
  const networks = order.addNetworks ? networksAmong(order.targets) : [];
  if (order.addNetworks && networks.length === 0) throw nothingToAdd();
  const prepared = await prepareDiscovery(context, order, signal);
  const { methods, resolver } = prepared;
  return {
    order,
    prepared,
    scanType: 'discovery',
    liveHosts: false,
    discovery: { methods, resolver, detectOs: order.detectOs },
    alongside: async (executor, siteId) => {
      const ids = await storeNetworks(context, executor, { siteId, networks, order });
      return ids.length === 1 ? (ids[0] ?? null) : null;
    },
  };
}

function nothingToAdd(): ScanoramaError {
  return new ScanoramaError('invalid_request', 'No network is among the targets, so none can be added.', {
    hint: 'A network has a prefix length, such as 198.18.0.0/24.',
    at: 'add_networks',
  });
}
