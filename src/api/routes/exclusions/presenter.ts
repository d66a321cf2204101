import type { Exclusion } from '#contract/networks/exclusion.js';
import { formatRange } from '#domain/addresses/address-range.js';
import type { ExclusionView } from '#store/networks/exclusions.js';
import { rangeOfExclusion } from '#work/batches/excluded-addresses.js';

export function presentExclusion(view: ExclusionView): Exclusion {
  const { networkUid, networkName, networkCidr } = view;
  const isOfNetwork = networkUid !== null && networkName !== null && networkCidr !== null;
  return {
    id: view.uid,
    scope: view.scope,
    site: view.site,
    network: isOfNetwork ? { id: networkUid, name: networkName, cidr: networkCidr } : null,
    address: formatRange(rangeOfExclusion(view)),
    reason: view.reason,
    created_by: view.createdBy,
    created_at: view.createdAt.toISOString(),
  };
}
