import { presentSize } from '#api/routes/scans/presenter.js';
import type { DiscoveryPlan } from '#contract/discovery.js';
import type { ExcludedTargets } from '#work/excluded-targets.js';
import type { PreparedDiscovery } from '#work/prepare-discovery.js';

export function presentDiscoveryPlan(prepared: PreparedDiscovery, excluded: ExcludedTargets): DiscoveryPlan {
  return { ...presentSize(prepared, excluded), methods: [...prepared.methods], resolver: prepared.resolver };
}
