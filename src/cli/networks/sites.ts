import { commaListOf } from '#cli/arguments/flag-parsers.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { note } from '#cli/arguments/print-notice.js';
import { printResult } from '#cli/arguments/print-result.js';
import { showList } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection, withStored } from '#cli/program/connection.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { Site, SiteChange } from '#contract/networks/site.js';
import { parseNetworkCidr } from '#domain/addresses/network-cidr.js';
import { failingSchedulesText } from '#domain/schedules/failing-schedules.js';
import { checkSiteName } from '#domain/targets/site-name.js';
import { grouped } from '#domain/text/count-text.js';
import { clip, quote } from '#domain/text/quote.js';

const NAME_ARGUMENT = { name: 'name', help: 'the name of the site', required: true } as const;
const SCOPE_ACTIONS = ['show', 'set', 'add', 'clear'] as const;

function parseName({ args }: CommandInput): string {
  return checkSiteName(args[0] ?? '');
}

/** Of a site without a worker of its own (ADR 24). */
const SCANNED_FROM =
  'Until it has a worker of its own, the server and workers of no site scan it, from where they stand.';

export function runAddSite(name: string, context: Context): Promise<ExitCode> {
  return withConnection(context, async ({ client }) => {
    const site = await client.createSite({ name });
    return printResult(context, site, `The site ${site.name} is made. ${SCANNED_FROM}`);
  });
}

export function runListSites(_plan: undefined, context: Context): Promise<ExitCode> {
  return showList<Site>(
    {
      pages: (client) => pagesOf({ keyOf: (site) => site.id, load: (query) => client.sites(query) }),
      heads: ['NAME', 'NETWORKS', 'HOSTS', 'SCANS', 'SCOPE'],
      row: (site) => [
        site.name,
        grouped(site.networks),
        grouped(site.hosts_listed),
        grouped(site.scans_listed),
        scopeText(site),
      ],
      right: [1, 2, 3],
      none: 'No sites.',
    },
    context,
  );
}

function scopeText({ scope, unscoped_accepted_by: acceptedBy }: Site): string {
  if (scope.length > 0) return scope.join(' ');
  return acceptedBy === null
    ? 'none; the first scan needs a confirmation'
    : `none, confirmed by ${acceptedBy}`;
}

export interface RenameSitePlan {
  readonly name: string;
  readonly to: string;
}

export function parseRenameSite({ args }: CommandInput): RenameSitePlan {
  return { name: checkSiteName(args[0] ?? ''), to: checkSiteName(args[1] ?? '') };
}

export function runRenameSite({ name, to }: RenameSitePlan, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    const site = await client.changeSite(name, { name: to });
    return printResult(context, site, `The site ${name} is called ${site.name} now.`);
  });
}

export function runRemoveSite(name: string, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    await client.removeSite(name);
    return printResult(context, { name, removed: true }, `The site ${name} is removed.`);
  });
}

export interface SiteScopePlan {
  readonly name: string;
  /** Undefined: only shows it. */
  readonly change: SiteChange | undefined;
}

export function parseSiteScope({ args }: CommandInput): SiteScopePlan {
  const [name = '', arg = 'show', ...rest] = args;
  const action = SCOPE_ACTIONS.find((candidate) => candidate === arg);
  if (action === undefined) {
    throw usage(`What to do with a scope is one of ${SCOPE_ACTIONS.join(', ')}, not ${quote(arg)}.`, {
      at: clip(arg),
    });
  }
  const cidrs = commaListOf('scope', rest).map((cidr) => parseNetworkCidr(cidr).cidr);
  const wantsCidrs = action === 'set' || action === 'add';
  if (wantsCidrs && cidrs.length === 0)
    throw usage(`\`sites scope NAME ${action}\` wants at least one network.`, {
      hint: 'Like `scanorama sites scope default set 198.18.0.0/16`.',
    });
  if (!wantsCidrs && cidrs.length > 0) throw usage(`\`sites scope NAME ${action}\` takes no networks.`);
  return { name: checkSiteName(name), change: CHANGES[action](cidrs) };
}

const CHANGES: Readonly<Record<(typeof SCOPE_ACTIONS)[number], (cidrs: string[]) => SiteChange | undefined>> =
  {
    show: () => undefined,
    set: (scope) => ({ scope }),
    add: (more) => ({ scope_add: more }),
    clear: () => ({ scope: [] }),
  };

function givenScope(site: Site): string {
  return `The scope of the site ${site.name}: ${scopeText(site)}.`;
}

export function runSiteScope({ name, change }: SiteScopePlan, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    if (change === undefined) {
      const site = await client.site(name);
      return printResult(context, site, givenScope(site));
    }
    const changed = await client.changeSite(name, change);
    const exit = await printResult(context, changed, givenScope(changed));
    const failing = failingSchedulesText(changed.failing_schedules, 'scope');
    if (failing !== undefined) await note(context, failing);
    return exit;
  });
}

export const sitesCommands = [
  defineCommand<string>({
    path: ['sites', 'add'],
    summary: 'add a site: a place with its own address space',
    arguments: [NAME_ARGUMENT],
    examples: [['sites add branch', 'a second place, whose 198.18.0.1 is another host']],
    json: 'document',
    place: 'any',
    parse: parseName,
    run: runAddSite,
  }),
  defineCommand<undefined>({
    path: ['sites', 'list'],
    summary: 'list sites',
    examples: [['sites list', 'every site with its scope']],
    json: 'stream',
    place: 'any',
    parse: () => undefined,
    run: runListSites,
  }),
  defineCommand<RenameSitePlan>({
    path: ['sites', 'rename'],
    summary: 'rename a site',
    arguments: [NAME_ARGUMENT, { name: 'new-name', help: 'its name from now on', required: true }],
    examples: [['sites rename branch north', 'what is in it stays in it']],
    json: 'document',
    place: 'any',
    parse: parseRenameSite,
    run: runRenameSite,
  }),
  defineCommand<string>({
    path: ['sites', 'remove'],
    summary: 'remove an empty site',
    arguments: [NAME_ARGUMENT],
    examples: [['sites remove north', 'refused, with counts, while anything is in it']],
    json: 'document',
    place: 'any',
    parse: parseName,
    run: runRemoveSite,
  }),
  defineCommand<SiteScopePlan>({
    path: ['sites', 'scope'],
    summary: 'show or set what may be scanned at a site',
    arguments: [
      NAME_ARGUMENT,
      {
        name: 'words',
        help: 'show, clear, or set or add with networks such as 198.18.0.0/16 (default: show)',
        choices: SCOPE_ACTIONS,
        variadic: true,
      },
    ],
    examples: [
      [
        'sites scope default set 198.18.0.0/16 fd00::/48',
        'scans of anything else but loopback are refused there',
      ],
      ['sites scope default add 198.19.0.0/24', 'one more network may be scanned'],
      ['sites scope default clear', 'no scope is set: the next scan needs a confirmation'],
    ],
    json: 'document',
    place: 'any',
    parse: parseSiteScope,
    run: runSiteScope,
  }),
];
