import { z } from 'zod';
import { knownPartSchema } from '#contract/hosts/host.js';
import { siteName } from '#contract/networks/site.js';
import { MAX_FILTER_CHARACTERS } from '#domain/filter/filter.js';
import { MAX_COMPLETENESS_SCORE } from '#domain/hosts/completeness.js';
import {
  DEFAULT_MAX_STALENESS_HOURS,
  DEFAULT_THRESHOLD,
  DEFAULT_TRIGGER_HOSTS,
  MAX_STALENESS_HOURS,
  MAX_TRIGGER_HOSTS,
  MIN_STALENESS_HOURS,
  SMART_SCAN_STAGES,
  STAGE_STATES,
} from '#domain/smart-scan/smart-scan.js';

const MAX_OS_FAMILY_CHARACTERS = 255;
const MAX_ADDRESS_CHARACTERS = 100;

const stageName = z.enum(SMART_SCAN_STAGES);
const address = z.string().min(1).max(MAX_ADDRESS_CHARACTERS);

/** The same words in the query of a request, where numbers are text, and in its body. */
const rulesOver = (number: () => z.ZodNumber | z.ZodCoercedNumber) => ({
  threshold: number()
    .int()
    .min(1)
    .max(MAX_COMPLETENESS_SCORE)
    .default(DEFAULT_THRESHOLD)
    .describe('Hosts with a lower score are looked at, and stale ones whatever theirs is.'),
  max_staleness_hours: number()
    .int()
    .min(MIN_STALENESS_HOURS)
    .max(MAX_STALENESS_HOURS)
    .default(DEFAULT_MAX_STALENESS_HOURS)
    .describe('Hosts that were not seen for longer are stale.'),
  resolver: address
    .optional()
    .describe('Address of the resolver that the stage identity asks for names; there is none without.'),
});

const selection = {
  site: siteName.optional(),
  network_cidr: address.optional().describe('Hosts with an address in it.'),
  os_family: z
    .string()
    .min(1)
    .max(MAX_OS_FAMILY_CHARACTERS)
    .optional()
    .describe('Hosts of this operating system, whatever the case.'),
  filter: z
    .string()
    .min(1)
    .max(MAX_FILTER_CHARACTERS)
    .optional()
    .describe('As lists of hosts have it, text or JSON.'),
};

const limitOver = (number: () => z.ZodNumber | z.ZodCoercedNumber) =>
  number()
    .int()
    .min(1)
    .max(MAX_TRIGGER_HOSTS)
    .default(DEFAULT_TRIGGER_HOSTS)
    .describe('Hosts at most; the others come with the next trigger.');

export const smartScanQuerySchema = z.object({
  ...selection,
  ...rulesOver(() => z.coerce.number()),
  limit: limitOver(() => z.coerce.number()),
});
export const stageQuerySchema = z.object(rulesOver(() => z.coerce.number()));

/** Says yes beforehand, as for every scan. */
const confirmations = {
  confirm_large: z.boolean().default(false),
  confirm_unscoped: z.boolean().default(false),
};

export const triggerRequestSchema = z.strictObject({
  stage: stageName.optional().describe('The next one of the host when absent.'),
  ...rulesOver(() => z.number()),
  ...confirmations,
});
export type TriggerRequest = z.input<typeof triggerRequestSchema>;

export const triggerBatchRequestSchema = z.strictObject({
  stage: stageName
    .optional()
    .describe('This one of every host that it is due for; each host’s next one when absent.'),
  host_ids: z.array(z.guid()).min(1).max(MAX_TRIGGER_HOSTS).optional(),
  ...selection,
  limit: limitOver(() => z.number()),
  ...rulesOver(() => z.number()),
  ...confirmations,
});
export type TriggerBatchRequest = z.input<typeof triggerBatchRequestSchema>;

/** One scan for one stage: what it would ask, or asks. */
export const smartScanSchema = z.object({
  scan_id: z.uuid().nullable().describe('Null where it is only planned.'),
  stage: stageName,
  site: z.string(),
  hosts: z.number().int(),
  ports: z
    .number()
    .int()
    .nullable()
    .describe('Of each host; null where its profile says, or no port is asked.'),
  profile: z.string().nullable().describe('Id of the profile it is made by.'),
});
export type SmartScanView = z.infer<typeof smartScanSchema>;

export const smartScanOutcomeSchema = z.object({
  scans: z.array(smartScanSchema),
  left: z.number().int().describe('Hosts that something is due for and that come with the next trigger.'),
});
export type SmartScanOutcomeView = z.infer<typeof smartScanOutcomeSchema>;

export const triggerOutcomeSchema = smartScanOutcomeSchema.extend({
  reason: z.string().describe('Why it was started, or why nothing was.'),
});
export type TriggerOutcome = z.infer<typeof triggerOutcomeSchema>;

export const suggestedHostSchema = z.object({
  id: z.uuid(),
  ip: z.string(),
  site: z.string(),
  name: z.string().nullable(),
  completeness_score: z.number().int(),
  reason: z.string(),
});

const reasonedHosts = z.object({ reason: z.string(), hosts: z.number().int() });

export const suggestedStageSchema = z.object({
  stage: stageName,
  due: z.number().int().describe('Hosts that it can be done for now.'),
  next: z.number().int().describe('Those of them of which it is the next stage.'),
  waiting: z.number().int().describe('Hosts left alone for a time, as it taught nothing new of them.'),
  waiting_reasons: z
    .array(reasonedHosts)
    .describe('Why they wait, the most frequent first; a few of them where the reasons are many.'),
  running: z.number().int().describe('Hosts that a scan is under way for.'),
  impossible: z
    .number()
    .int()
    .describe('Hosts that lack what it stands on, or for which it is not to be had here.'),
  unavailable: z.string().nullable().describe('What is missing here to do it at all.'),
  examples: z.array(suggestedHostSchema),
  scans: z.array(smartScanSchema).describe('What a trigger of this stage would start now.'),
  left: z.number().int(),
});
export type SuggestedStage = z.infer<typeof suggestedStageSchema>;

export const smartScanSuggestionsSchema = z.object({
  considered: z.number().int().describe('Hosts of which something is missing.'),
  complete: z.boolean().describe('False when there are more than are looked at in one go.'),
  stages: z.array(suggestedStageSchema),
  skipped: z.array(reasonedHosts),
});
export type SmartScanSuggestionsView = z.infer<typeof smartScanSuggestionsSchema>;

export const hostStageSchema = z.object({
  host_id: z.uuid(),
  ip: z.string(),
  completeness_score: z.number().int(),
  completeness: z.array(knownPartSchema),
  next: stageName.nullable(),
  reason: z.string(),
  skipped: z.boolean().describe('The host is left alone altogether.'),
  refused: z
    .object({ stage: stageName, at: z.string(), code: z.string(), message: z.string() })
    .nullable()
    .describe(
      'Why a schedule could not start a scan of it the last time; null once one was started, or that stage is not due.',
    ),
  stages: z.array(
    z.object({
      stage: stageName,
      state: z.enum(STAGE_STATES),
      reason: z.string(),
      until: z.string().nullable().describe('Of waiting: until when.'),
    }),
  ),
});
export type HostStage = z.infer<typeof hostStageSchema>;

export const profileRecommendationsSchema = z.object({
  data: z.array(
    z.object({
      os_family: z.string().nullable().describe('Null for hosts whose system is not known.'),
      hosts: z.number().int(),
      profile: z.object({ id: z.string(), name: z.string(), built_in: z.boolean() }),
      reason: z.string(),
    }),
  ),
});
export type ProfileRecommendations = z.infer<typeof profileRecommendationsSchema>;
