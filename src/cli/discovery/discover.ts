import { confirm } from '#cli/arguments/confirm.js';
import { commaListOf, countOf, oneOf, rateOf } from '#cli/arguments/flag-parsers.js';
import { usage } from '#cli/arguments/usage.js';
import { configuredNetworks } from '#cli/discovery/configured-networks.js';
import { superviseDiscovery } from '#cli/discovery/discovery-run.js';
import { START_TAG_FLAG, startTagsOf } from '#cli/labels/label-arguments.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { discoveryPlanFacts, writePlan } from '#cli/reports/plan-report.js';
import { SCAN_OUTPUTS } from '#cli/reports/scan-report.js';
import { checkTargetTexts, readTargetTexts } from '#cli/scans/scan-request.js';
import {
  assertNothingOfAStart,
  parseDetach,
  parseScanView,
  SCAN_WAIT_FLAGS,
  type ScanView,
} from '#cli/scans/scan-view.js';
import { startConfirmed } from '#cli/scans/start-with-confirmation.js';
import type { Client } from '#contract/api/client.js';
import type { DiscoveryRequest } from '#contract/discovery/discovery.js';
import { DISCOVERY_METHODS } from '#domain/discovery/discovery-method.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { clip } from '#domain/text/quote.js';

/** Where hosts are looked for: what was typed, the stored networks of the site, or those of this machine. */
const PLACES = ['configured-networks', 'local'] as const;
type Place = (typeof PLACES)[number] | 'typed';

export interface DiscoverPlan {
  readonly place: Place;
  readonly args: readonly string[];
  readonly request: Omit<DiscoveryRequest, 'networks'>;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly detach: boolean;
  readonly view: ScanView;
}

export function parseDiscover(input: CommandInput): DiscoverPlan {
  const { flags, args } = input;
  const [place = 'typed', other] = PLACES.filter((name) => flags.on(name));
  if (other !== undefined) throw usage(`--${place} and --${other} exclude each other.`);
  if (place !== 'typed' && args[0] !== undefined)
    throw usage(`--${place} takes the place of networks.`, { at: clip(args[0]) });
  if (place === 'typed' && args.length === 0)
    throw usage('There is no network to look in.', {
      hint: 'Like `scanorama discover 198.18.0.0/24`, or --local for the networks of this machine.',
    });
  checkTargetTexts(args);
  const view = parseScanView(input);
  if (flags.on('detect-os') && view.output === 'csv')
    throw usage('--output csv has one table, and --detect-os reports two scans.', {
      hint: 'Give --json, or leave one of them out.',
    });
  if (flags.on('dry-run')) assertNothingOfAStart(input, view);
  return {
    place,
    args,
    request: requestOf(input),
    yes: flags.on('yes'),
    dryRun: flags.on('dry-run'),
    detach: parseDetach(input),
    view,
  };
}

function requestOf({ flags }: CommandInput): DiscoverPlan['request'] {
  const methods = commaListOf('method', flags.list('method')).map((arg) =>
    oneOf('method', arg, DISCOVERY_METHODS),
  );
  return {
    exclude: commaListOf('exclude', flags.list('exclude')),
    rate: rateOf('rate', flags.text('rate')),
    per_host_rate: countOf('per-host-rate', flags.text('per-host-rate')),
    resolver: flags.text('resolver'),
    site: flags.text('site'),
    name: flags.text('name'),
    ...startTagsOf(flags),
    ...(methods.length === 0 ? {} : { methods }),
    ...(flags.on('detect-os') ? { detect_os: true } : {}),
    ...(flags.on('add') ? { add_networks: true } : {}),
    ...(flags.on('yes') ? { confirm_large: true, confirm_unscoped: true } : {}),
    ...(flags.on('outside-scope') ? { outside_scope: true } : {}),
  };
}

export async function runDiscover(plan: DiscoverPlan, context: Context): Promise<ExitCode> {
  // What is misspelt is told before anything is started.
  const typed = plan.place === 'typed' ? await readTargetTexts(plan.args, context.io) : undefined;
  return withConnection(context, async (connection) => {
    const { client } = connection;
    const networks = typed ?? (await networksOf(plan, context, client));
    const request = { ...plan.request, networks: [...networks] };
    if (plan.dryRun) {
      const planned = await client.planDiscovery(request);
      const form = { facts: discoveryPlanFacts(planned), json: plan.view.output === 'json' };
      await writePlan(context.io.stdout, planned, form);
      return EXIT.done;
    }
    const begin = (signal: AbortSignal) =>
      startConfirmed(context, {
        start: (confirmed) => client.startDiscovery({ ...request, ...confirmed }),
        signal,
      });
    return superviseDiscovery({ ...plan, context, connection, begin });
  });
}

async function networksOf(plan: DiscoverPlan, context: Context, client: Client): Promise<readonly string[]> {
  if (plan.place === 'configured-networks') return configuredNetworks(client, plan.request.site);
  const { data } = await client.localNetworks();
  if (data.length === 0) {
    throw new ScanoramaError(
      'target_empty',
      'This machine is in no network that is small enough to look at.',
      {
        hint: 'Name the networks instead.',
      },
    );
  }
  const list = data.map((network) => `${network.cidr} (${network.interface})`).join(', ');
  if (!plan.yes && !plan.dryRun) {
    const cause = new ScanoramaError('confirmation_required', `Hosts would be looked for in ${list}.`, {
      facts: { networks: data.map(({ cidr }) => cidr) },
    });
    await confirm(context, OPTIONS, { cause, signal: context.io.interrupts.signal });
  }
  return data.map(({ cidr }) => cidr);
}

const OPTIONS = {
  prompt: 'Look there?',
  hint: 'Confirm with --yes, or name the networks.',
  refused: 'It was not confirmed, so nothing was started.',
  interrupted: 'Interrupted at the question, so nothing was started.',
};

export const discoverCommand = defineCommand<DiscoverPlan>({
  path: ['discover'],
  summary: 'discover hosts in networks, without a port scan',
  arguments: [
    {
      name: 'networks',
      help: 'network 198.18.0.0/24, range 198.18.0.1-40, address, network:NAME of a stored one, @file, or - for the standard input',
      variadic: true,
      takesPath: true,
    },
  ],
  flags: [
    {
      flags: '-m, --method <list>',
      help: `${DISCOVERY_METHODS.join(', ')} (default: all but dns that this machine supports); may be repeated`,
      choices: DISCOVERY_METHODS,
      repeat: true,
    },
    {
      flags: '--resolver <address>',
      help: 'the resolver of the method dns; the resolver of this machine is never used',
    },
    { flags: '--configured-networks', help: 'look in every enabled network of the site' },
    {
      flags: '--local',
      help: 'discover the networks of the interfaces of this machine, after a confirmation',
    },
    {
      flags: '--detect-os',
      help: 'then detect the operating systems of the hosts found, in a separate scan; requires nmap and root',
    },
    { flags: '--add', help: 'store the networks, a single one as --name yet' },
    { flags: '-x, --exclude <list>', help: 'addresses that get no packet; may be repeated', repeat: true },
    { flags: '--rate <packets>', help: 'packets per second, or max for no limit' },
    { flags: '--per-host-rate <packets>', help: 'packets per second to one address' },
    { flags: '--site <name>', help: 'the site whose network is meant' },
    {
      flags: '--outside-scope',
      help: 'as an administrator, look at what lies outside the scope of the site',
    },
    { flags: '--name <text>', help: 'a name to find the run by' },
    START_TAG_FLAG,
    { flags: '--dry-run', help: 'show what would be done; send and store nothing' },
    ...SCAN_WAIT_FLAGS,
    { flags: '-y, --yes', help: 'start without confirmation' },
    {
      flags: '-o, --output <form>',
      help: `${SCAN_OUTPUTS.join(', ')} (default: table)`,
      choices: SCAN_OUTPUTS,
    },
  ],
  examples: [
    ['discover 198.18.0.0/24', 'who is there, and what changed since the last time'],
    [
      'discover 198.18.0.0/24 --method arp,ping --add --name office',
      'by two methods, and stored as a network',
    ],
    [
      'discover --configured-networks --method ping,dns --resolver 198.18.0.53',
      'with the names that a resolver knows',
    ],
    ['discover network:office --json', 'as JSON'],
    ['discover 198.18.0.0/24 --detect-os', 'and then what runs on the hosts found'],
  ],
  json: 'document',
  place: 'any',
  parse: parseDiscover,
  run: runDiscover,
});
