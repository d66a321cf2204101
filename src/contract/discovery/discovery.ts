import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { siteName } from '#contract/networks/site.js';
import { planSizeSchema, scanListQuerySchema } from '#contract/scans/scan.js';
import { perHostRateSchema, rateSchema } from '#contract/scans/settings.js';
import {
  MAX_TARGET_CHARACTERS,
  MAX_TARGETS_PER_SCAN,
  startFields,
  targetTexts,
} from '#contract/scans/start.js';
import { DISCOVERY_METHODS } from '#domain/discovery/discovery-method.js';
import { HOST_STATUSES } from '#domain/hosts/host-status.js';
import { REASONS } from '#domain/ports/port-state.js';

/** How hosts are looked for, and how fast; the same of any addresses. */
const way = {
  ...startFields,
  methods: z
    .array(z.enum(DISCOVERY_METHODS))
    .min(1)
    .optional()
    .describe(
      'How hosts are looked for. When absent, by arp, ndp, ping and tcp as far as this machine can, and by dns if a resolver is named.',
    ),
  resolver: z
    .string()
    .min(1)
    .max(MAX_TARGET_CHARACTERS)
    .optional()
    .describe(
      'Address of the resolver that `dns` asks for names; the one of the machine is never asked by itself.',
    ),
  detect_os: z
    .boolean()
    .default(false)
    .describe('Starts a scan by nmap for the systems of the hosts found, when the run completes.'),
  rate: rateSchema.optional(),
  per_host_rate: perHostRateSchema.optional(),
};

/** What a person asks for. Absent fields take the gentle defaults of scans. */
export const discoveryRequestSchema = z.strictObject({
  networks: targetTexts
    .min(1)
    .max(MAX_TARGETS_PER_SCAN)
    .describe('Networks, ranges, addresses and names of stored networks (`network:NAME`).'),
  ...way,
  site: siteName.default('default'),
  add_networks: z
    .boolean()
    .default(false)
    .describe('Stores the networks among them, a single one under the name of the run.'),
});
export type DiscoveryRequest = z.input<typeof discoveryRequestSchema>;

/** The same of one stored network. */
export const networkDiscoveryRequestSchema = z.strictObject(way);
export type NetworkDiscoveryRequest = z.input<typeof networkDiscoveryRequestSchema>;

export const discoveryPlanSchema = planSizeSchema.extend({
  methods: z.array(z.enum(DISCOVERY_METHODS)),
  resolver: z.string().nullable(),
  detect_os: z.boolean().default(false),
});
export type DiscoveryPlan = z.infer<typeof discoveryPlanSchema>;

/** What one discovery run learnt of an address; it never changes once the run is over. */
export const discoveredSchema = z.object({
  ip: z.string(),
  host_id: z.uuid().nullable().describe('Null where a name alone is known: that makes no host.'),
  status: z
    .enum(HOST_STATUSES)
    .describe('`up` of one that showed itself; `unknown` where a name is all there is.'),
  reason: z.enum(REASONS).nullable(),
  round_trip_us: z.number().int().nullable().describe('From asking to the answer, in microseconds.'),
  mac: z.string().nullable(),
  hostname: z.string().nullable(),
  observed_at: z.string(),
});
export type Discovered = z.infer<typeof discoveredSchema>;

export const discoveryListQuerySchema = scanListQuerySchema.omit({ kind: true });
export const discoveryResultsQuerySchema = pageQuerySchema;
export const discoveryResultsSchema = listOf(discoveredSchema);
export type DiscoveryResults = z.infer<typeof discoveryResultsSchema>;

export const discoveryCompareQuerySchema = pageQuerySchema.extend({
  run_a: z.guid().describe('The earlier run.'),
  run_b: z.guid().describe('The later run.'),
});

/** A network that an interface of the machine is in, and that is small enough to be looked at whole. */
const localNetworkSchema = z.object({ cidr: z.string(), interface: z.string() });
export const localNetworkListSchema = z.object({ data: z.array(localNetworkSchema) });
