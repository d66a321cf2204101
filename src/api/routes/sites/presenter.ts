import type { Site } from '#contract/networks/site.js';
import type { SiteView } from '#store/sites/sites.js';

export function presentSite(view: SiteView): Site {
  return {
    id: view.uid,
    name: view.name,
    created_at: view.createdAt.toISOString(),
    networks: view.networks,
    hosts: view.hosts,
    scans: view.scans,
    hosts_listed: view.hostsListed,
    scans_listed: view.scansListed,
    exclusions: view.exclusions,
    schedules: view.schedules,
    workers: view.workers,
    scope: [...view.scope],
    unscoped_accepted_at: view.unscopedAcceptedAt?.toISOString() ?? null,
    unscoped_accepted_by: view.unscopedAcceptedBy,
  };
}
