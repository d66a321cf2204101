import { countOf, oneOf, portOf } from '#cli/arguments/flag-parsers.js';
import { pagesOf } from '#cli/arguments/pages.js';
import {
  AS_OF_FLAGS,
  type AsOfParameters,
  type AsOfPlan,
  asOfQuery,
  isPast,
  parseAsOf,
} from '#cli/arguments/time-flags.js';
import { usage } from '#cli/arguments/usage.js';
import {
  HOST_ARGUMENT,
  HOST_SITE_FLAG,
  type HostName,
  hostIdOf,
  parseHostName,
} from '#cli/hosts/host-arguments.js';
import { deletionText } from '#cli/output/deletion.js';
import { writeDocument, writeList } from '#cli/output/json.js';
import { placed } from '#cli/output/site-suffix.js';
import { type Cell, type Row, renderTable } from '#cli/output/table.js';
import type { Paint } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { hostText } from '#cli/reports/host-report.js';
import type { Client } from '#contract/api/client.js';
import type { Host } from '#contract/hosts/host.js';
import { assertShowsPast, readFilter } from '#domain/filter/read.js';
import {
  HOST_STATUSES,
  type HostStatus,
  IGNORED_CHOICES,
  type IgnoredChoice,
} from '#domain/hosts/host-status.js';

const PORTS_SHOWN = 8;
const MAX_SEARCH_CHARACTERS = 255;

export interface ListHostsPlan {
  readonly filter: string | undefined;
  readonly site: string | undefined;
  readonly status: HostStatus | undefined;
  readonly search: string | undefined;
  readonly openPort: number | undefined;
  readonly deleted: boolean;
  /** Hosts that are ignored: not, too, or nothing else; not when nothing is said of them, here or in the filter. */
  readonly ignored: IgnoredChoice | undefined;
  readonly flapping: boolean;
  readonly slow: boolean;
  readonly limit: number | undefined;
  readonly asOf: AsOfPlan;
}

export function parseListHosts({ flags }: CommandInput): ListHostsPlan {
  const search = flags.text('search');
  if (search !== undefined && search.length > MAX_SEARCH_CHARACTERS) {
    throw usage(`The value of --search is longer than ${MAX_SEARCH_CHARACTERS} characters.`);
  }
  const filter = flags.text('filter');
  // What is wrong with it is said before anything is asked.
  const read = filter === undefined ? undefined : readFilter(filter);
  const asOf = parseAsOf(flags);
  if (read !== undefined && isPast(asOf)) assertShowsPast(read);
  return {
    filter,
    site: flags.text('site'),
    status: oneOf('status', flags.text('status'), HOST_STATUSES),
    search,
    openPort: portOf('open-port', flags.text('open-port')),
    deleted: flags.on('deleted'),
    ignored: oneOf('ignored', flags.text('ignored'), IGNORED_CHOICES),
    flapping: flags.on('flapping'),
    slow: flags.on('slow'),
    limit: countOf('limit', flags.text('limit')),
    asOf,
  };
}

export function runListHosts(plan: ListHostsPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const pages = hostPages(client, plan, asOfQuery(plan.asOf, io.clock.now()));
    if (globals.json !== 'off') {
      await writeList(io.stdout, documents(pages), globals.json);
      return EXIT.done;
    }
    let shown = 0;
    for await (const page of pages) {
      const named = isPast(plan.asOf) ? PAST_HEADS : HOST_HEADS;
      const heads = shown === 0 ? { heads: plan.deleted ? [...named, 'DELETED'] : named } : {};
      const rows = page.map((host) => (plan.deleted ? [...hostRow(host), deletionOf(host)] : hostRow(host)));
      await io.stdout.write(renderTable(rows, { color: io.stdout.color, ...heads }));
      shown += page.length;
    }
    if (shown === 0) await io.stdout.write(plan.deleted ? 'No deleted hosts.\n' : 'No hosts.\n');
    return EXIT.done;
  });
}

function hostPages(
  client: Client,
  { limit, filter, site, status, search, openPort, deleted, ignored, flapping, slow }: ListHostsPlan,
  asOf: AsOfParameters,
): AsyncGenerator<readonly Host[]> {
  const probed = {
    ...(filter === undefined ? {} : { filter }),
    ...(site === undefined ? {} : { site }),
    ...(status === undefined ? {} : { status }),
    ...(search === undefined ? {} : { search }),
    ...(openPort === undefined ? {} : { open_port: openPort }),
    ...(deleted ? { deleted: 'true' } : {}),
    ...(ignored === undefined ? {} : { ignored }),
    ...(flapping ? { flapping: 'true' as const } : {}),
    ...(slow ? { slow: 'true' as const } : {}),
    ...asOf,
  };
  return pagesOf({
    limit,
    keyOf: (host) => host.id,
    load: (query) => client.hosts({ ...query, ...probed, sort_by: 'ip' }),
  });
}

async function* documents(pages: AsyncIterable<readonly Host[]>) {
  for await (const page of pages) yield page.map(hostDocument);
}

function hostDocument(host: Host): unknown {
  const { id, ip, hostname, mac, vendor, status, os_family, first_seen, last_seen, open_ports } = host;
  const { deleted_at, deleted_by, display_name, status_since, misses, flapping, ignored, site, tags } = host;
  const { completeness_score, changed_at } = host;
  const known = { id, ip, hostname, mac, vendor, status, os_family, first_seen, last_seen, open_ports };
  const lifecycle = { display_name, status_since, misses, flapping, ignored, completeness_score };
  const changed = changed_at === null ? {} : { changed_at };
  return {
    ...known,
    ...changed,
    ...lifecycle,
    site,
    tags,
    ...(deleted_at === null ? {} : { deleted_at, deleted_by }),
  };
}

const STATUS_PAINTS: Readonly<Record<HostStatus, Paint>> = {
  up: 'green',
  down: 'red',
  unknown: 'dim',
  gone: 'dim',
};
const hostStatusCell = ({ status, flapping }: Host): Cell => ({
  text: flapping ? `${status}, flapping` : status,
  paint: STATUS_PAINTS[status],
});

const HOST_HEADS = ['ADDRESS', 'STATUS', 'NAME', 'VENDOR', 'LAST SEEN', 'OPEN PORTS'];
/** Of a past instant only changes are known, not how long after them the host was seen unchanged. */
const PAST_HEADS = HOST_HEADS.map((head) => (head === 'LAST SEEN' ? 'LAST CHANGE' : head));
function hostRow(host: Host): Row {
  const ports = host.open_ports.slice(0, PORTS_SHOWN).map(({ port, protocol }) => `${port}/${protocol}`);
  const more = host.open_ports.length - PORTS_SHOWN;
  return [
    placed(host.ip, host.site),
    hostStatusCell(host),
    host.custom_name ?? host.hostname ?? '-',
    host.vendor ?? '-',
    localTime(host.changed_at ?? host.last_seen),
    ports.length === 0 ? '-' : `${ports.join(' ')}${more > 0 ? ` +${more}` : ''}`,
  ];
}

const deletionOf = (host: Host) => deletionText(host.deleted_at, host.deleted_by);

export interface ShowHostPlan {
  readonly host: HostName;
  readonly asOf: AsOfPlan;
}

export function parseShowHost(input: CommandInput): ShowHostPlan {
  return { host: parseHostName(input), asOf: parseAsOf(input.flags) };
}

export function runShowHost(plan: ShowHostPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  const asOf = asOfQuery(plan.asOf, io.clock.now());
  return withStored(context, async ({ client }) => {
    const host = await client.host(await hostIdOf(client, plan.host, asOf), asOf);
    if (globals.json === 'off')
      await io.stdout.write(
        hostText(host, {
          color: io.stdout.color,
          past: isPast(plan.asOf),
          calling: io,
          nowMs: io.clock.now(),
        }),
      );
    else await writeDocument(io.stdout, host);
    return EXIT.done;
  });
}

export const hostsCommands = [
  defineCommand<ListHostsPlan>({
    path: ['hosts', 'list'],
    summary: 'list hosts',
    flags: [
      {
        flags: '-f, --filter <text>',
        help: 'only those that match, such as "port:443 and not name:printer*"',
      },
      { flags: '--site <name>', help: 'only those of this site' },
      {
        flags: '--status <status>',
        help: `only those that are ${HOST_STATUSES.join(', ')}`,
        choices: HOST_STATUSES,
      },
      { flags: '-s, --search <text>', help: 'only those with this part of an address or a name' },
      { flags: '--open-port <port>', help: 'only those on which this port is open' },
      { flags: '--slow', help: 'only those whose answers take 200 ms or more on average' },
      { flags: '--flapping', help: 'only hosts that come and go' },
      {
        flags: '--ignored <choice>',
        help: 'whether to list ignored hosts: without, with or only (default: without)',
        choices: IGNORED_CHOICES,
      },
      { flags: '--deleted', help: 'deleted ones instead of the others' },
      { flags: '-n, --limit <count>', help: 'maximum number (default: all)' },
      ...AS_OF_FLAGS,
    ],
    examples: [
      ['hosts list', 'every host with its open ports'],
      ['hosts list --status up --search 198.18.', 'those of one range that are up'],
      ['hosts list --filter port:22,3389', 'the language is in docs/filter.md'],
      ['hosts list --as-of 2d', 'what was known two days ago'],
      ['hosts list --json=stream', 'one JSON document a line'],
    ],
    json: 'stream',
    place: 'any',
    parse: parseListHosts,
    run: runListHosts,
  }),
  defineCommand<ShowHostPlan>({
    path: ['hosts', 'show'],
    summary: 'show a host with its ports and history',
    arguments: [HOST_ARGUMENT],
    flags: [HOST_SITE_FLAG, ...AS_OF_FLAGS],
    examples: [
      ['hosts show 198.18.0.9 --site branch', 'that address at one of several sites'],
      ['hosts show 127.0.0.1', 'what is known of this machine'],
      ['hosts show 127.0.0.1 --as-of 2026-11-24T18:00', 'what was known of it then'],
    ],
    json: 'document',
    place: 'any',
    parse: parseShowHost,
    run: runShowHost,
  }),
];
