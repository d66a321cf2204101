import type { z } from 'zod';
import type { scanRequestSchema } from '#contract/scan.js';
import type { Actor } from '#work/context.js';
import type { ScanWish } from '#work/prepare-scan.js';
import type { ScanOrder } from '#work/start-scan.js';

type ValidScanRequest = z.output<typeof scanRequestSchema>;

export function toWish(request: ValidScanRequest): ScanWish {
  const { targets, exclude, ports, scan_type, rate, per_host_rate, live_hosts, site } = request;
  return {
    site,
    targets,
    exclude,
    ports,
    scanType: scan_type,
    liveHosts: live_hosts,
    // Every key is an administrator's as long as there are no others.
    outsideScope: request.outside_scope,
    rate: {
      packetsPerSecond: typeof rate === 'number' ? rate : undefined,
      packetsPerSecondPerHost: per_host_rate,
      unlimited: rate === 'max',
    },
  };
}

export function toOrder(request: ValidScanRequest, actor: Actor): ScanOrder {
  return {
    ...toWish(request),
    name: request.name ?? null,
    description: request.description ?? null,
    confirmLarge: request.confirm_large,
    confirmUnscoped: request.confirm_unscoped,
    actor,
  };
}
