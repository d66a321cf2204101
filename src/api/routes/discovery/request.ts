import type { z } from 'zod';
import type { discoveryRequestSchema } from '#contract/discovery/discovery.js';
import type { Actor } from '#work/context/context.js';
import type { DiscoveryOrder } from '#work/discovery/start-discovery.js';

type ValidRequest = z.output<typeof discoveryRequestSchema>;

export function toDiscoveryOrder(request: ValidRequest, actor: Actor): DiscoveryOrder {
  const { networks, exclude, methods, resolver, rate, per_host_rate, site } = request;
  return {
    site,
    targets: networks,
    exclude,
    methods,
    resolver,
    detectOs: request.detect_os,
    // Every key is an administrator's as long as there are no others.
    outsideScope: request.outside_scope,
    rate: {
      packetsPerSecond: typeof rate === 'number' ? rate : undefined,
      packetsPerSecondPerHost: per_host_rate,
      unlimited: rate === 'max',
    },
    name: request.name ?? null,
    description: request.description ?? null,
    tags: request.tags,
    confirmLarge: request.confirm_large,
    confirmUnscoped: request.confirm_unscoped,
    addNetworks: request.add_networks,
    actor,
  };
}
