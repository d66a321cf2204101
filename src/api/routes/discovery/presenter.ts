import { presentSize } from '#api/routes/scans/presenter.js';
import type { DiscoveryPlan } from '#contract/discovery/discovery.js';
import type { DiscoveryInput, PreparedDiscovery } from '#work/discovery/prepare-discovery.js';
import type { ExcludedTargets } from '#work/exclusions/excluded-targets.js';

export function presentDiscoveryPlan(
  { detectOs }: DiscoveryInput,
  prepared: PreparedDiscovery,
  excluded: ExcludedTargets,
): DiscoveryPlan {
  const { methods, resolver } = prepared;
  return { ...presentSize(prepared, excluded), methods: [...methods], resolver, detect_os: detectOs };
}
