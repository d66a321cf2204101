import { withStored } from '#cli/connection.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import {
  HOST_ARGUMENT,
  type HostName,
  hostIdOf,
  hostIdsOf,
  hostWordOf,
  parseHostName,
} from '#cli/host-words.js';
import { writeDocument } from '#cli/output/json.js';
import { stageFacts, suggestionsText } from '#cli/output/smart-scan.js';
import { grouped } from '#cli/output/text.js';
import { runTrigger } from '#cli/smart-scan-run.js';
import { showList, showOne } from '#cli/stored-list.js';
import { usage } from '#cli/usage.js';
import { countOf, durationOf, oneOf } from '#cli/values.js';
import { type Context, defineVerb, type VerbInput } from '#cli/verb.js';
import type { TriggerBatchRequest, TriggerRequest } from '#contract/smart-scan.js';
import { readFilter } from '#domain/filter/read.js';
import { MAX_KNOWLEDGE_SCORE } from '#domain/knowledge.js';
import { MAX_STALENESS_HOURS, MAX_TRIGGER_HOSTS, SMART_SCAN_STAGES } from '#domain/smart-scan.js';

const HOUR_MS = 3_600_000;

const RULE_FLAGS = [
  { flags: '--threshold <score>', help: `only hosts with a lower score, 1 to ${MAX_KNOWLEDGE_SCORE}` },
  { flags: '--max-staleness <span>', help: 'hosts not seen for longer are looked for again, such as 30d' },
  { flags: '--resolver <address>', help: 'whom the stage identity asks for names' },
] as const;
const SELECTION_FLAGS = [
  { flags: '--site <name>', help: 'only hosts of this site' },
  { flags: '--network <cidr>', help: 'only hosts with an address in it' },
  { flags: '--os <family>', help: 'only hosts of this operating system' },
  { flags: '-f, --filter <text>', help: 'only hosts that match, as for hosts list' },
  { flags: '--limit <hosts>', help: `hosts at most, up to ${MAX_TRIGGER_HOSTS}` },
] as const;
const STAGE_FLAG = {
  flags: '--stage <stage>',
  help: 'this one instead of the next',
  choices: SMART_SCAN_STAGES,
};
const START_FLAGS = [
  { flags: '-y, --yes', help: 'start without asking' },
  { flags: '--detach', help: 'leave the scans to the server' },
] as const;

function rulesOf({ flags }: VerbInput) {
  const threshold = countOf('threshold', flags.text('threshold'), MAX_KNOWLEDGE_SCORE);
  const staleMs = durationOf('max-staleness', flags.text('max-staleness'));
  const hours = staleMs === undefined ? undefined : Math.floor(staleMs / HOUR_MS);
  if (hours !== undefined && (hours < 1 || hours > MAX_STALENESS_HOURS))
    throw usage('The value of --max-staleness must be an hour or more.', {
      at: flags.text('max-staleness') ?? '',
    });
  const resolver = flags.text('resolver');
  return {
    ...(threshold === undefined ? {} : { threshold }),
    ...(hours === undefined ? {} : { max_staleness_hours: hours }),
    ...(resolver === undefined ? {} : { resolver }),
  };
}

function selectionOf({ flags }: VerbInput) {
  const filter = flags.text('filter');
  // What is wrong with it is said before anything is asked.
  if (filter !== undefined) readFilter(filter);
  const [site, network, os] = ['site', 'network', 'os'].map((name) => flags.text(name));
  const limit = countOf('limit', flags.text('limit'), MAX_TRIGGER_HOSTS);
  return {
    ...(site === undefined ? {} : { site }),
    ...(network === undefined ? {} : { network_cidr: network }),
    ...(os === undefined ? {} : { os_family: os }),
    ...(filter === undefined ? {} : { filter }),
    ...(limit === undefined ? {} : { limit }),
  };
}

type SuggestionsPlan = ReturnType<typeof selectionOf> & ReturnType<typeof rulesOf>;

function runSuggestions(plan: SuggestionsPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const suggestions = await client.smartScanSuggestions(plan);
    if (globals.json !== 'off') await writeDocument(io.stdout, suggestions);
    else await io.stdout.write(suggestionsText(suggestions, io.stdout.colour));
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

function stageWordOf({ flags }: VerbInput) {
  const stage = oneOf('stage', flags.text('stage'), SMART_SCAN_STAGES);
  return stage === undefined ? {} : { stage };
}

const confirmationsOf = ({ flags }: VerbInput) =>
  flags.on('yes') ? { confirm_large: true, confirm_unscoped: true } : {};

interface TriggerPlan {
  readonly host: HostName;
  readonly request: TriggerRequest;
  readonly detach: boolean;
}

function parseTrigger(input: VerbInput): TriggerPlan {
  const request = { ...stageWordOf(input), ...rulesOf(input), ...confirmationsOf(input) };
  return { host: parseHostName(input), request, detach: input.flags.on('detach') };
}

interface TriggerBatchPlan {
  readonly hosts: readonly HostName[];
  readonly request: TriggerBatchRequest;
  readonly detach: boolean;
}

function parseTriggerBatch(input: VerbInput): TriggerBatchPlan {
  const request = {
    ...stageWordOf(input),
    ...selectionOf(input),
    ...rulesOf(input),
    ...confirmationsOf(input),
  };
  return { hosts: input.words.map((word) => hostWordOf(word)), request, detach: input.flags.on('detach') };
}

export const smartScanVerbs = [
  defineVerb<SuggestionsPlan>({
    path: ['smart-scan', 'suggestions'],
    summary: 'show what is missing of the hosts and which scans would find it out',
    flags: [...SELECTION_FLAGS, ...RULE_FLAGS],
    examples: [['smart-scan suggestions --network 198.18.0.0/24', 'nothing is sent']],
    json: 'document',
    place: 'any',
    parse: (input) => ({ ...selectionOf(input), ...rulesOf(input) }),
    run: runSuggestions,
  }),
  defineVerb<undefined>({
    path: ['smart-scan', 'profile-recommendations'],
    summary: 'show which profile fits the hosts that are there',
    examples: [['smart-scan profile-recommendations', 'by system and open ports']],
    json: 'stream',
    place: 'any',
    parse: () => undefined,
    run: runRecommendations,
  }),
  defineVerb<StagePlan>({
    path: ['smart-scan', 'stage'],
    summary: 'show what is known of a host, what comes next, and why not the rest',
    arguments: [HOST_ARGUMENT],
    flags: [...RULE_FLAGS],
    examples: [['smart-scan stage 198.18.0.7', 'its score and the next scan']],
    json: 'document',
    place: 'any',
    parse: (input) => ({ host: parseHostName(input), rules: rulesOf(input) }),
    run: runStage,
  }),
  defineVerb<TriggerPlan>({
    path: ['smart-scan', 'trigger'],
    summary: 'start the next scan of a host, or say why there is none',
    arguments: [HOST_ARGUMENT],
    flags: [STAGE_FLAG, ...RULE_FLAGS, ...START_FLAGS],
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
  defineVerb<TriggerBatchPlan>({
    path: ['smart-scan', 'trigger-batch'],
    summary: 'start scans for what is missing of many hosts',
    arguments: [{ name: 'host', help: 'ids or addresses of hosts; all without', variadic: true }],
    flags: [STAGE_FLAG, ...SELECTION_FLAGS, ...RULE_FLAGS, ...START_FLAGS],
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
