import { presentPlan } from '#api/routes/scans/presenter.js';
import type { DiscoveryPlan } from '#contract/discovery.js';
import type { PreparedDiscovery } from '#work/prepare-discovery.js';

export function presentDiscoveryPlan(prepared: PreparedDiscovery): DiscoveryPlan {
  const { ports: _, ...plan } = presentPlan(prepared);
  return { ...plan, methods: [...prepared.methods], resolver: prepared.resolver };
}
