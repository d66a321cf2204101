import { presentSize } from '#api/routes/scans/presenter.js';
import type { DiscoveryPlan } from '#contract/discovery.js';
import type { PreparedDiscovery } from '#work/prepare-discovery.js';

export function presentDiscoveryPlan(prepared: PreparedDiscovery): DiscoveryPlan {
  return { ...presentSize(prepared), methods: [...prepared.methods], resolver: prepared.resolver };
}
