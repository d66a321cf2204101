import { z } from 'zod';
import { listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { SCAN_CHANGE_KINDS } from '#domain/diff/scan-change.js';
import { HOST_STATUSES } from '#domain/hosts/host-status.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';

const count = z.number().int();

/** How many of each kind of change; ports and services one by one. */
export const changeCountsSchema = z.object({
  hosts_new: count,
  hosts_not_seen: count.describe(
    'Answered before and did not where they were asked again; no verdict on the host.',
  ),
  hosts_changed: count
    .nullable()
    .default(null)
    .describe(
      'Hardware addresses, names, SSH host keys and certificates that are others now; null where it was not counted.',
    ),
  ports_opened: count,
  ports_closed: count.describe(
    'Open before, and answered as closed now; one that is filtered now counts as changed.',
  ),
  ports_changed: count.describe('Any other difference of two states.'),
  services_changed: count,
});
export type ChangeCounts = z.infer<typeof changeCountsSchema>;

export const scanChangeSchema = z.object({
  kind: z.enum(SCAN_CHANGE_KINDS),
  ip: z.string(),
  host_id: z.uuid().nullable().describe('Null where nothing ever proved a host.'),
  protocol: z.enum(PROTOCOLS).nullable(),
  ports: z
    .string()
    .nullable()
    .describe('One port, or ranges such as `1-21,23` where many changed alike; null of a host.'),
  count: count.describe('How many ports that are; of a host, how many were open.'),
  old: z
    .string()
    .nullable()
    .describe('The state, service, hardware address, name, key or certificate before; null of a host.'),
  new: z.string().nullable().describe('The same now; null of a host.'),
  known: z
    .object({
      first_seen: z.string(),
      status: z.enum(HOST_STATUSES),
      since: z.string().describe('Since when it had that status.'),
    })
    .optional()
    .describe(
      'Of `host_new`: what the host was when the later scan began, by what was known then. Absent of one that nobody knew, and of all where `hosts_back` is absent.',
    ),
});
export type ScanChange = z.infer<typeof scanChangeSchema>;

const comparedScanSchema = z.object({
  id: z.uuid(),
  completed_at: z.string().nullable(),
  complete: z
    .boolean()
    .describe('Completed and not partial. Where this is false the silence of the scan counts as not asked.'),
});

const oneSidedSchema = z.object({
  addresses: count.describe('Of which the other scan asked nothing.'),
  ports: count.describe('Of all addresses together; 0 of discovery runs, which ask none.'),
  hosts: count.describe('Seen by this scan alone, where the other one did not ask as it did.'),
});

export const scanDiffQuerySchema = pageQuerySchema.extend({
  against: z
    .guid()
    .optional()
    .describe('The earlier scan; when absent, the last comparable one at the time this one was completed.'),
});
export const scanDiffSchema = listOf(scanChangeSchema).extend({
  base: comparedScanSchema.describe('The earlier scan.'),
  scan: comparedScanSchema,
  counts: changeCountsSchema,
  hosts_back: count
    .optional()
    .describe(
      'Of `hosts_new` those that were known before, and are seen again. Absent where that cannot be told any more: history of the time before the later scan was removed.',
    ),
  not_comparable: z
    .object({ base: oneSidedSchema, scan: oneSidedSchema })
    .describe('What only one of the two asked, which says nothing of a change.'),
});
export type ScanDiff = z.infer<typeof scanDiffSchema>;

/** The same of two reports, whose hosts have no id. */
export interface ReportDiff extends Pick<ScanDiff, 'counts' | 'not_comparable'> {
  readonly changes: readonly ScanChange[];
}
