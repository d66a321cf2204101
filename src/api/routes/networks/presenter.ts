import { presentRefusal } from '#api/routes/selection.js';
import type { NetworkRemovalOutcome } from '#contract/networks/bulk.js';
import type { Network, NetworkStats } from '#contract/networks/network.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parseNetworkCidr } from '#domain/addresses/network-cidr.js';
import type { ExclusionView } from '#store/networks/exclusions.js';
import type { NetworkStats as StoredStats } from '#store/networks/network-stats.js';
import type { NetworkView } from '#store/networks/networks.js';
import { addressesOf } from '#work/batches/excluded-addresses.js';
import type { NetworkRemoval } from '#work/networks/remove-networks.js';

/** `excluded`: every address that is excluded at its site. */
export function presentNetwork(view: NetworkView, excluded: AddressSet): Network {
  return {
    id: view.uid,
    site: view.site,
    cidr: view.cidr,
    name: view.name,
    description: view.description,
    enabled: view.enabled,
    down_after_misses: view.downAfterMisses,
    gone_after_days: view.goneAfterDays,
    created_at: view.createdAt.toISOString(),
    updated_at: view.updatedAt.toISOString(),
    hosts: view.hosts,
    hosts_up: view.hostsUp,
    exclusions: view.exclusions,
    excluded_addresses: String(addressesIn(view).intersect(excluded).size),
  };
}

export function presentRemoval(removals: readonly NetworkRemoval[], dryRun: boolean): NetworkRemovalOutcome {
  const removed = removals.filter(({ refused }) => refused === undefined);
  return {
    networks_matched: removals.length,
    networks_removed: removed.length,
    networks_refused: removals.length - removed.length,
    hosts: removed.reduce((sum, { network }) => sum + (network?.hosts ?? 0), 0),
    dry_run: dryRun,
    results: removals.map(({ uid, network, refused }) => ({
      id: uid,
      name: network?.name ?? null,
      outcome: refused === undefined ? 'removed' : 'refused',
      error: refused === undefined ? null : presentRefusal(refused),
    })),
  };
}

/** `inForce`: every exclusion that holds at its site. */
export function presentStats(
  view: NetworkView,
  stats: StoredStats,
  inForce: readonly ExclusionView[],
): NetworkStats {
  const addresses = addressesIn(view);
  return {
    addresses: String(addresses.size),
    excluded_addresses: String(addresses.intersect(addressesOf(inForce)).size),
    hosts: { ...stats.hosts },
    open_ports: stats.openPorts,
    last_seen: stats.lastSeen?.toISOString() ?? null,
    scans: { total: stats.scans, last_started_at: stats.lastScanStarted?.toISOString() ?? null },
  };
}

function addressesIn({ cidr }: NetworkView): AddressSet {
  return AddressSet.of([parseNetworkCidr(cidr).range]);
}
