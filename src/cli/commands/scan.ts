import { startConfirmed } from '#cli/confirmed-start.js';
import { withConnection, withStored } from '#cli/connection.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import type { Io } from '#cli/io.js';
import { note } from '#cli/note.js';
import { writeDocument } from '#cli/output/json.js';
import { portSummary } from '#cli/output/port-list.js';
import { renderFacts } from '#cli/output/table.js';
import { grouped } from '#cli/output/text.js';
import { humanDuration } from '#cli/output/time.js';
import { pagesOf } from '#cli/pages.js';
import { checkTargetWords, readScanRequest, type TypedScanRequest } from '#cli/scan-request.js';
import {
  parseDetach,
  parseScanView,
  SCAN_VIEW_FLAGS,
  SCAN_WAIT_FLAGS,
  type ScanView,
} from '#cli/scan-view.js';
import { superviseScan } from '#cli/supervise.js';
import { usage } from '#cli/usage.js';
import { commaListOf, countOf, rateOf, uidOf } from '#cli/values.js';
import { type Context, defineVerb, type VerbInput } from '#cli/verb.js';
import type { Client } from '#contract/client.js';
import type { Network } from '#contract/network.js';
import type { ScanPlanView, ScanRequest } from '#contract/scan.js';
import { ScanoramaError } from '#domain/error.js';
import { clip, quote } from '#domain/quote.js';
import { SCAN_TYPES, type ScanType } from '#domain/scan-type.js';
import { NETWORK_PREFIX } from '#domain/target-word.js';

export type ScanVerbPlan =
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

/** What a stored scan has already, so that a resumed one cannot be told anew. */
const REQUEST_FLAGS = [
  'ports',
  'type',
  'exclude',
  'rate',
  'per-host-rate',
  'live-hosts',
  'site',
  'name',
  'dry-run',
  'yes',
  'outside-scope',
  'configured-networks',
] as const;

export function parseScan(input: VerbInput): ScanVerbPlan {
  const { flags, words } = input;
  const id = flags.text('resume');
  const view = parseScanView(input);
  const detach = parseDetach(input);
  if (id !== undefined) {
    const extra = [...flags.givenOf(REQUEST_FLAGS), ...words][0];
    if (extra !== undefined) {
      throw usage(`A resumed scan is the stored one, so ${quote(extra)} has no place beside --resume.`, {
        at: clip(extra),
      });
    }
    return { kind: 'resume', id: uidOf('a scan', id, 'scans list'), detach, view };
  }
  if (!flags.on('configured-networks')) checkTargetWords(words);
  else if (words[0] !== undefined)
    throw usage('--configured-networks takes the place of targets.', { at: clip(words[0]) });
  const request = parseRequest(input);
  const configuredNetworks = flags.on('configured-networks') ? true : undefined;
  if (!flags.on('dry-run')) return { kind: 'start', request, configuredNetworks, detach, view };
  const odd =
    flags.givenOf(['wait', 'detach', 'all-states', 'yes'])[0] ??
    (view.output === 'csv' ? '--output csv' : undefined);
  if (odd !== undefined) throw usage(`${odd} has no meaning with --dry-run, which starts nothing.`);
  return { kind: 'dry-run', request, configuredNetworks, json: view.output === 'json' };
}

function parseRequest({ flags, words }: VerbInput): TypedScanRequest {
  const scanType = scanTypeOf(flags.text('type'));
  return {
    targets: words,
    exclude: commaListOf('exclude', flags.list('exclude')),
    ports: joinPortLists(flags.list('ports'), scanType),
    scan_type: scanType,
    rate: rateOf('rate', flags.text('rate')),
    per_host_rate: perHostRateOf(flags.text('per-host-rate')),
    live_hosts: flags.on('live-hosts') ? true : undefined,
    site: flags.text('site'),
    name: flags.text('name'),
    confirm_large: flags.on('yes'),
    ...(flags.on('yes') ? { confirm_unscoped: true } : {}),
    ...(flags.on('outside-scope') ? { outside_scope: true } : {}),
  };
}

/** Several lists as one. Each is read by itself: a U: in one does not reach into the next. */
function joinPortLists(lists: readonly string[], scanType: ScanType | undefined): string | undefined {
  if (lists.length === 0) return undefined;
  const prefixed = lists.some((list) => /[TU]:/i.test(list));
  const unprefixed = scanType === 'udp' ? 'U:' : 'T:';
  return lists
    .map((list, index) => (index > 0 && prefixed && !/^\s*[TU]:/i.test(list) ? unprefixed + list : list))
    .join(',');
}

function perHostRateOf(text: string | undefined): number | undefined {
  if (text === 'max') {
    throw usage('--per-host-rate takes a number of packets per second; max is a word of --rate.', {
      hint: 'Give `--rate max` alone: it lifts the limit for each address too.',
      at: text,
    });
  }
  return countOf('per-host-rate', text);
}

function scanTypeOf(text: string | undefined): ScanType | undefined {
  const type = SCAN_TYPES.find((candidate) => candidate === text);
  if (text !== undefined && type === undefined) {
    throw usage(`There is no scan type ${quote(text)} here; there are ${SCAN_TYPES.join(', ')}.`, {
      at: clip(text),
    });
  }
  return type;
}

export async function runScan(plan: ScanVerbPlan, context: Context): Promise<ExitCode> {
  if (plan.kind === 'resume') {
    return withStored(context, (connection) =>
      superviseScan({ ...plan, context, connection, begin: () => connection.client.resumeScan(plan.id) }),
    );
  }
  const early = plan.configuredNetworks ? undefined : await readScanRequest(plan.request, context.io);
  return withConnection(context, async (connection) => {
    const { client } = connection;
    const request = early ?? (await requestOfNetworks(client, plan.request, context.io));
    if (plan.kind === 'dry-run') return printPlan(context, await client.planScan(request), plan.json);
    const begin = async (signal: AbortSignal) => {
      const scan = await startConfirmed(context, client, { request, signal });
      if (scan.engine_note !== null) await note(context, scan.engine_note);
      return scan;
    };
    return superviseScan({ ...plan, context, connection, begin });
  });
}

/** The same of every enabled network of the site. */
async function requestOfNetworks(client: Client, typed: TypedScanRequest, io: Io): Promise<ScanRequest> {
  const targets: string[] = [];
  const { site = 'default' } = typed;
  const pages = pagesOf<Network>({
    keyOf: ({ id }) => id,
    load: (query) => client.networks({ ...query, site, enabled: 'true' }),
  });
  for await (const page of pages) targets.push(...page.map(({ name }) => `${NETWORK_PREFIX}${name}`));
  if (targets.length === 0) {
    throw new ScanoramaError('target_empty', `The site ${quote(site)} has no network that is enabled.`, {
      hint: 'Store one with `scanorama networks add CIDR`.',
    });
  }
  return readScanRequest({ ...typed, targets }, io);
}

async function printPlan(context: Context, plan: ScanPlanView, json: boolean): Promise<ExitCode> {
  const { stdout } = context.io;
  if (json) await writeDocument(stdout, plan);
  else
    await stdout.write(
      `${renderFacts(planFacts(plan, stdout.columns), stdout.colour)}Nothing was sent and nothing was stored.\n`,
    );
  return EXIT.done;
}

/** As wide as its widest name with the gap behind it. */
const FACT_NAME_CELLS = 'Addresses  '.length;

function planFacts(plan: ScanPlanView, columns: number): (readonly [string, string])[] {
  const seconds = plan.estimated_seconds;
  return [
    ['Targets', plan.targets.join(' ')],
    ...plan.resolved.map(({ name, addresses }) => ['Resolved', `${name}: ${addresses.join(' ')}`] as const),
    ['Ports', portSummary(plan.ports, columns - FACT_NAME_CELLS)],
    ['Engine', plan.engine],
    ...(plan.engine_note === null ? [] : [['', plan.engine_note] as const]),
    ['Addresses', grouped(BigInt(plan.addresses))],
    ['Probes', grouped(plan.probes)],
    [
      'Takes',
      seconds === null
        ? 'as long as the network does: no rate limits it'
        : `about ${humanDuration(seconds * 1_000)}`,
    ],
    ...(plan.needs_confirmation ? [['Size', 'large: the scan asks first, or takes --yes'] as const] : []),
    ...(plan.asks_for_scope
      ? [['Scope', 'the site has none: the scan asks once, or takes --yes'] as const]
      : []),
  ];
}

export const scanVerb = defineVerb<ScanVerbPlan>({
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
    {
      flags: '-p, --ports <list>',
      help: 'ports such as 22,80,8000-8100, ssh, top-100, or - for all; may be repeated; top-1000 when absent (300 that are met most often, then the registered ones in order), and 80 usual ones for udp',
      repeat: true,
    },
    {
      flags: '-t, --type <type>',
      help: `${SCAN_TYPES.join(', ')}; auto (syn where this machine may, else connect) when absent; plain ports of a udp scan are UDP ports`,
      choices: SCAN_TYPES,
    },
    { flags: '-x, --exclude <list>', help: 'addresses that get no packet; may be repeated', repeat: true },
    {
      flags: '--rate <packets>',
      help: 'packets per second, or max for no limit; of nmap its port scan alone',
    },
    { flags: '--per-host-rate <packets>', help: 'packets per second to one address' },
    {
      flags: '--live-hosts',
      help: 'look first which hosts show a sign of life, by ARP, ping and TCP, and ask the ports of those alone',
    },
    { flags: '--site <name>', help: 'the site whose network is meant' },
    { flags: '--configured-networks', help: 'scan every enabled network of the site, instead of targets' },
    { flags: '--outside-scope', help: 'as an administrator, scan what lies outside the scope of the site' },
    { flags: '--name <text>', help: 'a name to find the scan by' },
    { flags: '--dry-run', help: 'show what would be done; send and store nothing' },
    ...SCAN_WAIT_FLAGS,
    { flags: '--resume <id>', help: 'go on with a scan that was stopped or that failed' },
    {
      flags: '-y, --yes',
      help: 'start without asking: a large scan, or the first of a site that has no scope',
    },
    ...SCAN_VIEW_FLAGS,
  ],
  examples: [
    ['scan 127.0.0.1', 'a thousand usual ports of this machine'],
    [
      'scan 198.18.0.0/24 -p 22,80,443 --exclude 198.18.0.1',
      'three ports of a network, one address left alone',
    ],
    ['scan network:office', 'a stored network, by its name'],
    ['scan @targets.txt --dry-run', 'what a list of targets would cost'],
    ['scan 127.0.0.1 -p - --json', 'every port, as JSON'],
  ],
  json: 'document',
  place: 'any',
  parse: parseScan,
  run: runScan,
});
