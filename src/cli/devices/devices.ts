import { countOf, oneOf, uidOf } from '#cli/arguments/flag-parsers.js';
import { DECISIONS, ID_BEGINNING, idArgumentOf, idOf } from '#cli/arguments/id-arguments.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { printResultOf, showList } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import { HOST_SITE_FLAG } from '#cli/hosts/host-arguments.js';
import { writeDocument } from '#cli/output/json.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import {
  addressesText,
  DECISION_HEADS,
  decisionRow,
  decisionText,
  deviceText,
  deviceTitle,
  dismissalText,
  SUGGESTION_HEADS,
  suggestionRow,
} from '#cli/reports/device-report.js';
import type { Device, DeviceDecision, DeviceSuggestion } from '#contract/devices/device.js';
import { DEVICE_KINDS, type DeviceKind } from '#domain/devices/device.js';
import { quote } from '#domain/text/quote.js';

const DEVICE_ARGUMENT = {
  name: 'device',
  help: 'its id, or an address or MAC address that it has',
  required: true,
} as const;
const DRY_RUN = { flags: '--dry-run', help: 'show what would change, without changing it' } as const;
const LIMIT = { flags: '-n, --limit <count>', help: 'maximum number (default: all)' } as const;
const SITE = { flags: '--site <name>', help: 'those of this site' } as const;
const SITE_MEANT = HOST_SITE_FLAG;
/** Enough to see what was decided lately; `--limit` asks for more. */
const DECISIONS_SHOWN = 20;

interface ListPlan {
  readonly limit: number | undefined;
  readonly query: { readonly kind?: DeviceKind; readonly site?: string; readonly search?: string };
}

function parseList({ flags }: CommandInput): ListPlan {
  const [kind, site, search] = [
    oneOf('kind', flags.text('kind'), DEVICE_KINDS),
    flags.text('site'),
    flags.text('search'),
  ];
  return {
    limit: countOf('limit', flags.text('limit')),
    query: {
      ...(kind === undefined ? {} : { kind }),
      ...(site === undefined ? {} : { site }),
      ...(search === undefined ? {} : { search }),
    },
  };
}

function runList({ limit, query }: ListPlan, context: Context): Promise<ExitCode> {
  return showList<Device>(
    {
      pages: (client) =>
        pagesOf({ limit, keyOf: ({ id }) => id, load: (page) => client.devices({ ...query, ...page }) }),
      heads: ['DEVICE', 'KIND', 'ADDRESSES', 'VENDOR', 'LAST SEEN', 'ID'],
      row: (device) => [
        deviceTitle(device),
        device.kind,
        addressesText(device),
        device.vendor ?? '-',
        localTime(device.last_seen),
        device.id,
      ],
      none: 'No devices.',
    },
    context,
  );
}

interface ShowPlan {
  readonly term: string;
  readonly site: string | undefined;
}

function runShow({ term: arg, site }: ShowPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const device = await client.device(arg, { site });
    if (globals.json === 'off') await io.stdout.write(deviceText(device, io.stdout.color));
    else await writeDocument(io.stdout, device);
    return EXIT.done;
  });
}

interface DecidePlan {
  readonly args: readonly string[];
  readonly site: string | undefined;
  readonly dryRun: boolean;
}

function parseDecide({ args, flags }: CommandInput): DecidePlan {
  return { args, site: flags.text('site'), dryRun: flags.on('dry-run') };
}

function parseMerge(input: CommandInput): DecidePlan {
  if (input.args.length < 2) throw usage('`devices merge` wants at least two devices.');
  return parseDecide(input);
}

function runMerge({ args, ...wanted }: DecidePlan, context: Context): Promise<ExitCode> {
  return printResultOf(
    context,
    (client) => client.mergeDevices(args, wanted),
    (outcome) => decisionText(outcome, context),
  );
}

function runSplit({ args, ...wanted }: DecidePlan, context: Context): Promise<ExitCode> {
  const [device = '', ...addresses] = args;
  return printResultOf(
    context,
    (client) => client.splitDevice(device, addresses, wanted),
    (outcome) => decisionText(outcome, context),
  );
}

type SuggestionsPlan =
  | { readonly action: 'list'; readonly limit: number | undefined; readonly site: string | undefined }
  | { readonly action: 'accept' | 'dismiss'; readonly id: string; readonly dryRun: boolean };

/** `devices suggestions`, and with a word behind it what to do with one of them. */
function parseSuggestions({ args, flags }: CommandInput): SuggestionsPlan {
  const [action, id] = args;
  if (action === undefined)
    return { action: 'list', limit: countOf('limit', flags.text('limit')), site: flags.text('site') };
  if (action !== 'accept' && action !== 'dismiss')
    throw usage(`What to do with a suggestion is one of accept, dismiss, not ${quote(action)}.`);
  if (id === undefined) throw usage(`\`devices suggestions ${action}\` wants the id of the suggestion.`);
  return { action, id: uidOf('a suggestion', id, 'devices suggestions'), dryRun: flags.on('dry-run') };
}

function runSuggestions(plan: SuggestionsPlan, context: Context): Promise<ExitCode> {
  if (plan.action === 'list') return listSuggestions(plan, context);
  const { action, id, dryRun } = plan;
  return printResultOf(
    context,
    (client) =>
      action === 'accept'
        ? client.acceptSuggestion(id, { dryRun })
        : client.dismissSuggestion(id, { dryRun }),
    (outcome) => (action === 'accept' ? decisionText(outcome, context) : dismissalText(outcome, context)),
  );
}

function listSuggestions(
  { limit, site }: { readonly limit: number | undefined; readonly site: string | undefined },
  context: Context,
): Promise<ExitCode> {
  const given = site === undefined ? {} : { site };
  return showList<DeviceSuggestion>(
    {
      pages: (client) =>
        pagesOf({
          limit,
          keyOf: ({ id }) => id,
          load: (page) => client.deviceSuggestions({ ...given, ...page }),
        }),
      heads: SUGGESTION_HEADS,
      row: suggestionRow,
      right: [0],
      none: 'No suggestions.',
    },
    context,
  );
}

function runDecisions(limit: number, context: Context): Promise<ExitCode> {
  return showList<DeviceDecision>(
    {
      pages: (client) =>
        pagesOf({ limit, keyOf: ({ id }) => id, load: (page) => client.deviceDecisions(page) }),
      heads: DECISION_HEADS,
      row: decisionRow,
      none: 'No decisions.',
    },
    context,
  );
}

interface UndoPlan {
  readonly id: string;
  readonly dryRun: boolean;
}

const decidingCommands = [
  defineCommand<DecidePlan>({
    path: ['devices', 'merge'],
    summary: 'merge devices into one',
    arguments: [{ ...DEVICE_ARGUMENT, help: 'the devices, by id, address or MAC address', variadic: true }],
    flags: [SITE_MEANT, DRY_RUN],
    examples: [
      ['devices merge 198.18.0.9 198.18.0.10', 'prints how to take it back, which can be done at any time'],
      ['devices merge 198.18.0.9 198.18.0.10 --dry-run', 'what would become one'],
    ],
    json: 'document',
    place: 'any',
    parse: parseMerge,
    run: runMerge,
  }),
  defineCommand<DecidePlan>({
    path: ['devices', 'split'],
    summary: 'split addresses of a device into another device',
    arguments: [
      DEVICE_ARGUMENT,
      { name: 'ip', help: 'the addresses that go', required: true, variadic: true },
    ],
    flags: [SITE_MEANT, DRY_RUN],
    examples: [['devices split 198.18.0.9 198.18.0.10', 'the second address is another device']],
    json: 'document',
    place: 'any',
    parse: parseDecide,
    run: runSplit,
  }),
  defineCommand<UndoPlan>({
    path: ['devices', 'undo'],
    summary: 'undo a decision about devices',
    arguments: [{ name: 'id', help: `the id of the decision, ${ID_BEGINNING}, or last`, required: true }],
    flags: [DRY_RUN],
    examples: [['devices undo 01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47', 'can be taken back in turn']],
    json: 'document',
    place: 'any',
    parse: ({ args, flags }) => ({
      id: idArgumentOf(DECISIONS, args[0] ?? ''),
      dryRun: flags.on('dry-run'),
    }),
    run: ({ id, dryRun }, context) =>
      printResultOf(
        context,
        async (client) => client.undoDecision(await idOf(client, DECISIONS, id), { dryRun }),
        (outcome) => decisionText(outcome, context),
      ),
  }),
];

export const devicesCommands = [
  defineCommand<ListPlan>({
    path: ['devices', 'list'],
    summary: 'list devices',
    flags: [
      { flags: '--kind <kind>', help: 'identified, provisional or floating', choices: DEVICE_KINDS },
      SITE,
      {
        flags: '--search <text>',
        help: 'the beginning of an address, of a MAC address or of a word of a name',
      },
      LIMIT,
    ],
    examples: [
      ['devices list', 'the one that became known last first, whenever it was last seen'],
      ['devices list --kind identified', 'devices that can be distinguished'],
    ],
    json: 'stream',
    place: 'any',
    parse: parseList,
    run: runList,
  }),
  defineCommand<ShowPlan>({
    path: ['devices', 'show'],
    summary: 'show a device with its evidence',
    arguments: [DEVICE_ARGUMENT],
    flags: [SITE_MEANT],
    examples: [['devices show 198.18.0.9', 'the device that has that address now, with the evidence']],
    json: 'document',
    place: 'any',
    parse: ({ args, flags }) => ({ term: args[0] ?? '', site: flags.text('site') }),
    run: runShow,
  }),
  ...decidingCommands,
  defineCommand<SuggestionsPlan>({
    path: ['devices', 'suggestions'],
    summary: 'list, accept or dismiss suggested merges',
    arguments: [
      {
        name: 'action',
        help: 'accept or dismiss (default: list the suggestions)',
        choices: ['accept', 'dismiss'],
      },
      { name: 'id', help: 'the id of the suggestion' },
    ],
    flags: [SITE, LIMIT, DRY_RUN],
    examples: [
      ['devices suggestions', 'the most likely first, with what speaks for and against it'],
      ['devices suggestions dismiss 01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47', 'they are two'],
    ],
    json: 'stream',
    place: 'any',
    parse: parseSuggestions,
    run: runSuggestions,
  }),
  defineCommand<number>({
    path: ['devices', 'decisions'],
    summary: 'list decisions about devices, newest first',
    flags: [{ flags: '-n, --limit <count>', help: `maximum number (default: ${DECISIONS_SHOWN})` }],
    examples: [['devices decisions', 'with the id that `devices undo` takes']],
    json: 'stream',
    place: 'any',
    parse: ({ flags }) => countOf('limit', flags.text('limit')) ?? DECISIONS_SHOWN,
    run: runDecisions,
  }),
];
