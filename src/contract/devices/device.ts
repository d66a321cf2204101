import { z } from 'zod';
import { idPrefix, listOf, pageQuerySchema } from '#contract/api/pagination.js';
import { siteName } from '#contract/networks/site.js';
import { DECISION_KINDS, DEVICE_KINDS, EVIDENCE_KINDS } from '#domain/devices/device.js';
import { HOST_STATUSES } from '#domain/hosts/host-status.js';

const MAX_TERM_CHARACTERS = 255;
/** Devices that one merge names, and addresses that one split does. */
const MAX_DEVICES_PER_MERGE = 50;
const MAX_ADDRESSES_PER_SPLIT = 256;
/** Lines of evidence, addresses and decisions that the detail of a device has at most. */
export const DEVICE_DETAIL_ROWS = 500;

export const deviceName = z
  .string()
  .min(1)
  .max(MAX_TERM_CHARACTERS)
  .describe('The id of the device or of one that it took in, or an address or MAC address that it has now.');

export const deviceSchema = z.object({
  id: z.uuid(),
  site: z.string(),
  kind: z
    .enum(DEVICE_KINDS)
    .describe(
      '`identified`: it can be told from others. `provisional`: an address, and nobody knows whose. `floating`: an address that several hold in turn.',
    ),
  name: z.string().nullable(),
  vendor: z.string().nullable(),
  macs: z.array(z.string()).describe('Those that tell it apart; randomized ones are in its evidence.'),
  addresses: z.array(z.string()).describe('The first of those it has, the one that was seen last first.'),
  address_count: z.number().int(),
  first_seen: z.string(),
  last_seen: z.string(),
  suggestion_count: z.number().int().describe('Other devices that may be this one.'),
});
export type Device = z.infer<typeof deviceSchema>;

export const deviceListQuerySchema = pageQuerySchema.extend({
  kind: z.enum(DEVICE_KINDS).optional(),
  site: siteName.optional().describe('Those of the site of this name, whatever its case.'),
  search: z
    .string()
    .min(1)
    .max(MAX_TERM_CHARACTERS)
    .optional()
    .describe('The beginning of an address, of a MAC address or of a word of a name.'),
});
export const deviceListSchema = listOf(deviceSchema).extend({
  counts: z
    .record(z.enum(DEVICE_KINDS), z.number().int())
    .describe('How many there are of each kind, whichever is listed.'),
});

export const suggestionSchema = z.object({
  id: z.guid(),
  score: z.number().int().describe('0 to 100.'),
  reasons: z.array(z.string()).describe('What speaks for it.'),
  veto: z.string().nullable().describe('What speaks against it.'),
  devices: z.array(deviceSchema).describe('The two that may be one.'),
});
export type DeviceSuggestion = z.infer<typeof suggestionSchema>;
export const suggestionListQuerySchema = deviceListQuerySchema.pick({
  page: true,
  page_size: true,
  site: true,
});
export const suggestionListSchema = listOf(suggestionSchema);

export const deviceDecisionSchema = z.object({
  id: z.uuid(),
  kind: z.enum(DECISION_KINDS),
  actor: z.string(),
  created_at: z.string(),
  undoes: z.uuid().nullable(),
  undone_by: z.uuid().nullable(),
  addresses: z.array(z.string()).describe('The first addresses of one side.'),
  others: z.array(z.string()).describe('And of the other: what joined it, or was parted from it.'),
});
export type DeviceDecision = z.infer<typeof deviceDecisionSchema>;
export const decisionListQuerySchema = pageQuerySchema.extend({ id_prefix: idPrefix });
export const decisionListSchema = listOf(deviceDecisionSchema);

export const deviceAddressSchema = z.object({
  id: z.uuid().describe('Of the address under this MAC address; names it in a split.'),
  host_id: z.uuid(),
  ip: z.string(),
  mac: z.string().nullable(),
  status: z.enum(HOST_STATUSES),
  since: z.string().nullable().describe('null: as long as it is known.'),
  until: z.string().nullable().describe('null: it still does.'),
  last_seen: z.string(),
});
export type DeviceAddress = z.infer<typeof deviceAddressSchema>;

export const deviceEvidenceSchema = z.object({
  kind: z.enum(EVIDENCE_KINDS),
  value: z.string(),
  host_id: z.uuid(),
  ip: z.string(),
  port: z.number().int().nullable(),
  first_seen: z.string(),
  last_seen: z.string(),
  first_scan_id: z.uuid().nullable().describe('null: that scan was purged.'),
  last_scan_id: z.uuid().nullable(),
});
export type DeviceEvidence = z.infer<typeof deviceEvidenceSchema>;

const siteMeant = siteName
  .optional()
  .describe('The site that is meant, where several have the address; it has no say in ids.');
export const deviceQuerySchema = z.object({ site: siteMeant });

export const deviceDetailSchema = deviceSchema.extend({
  held: z.array(deviceAddressSchema).describe('Every address it has or had, at most DEVICE_DETAIL_ROWS.'),
  evidence: z
    .array(deviceEvidenceSchema)
    .describe('What was seen, the newest first, at most DEVICE_DETAIL_ROWS.'),
  suggestions: z.array(suggestionSchema),
  decisions: z.array(deviceDecisionSchema).describe('What people decided of it, the newest first.'),
  floating: z
    .array(deviceSchema)
    .describe('Of a floating address the devices that hold it in turn, and of a device such addresses.'),
});
export type DeviceDetail = z.infer<typeof deviceDetailSchema>;

const dryRun = z.boolean().default(false).describe('Says what would change, and changes nothing.');
export const mergeRequestSchema = z.strictObject({
  devices: z.array(deviceName).min(2).max(MAX_DEVICES_PER_MERGE),
  site: siteMeant,
  dry_run: dryRun,
});
export const splitRequestSchema = z.strictObject({
  addresses: z
    .array(z.string().min(1).max(MAX_TERM_CHARACTERS))
    .min(1)
    .max(MAX_ADDRESSES_PER_SPLIT)
    .describe('What goes: addresses of the device, or ids of what it holds.'),
  site: siteMeant,
  dry_run: dryRun,
});
export const decideRequestSchema = z.strictObject({ dry_run: dryRun });

export const decisionOutcomeSchema = z.object({
  decision: z.uuid().nullable().describe('Takes it back when undone; null when it was only tried.'),
  dry_run: z.boolean(),
  before: z.array(deviceSchema).describe('The devices that it is about.'),
  after: z.array(deviceSchema),
  kept_by: z
    .array(z.uuid())
    .describe('Where taking a decision back changes nothing: the newest others that keep it so.'),
});
export type DecisionOutcome = z.infer<typeof decisionOutcomeSchema>;
