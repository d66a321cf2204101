import { commaListOf, uidOf } from '#cli/arguments/flag-parsers.js';
import { note } from '#cli/arguments/print-notice.js';
import { usage } from '#cli/arguments/usage.js';
import { configuredNetworks } from '#cli/discovery/configured-networks.js';
import { START_TAG_FLAG, startTagsOf } from '#cli/labels/label-arguments.js';
import {
  PROFILE_HELP,
  parseSettings,
  SETTING_FLAG_NAMES,
  SETTING_FLAGS,
} from '#cli/profiles/scan-setting-flags.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection, withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import type { Io } from '#cli/program/io.js';
import { planFacts, writePlan } from '#cli/reports/plan-report.js';
import { usedProfileText } from '#cli/reports/setting-facts.js';
import { superviseScan } from '#cli/scans/follow-scan.js';
import { checkTargetTexts, readScanRequest, type TypedScanRequest } from '#cli/scans/scan-request.js';
import {
  assertNothingOfAStart,
  parseDetach,
  parseScanView,
  SCAN_VIEW_FLAGS,
  SCAN_WAIT_FLAGS,
  type ScanView,
} from '#cli/scans/scan-view.js';
import { startConfirmed } from '#cli/scans/start-with-confirmation.js';
import type { Client } from '#contract/api/client.js';
import type { ScanRequest } from '#contract/scans/scan.js';
import { clip, quote } from '#domain/text/quote.js';

export type ScanCommandPlan =
  | {
      readonly kind: 'dry-run';
      readonly request: TypedScanRequest;
      readonly configuredNetworks: true | undefined;
      readonly json: boolean;
    }
  | {
      readonly kind: 'start';
      readonly request: TypedScanRequest;
      /** Instead of targets: every enabled network of the site. */
      readonly configuredNetworks: true | undefined;
      readonly detach: boolean;
      readonly view: ScanView;
    }
  | { readonly kind: 'resume'; readonly id: string; readonly detach: boolean; readonly view: ScanView };

/** Options for what a stored scan already has, which a resumed scan cannot change. */
const REQUEST_FLAGS = [
  'profile',
  ...SETTING_FLAG_NAMES,
  'exclude',
  'site',
  'name',
  'tag',
  'dry-run',
  'yes',
  'outside-scope',
  'configured-networks',
] as const;

export function parseScan(input: CommandInput): ScanCommandPlan {
  const { flags, args } = input;
  const id = flags.text('resume');
  const view = parseScanView(input);
  const detach = parseDetach(input);
  if (id !== undefined) {
    const extra = [...flags.givenOf(REQUEST_FLAGS), ...args][0];
    if (extra !== undefined) {
      throw usage(`A resumed scan is the stored one, so ${quote(extra)} has no place beside --resume.`, {
        at: clip(extra),
      });
    }
    return { kind: 'resume', id: uidOf('a scan', id, 'scans list'), detach, view };
  }
  const ofNetworks = flags.on('configured-networks');
  if (ofNetworks && args[0] !== undefined)
    throw usage('--configured-networks takes the place of targets.', { at: clip(args[0]) });
  if (!ofNetworks && args.length === 0)
    throw usage('There is no target to scan.', { hint: 'Like `scanorama scan 127.0.0.1`.' });
  checkTargetTexts(args);
  const request = parseRequest(input);
  const configuredNetworks = ofNetworks ? true : undefined;
  if (!flags.on('dry-run')) return { kind: 'start', request, configuredNetworks, detach, view };
  assertNothingOfAStart(input, view);
  return { kind: 'dry-run', request, configuredNetworks, json: view.output === 'json' };
}

function parseRequest({ flags, args }: CommandInput): TypedScanRequest {
  return {
    targets: args,
    exclude: commaListOf('exclude', flags.list('exclude')),
    profile: flags.text('profile'),
    ...parseSettings(flags),
    site: flags.text('site'),
    name: flags.text('name'),
    ...startTagsOf(flags),
    confirm_large: flags.on('yes'),
    ...(flags.on('yes') ? { confirm_unscoped: true } : {}),
    ...(flags.on('outside-scope') ? { outside_scope: true } : {}),
  };
}

export async function runScan(plan: ScanCommandPlan, context: Context): Promise<ExitCode> {
  if (plan.kind === 'resume') {
    return withStored(context, (connection) =>
      superviseScan({ ...plan, context, connection, begin: () => connection.client.resumeScan(plan.id) }),
    );
  }
  const early = plan.configuredNetworks ? undefined : await readScanRequest(plan.request, context.io);
  return withConnection(context, async (connection) => {
    const { client } = connection;
    const request = early ?? (await requestOfNetworks(client, plan.request, context.io));
    if (plan.kind === 'dry-run') {
      const planned = await client.planScan(request);
      const { stdout } = context.io;
      await writePlan(stdout, planned, { facts: planFacts(planned, stdout.columns), json: plan.json });
      return EXIT.done;
    }
    const begin = async (signal: AbortSignal) => {
      const scan = await startConfirmed(context, {
        start: (confirmed) => client.startScan({ ...request, ...confirmed }),
        signal,
      });
      if (scan.engine_note !== null) await note(context, scan.engine_note);
      if (scan.profile !== null) await note(context, `${usedProfileText(scan.profile)}.`);
      return scan;
    };
    return superviseScan({ ...plan, context, connection, begin });
  });
}

/** The same of every enabled network of the site. */
async function requestOfNetworks(client: Client, typed: TypedScanRequest, io: Io): Promise<ScanRequest> {
  return readScanRequest({ ...typed, targets: await configuredNetworks(client, typed.site) }, io);
}

export const scanCommand = defineCommand<ScanCommandPlan>({
  path: ['scan'],
  summary: 'scan ports of addresses, ranges, networks or names',
  arguments: [
    {
      name: 'targets',
      help: 'address, range 198.18.0.1-40, network 198.18.0.0/24, network:NAME of a stored one, name, @file, or - for the standard input',
      variadic: true,
      takesPath: true,
    },
  ],
  flags: [
    { flags: '--profile <name>', help: PROFILE_HELP },
    ...SETTING_FLAGS,
    { flags: '-x, --exclude <list>', help: 'addresses that get no packet; may be repeated', repeat: true },
    { flags: '--site <name>', help: 'the site whose network is meant' },
    { flags: '--configured-networks', help: 'scan every enabled network of the site, instead of targets' },
    { flags: '--outside-scope', help: 'as an administrator, scan what lies outside the scope of the site' },
    { flags: '--name <text>', help: 'a name to find the scan by' },
    START_TAG_FLAG,
    { flags: '--dry-run', help: 'show what would be done; send and store nothing' },
    ...SCAN_WAIT_FLAGS,
    { flags: '--resume <id>', help: 'resume a scan that was stopped or failed' },
    {
      flags: '-y, --yes',
      help: 'start without confirmation a large scan, or the first scan of a site without a scope',
    },
    ...SCAN_VIEW_FLAGS,
  ],
  examples: [
    ['scan 127.0.0.1', 'a thousand usual ports of this machine'],
    [
      'scan 198.18.0.0/24 -p 22,80,443 --exclude 198.18.0.1',
      'three ports of a network, one address left alone',
    ],
    [
      'scan network:office --tag nightly',
      'a stored network, by its name; `scans list --tag nightly` finds it',
    ],
    ['scan 198.18.0.0/24 --profile fragile --rate 10', 'as a profile has it, but slower'],
    ['scan @targets.txt --dry-run', 'what a list of targets would cost'],
    ['scan 127.0.0.1 -p - --json', 'every port, as JSON'],
  ],
  json: 'document',
  place: 'any',
  parse: parseScan,
  run: runScan,
});
