import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { showList, showOne } from '#cli/arguments/show-list.js';
import {
  HOST_ARGUMENT,
  HOST_SITE_FLAG,
  type HostName,
  hostIdOf,
  hostIdsOf,
  parseHostName,
  parseHostNames,
} from '#cli/hosts/host-arguments.js';
import { writeDocument } from '#cli/output/json.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { stageFacts, suggestionsText } from '#cli/reports/smart-scan.js';
import {
  HOSTS_FLAGS,
  hostsMeant,
  NAMES_FLAG,
  RULE_FLAGS,
  rulesOf,
  SITE_FLAG,
  STAGE_FLAG,
  siteMeant,
  stageNameOf,
} from '#cli/schedules/smart-scan-flags.js';
import { runTrigger } from '#cli/schedules/smart-scan-run.js';
import type { TriggerBatchRequest, TriggerRequest } from '#contract/schedules/smart-scan.js';
import { grouped } from '#domain/text/count-text.js';

const START_FLAGS = [
  { flags: '-y, --yes', help: 'start without confirmation' },
  { flags: '--detach', help: 'leave the scans to the server' },
] as const;

const selectionOf = (flags: FlagValues) => ({ ...siteMeant(flags), ...hostsMeant(flags) });
const SELECTION_SPECS: readonly FlagSpec[] = [SITE_FLAG, ...HOSTS_FLAGS];
const RULE_SPECS: readonly FlagSpec[] = [...RULE_FLAGS, NAMES_FLAG];

type SuggestionsPlan = ReturnType<typeof selectionOf> & ReturnType<typeof rulesOf>;

function runSuggestions(plan: SuggestionsPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const suggestions = await client.smartScanSuggestions(plan);
    if (globals.json !== 'off') await writeDocument(io.stdout, suggestions);
    else await io.stdout.write(suggestionsText(suggestions, io.stdout.color));
    return EXIT.done;
  });
}

function runRecommendations(_plan: undefined, context: Context): Promise<ExitCode> {
  return showList(
    {
      async *pages(client) {
        yield (await client.profileRecommendations()).data;
      },
      heads: ['SYSTEM', 'HOSTS', 'PROFILE', 'WHY'],
      row: ({ os_family: family, hosts, profile, reason }) => [
        family ?? 'not known',
        grouped(hosts),
        profile.name,
        reason,
      ],
      right: [1],
      none: 'No hosts.',
    },
    context,
  );
}

interface StagePlan {
  readonly host: HostName;
  readonly rules: ReturnType<typeof rulesOf>;
}

function runStage({ host, rules }: StagePlan, context: Context): Promise<ExitCode> {
  return showOne(context, async (client) => {
    const stage = await client.smartScanStage(await hostIdOf(client, host, {}), rules);
    return { document: stage, facts: stageFacts(stage) };
  });
}

const confirmationsOf = ({ flags }: CommandInput) =>
  flags.on('yes') ? { confirm_large: true, confirm_unscoped: true } : {};

interface TriggerPlan {
  readonly host: HostName;
  readonly request: TriggerRequest;
  readonly detach: boolean;
}

function parseTrigger(input: CommandInput): TriggerPlan {
  const request = { ...stageNameOf(input.flags), ...rulesOf(input.flags), ...confirmationsOf(input) };
  return { host: parseHostName(input), request, detach: input.flags.on('detach') };
}

interface TriggerBatchPlan {
  readonly hosts: readonly HostName[];
  readonly request: TriggerBatchRequest;
  readonly detach: boolean;
}

function parseTriggerBatch(input: CommandInput): TriggerBatchPlan {
  const request = {
    ...stageNameOf(input.flags),
    ...selectionOf(input.flags),
    ...rulesOf(input.flags),
    ...confirmationsOf(input),
  };
  return { hosts: parseHostNames(input), request, detach: input.flags.on('detach') };
}

export const smartScanCommands = [
  defineCommand<SuggestionsPlan>({
    path: ['smart-scan', 'suggestions'],
    summary: 'show what is not known about hosts and which scans would find it',
    flags: [...SELECTION_SPECS, ...RULE_SPECS],
    examples: [['smart-scan suggestions --network 198.18.0.0/24', 'nothing is sent']],
    json: 'document',
    place: 'any',
    parse: (input) => ({ ...selectionOf(input.flags), ...rulesOf(input.flags) }),
    run: runSuggestions,
  }),
  defineCommand<undefined>({
    path: ['smart-scan', 'profile-recommendations'],
    summary: 'recommend profiles for the known hosts',
    examples: [['smart-scan profile-recommendations', 'by system and open ports']],
    json: 'stream',
    place: 'any',
    parse: () => undefined,
    run: runRecommendations,
  }),
  defineCommand<StagePlan>({
    path: ['smart-scan', 'stage'],
    summary: 'show what is known about a host and its next scan',
    arguments: [HOST_ARGUMENT],
    flags: [HOST_SITE_FLAG, ...RULE_SPECS],
    examples: [['smart-scan stage 198.18.0.7', 'its score and the next scan']],
    json: 'document',
    place: 'any',
    parse: (input) => ({ host: parseHostName(input), rules: rulesOf(input.flags) }),
    run: runStage,
  }),
  defineCommand<TriggerPlan>({
    path: ['smart-scan', 'trigger'],
    summary: 'start the next scan of a host, or report why there is none',
    arguments: [HOST_ARGUMENT],
    flags: [HOST_SITE_FLAG, STAGE_FLAG, ...RULE_SPECS, ...START_FLAGS],
    examples: [['smart-scan trigger 198.18.0.7', 'whatever comes next']],
    json: 'document',
    place: 'any',
    parse: parseTrigger,
    run: ({ host, request, detach }, context) =>
      runTrigger(
        {
          detach,
          start: async (client, confirmed) =>
            client.triggerSmartScan(await hostIdOf(client, host, {}), { ...request, ...confirmed }),
        },
        context,
      ),
  }),
  defineCommand<TriggerBatchPlan>({
    path: ['smart-scan', 'trigger-batch'],
    summary: 'start smart scans of many hosts',
    arguments: [{ name: 'host', help: 'ids or addresses of hosts; all without', variadic: true }],
    flags: [STAGE_FLAG, ...SELECTION_SPECS, ...RULE_SPECS, ...START_FLAGS],
    examples: [['smart-scan trigger-batch --stage service_scan --limit 20', 'of twenty hosts']],
    json: 'document',
    place: 'any',
    parse: parseTriggerBatch,
    run: ({ hosts, request, detach }, context) =>
      runTrigger(
        {
          detach,
          start: async (client, confirmed) => {
            const named = hosts.length === 0 ? {} : { host_ids: await hostIdsOf(client, hosts) };
            return client.triggerSmartScans({ ...request, ...named, ...confirmed });
          },
        },
        context,
      ),
  }),
];
