import type { z } from 'zod';
import type { scanRequestSchema } from '#contract/scan.js';
import type { Actor } from '#work/context.js';
import type { ScanWish } from '#work/prepare-scan.js';
import type { ScanOrder } from '#work/start-scan.js';

type ValidScanRequest = z.output<typeof scanRequestSchema>;

export function toWish(request: ValidScanRequest): ScanWish {
  const { targets, exclude, ports, scan_type, rate, per_host_rate, live_hosts } = request;
  return {
    targets,
    exclude,
    ports,
    scanType: scan_type,
    liveHosts: live_hosts,
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
    site: request.site,
    confirmLarge: request.confirm_large,
    actor,
  };
}
