import { pagesOf } from '#cli/arguments/pages.js';
import type { AsOfParameters } from '#cli/arguments/time-flags.js';
import { usage } from '#cli/arguments/usage.js';
import type { CommandInput } from '#cli/program/command.js';
import type { Client } from '#contract/api/client.js';
import type { Host } from '#contract/hosts/host.js';
import { formatAddress, parseAddress } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import { printFilter } from '#domain/filter/print.js';
import { clip, quote } from '#domain/text/quote.js';

/** Names a host on the command line. */
export type HostName = { readonly id: string } | HostCalled;
/** By its address, or by the name that it was given or that was found; both may be known at several sites. */
type HostCalled = ({ readonly ip: string } | { readonly name: string }) & {
  readonly site: string | undefined;
};

/** Of verbs that name hosts: the same address at two sites is two hosts. */
export const HOST_SITE_FLAG = {
  flags: '--site <name>',
  help: 'where several sites know an address or a name, the site that is meant',
} as const;

export const HOST_ARGUMENT = {
  name: 'id-or-address',
  help: 'the id of the host, its address or its name',
  required: true,
} as const;

export function parseHostName({ args, flags }: CommandInput): HostName {
  return hostArgumentOf(args[0] ?? '', flags.text('site'));
}

/** Hosts that are named by words, each by its id, its address or its name. */
export function parseHostNames({ args, flags }: Pick<CommandInput, 'args' | 'flags'>): readonly HostName[] {
  return args.map((arg) => hostArgumentOf(arg, flags.text('site')));
}

/** What the server takes for a host: its id, or its address where no site was named with it. */
export async function hostReference(client: Client, named: HostName): Promise<string> {
  return 'ip' in named && named.site === undefined ? named.ip : hostIdOf(client, named, {});
}

/** How it was named. */
export function hostText(named: HostName): string {
  if ('id' in named) return named.id;
  return 'ip' in named ? named.ip : named.name;
}

/** With a letter in it, and no number of another system: no address with a slip of the pen is looked for as a name. */
const CAN_BE_NAME = /^(?!0x[\da-f.]+$|[\da-f:]*:[\da-f:.]*$)(?=.*\p{L})[^\p{Cc}]{1,255}$/iu;

export function hostArgumentOf(arg: string, site?: string): HostName {
  if (isUid(arg)) return { id: arg.toLowerCase() };
  const address = parseAddress(arg);
  if (address !== undefined) return { ip: formatAddress(address), site };
  if (CAN_BE_NAME.test(arg)) return { name: arg.trim(), site };
  throw usage(`${quote(arg)} is neither the id, the address nor the name of a host.`, {
    hint: '`scanorama hosts list` shows the hosts.',
    at: clip(arg),
  });
}

/** The ids of hosts as they are now. */
export async function hostIdsOf(client: Client, names: readonly HostName[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) ids.push(await hostIdOf(client, name, {}));
  return ids;
}

/** The id of the host that was named, as of the moment that is asked for; of a deleted one where no other is called so. */
export async function hostIdOf(client: Client, named: HostName, asOf: AsOfParameters): Promise<string> {
  if ('id' in named) return named.id;
  const listed = await hostsAt(client, named, { deleted: false, asOf });
  const found = listed.length > 0 ? listed : await hostsAt(client, named, { deleted: true, asOf });
  const [host, other] = found;
  if (host === undefined) throw unknownHost(named, asOf);
  if (other !== undefined) throw severalHosts(named, found);
  return host.id;
}

const callingText = (named: HostCalled) =>
  'ip' in named ? `with the address ${named.ip}` : `called ${quote(named.name)}`;

function unknownHost(named: HostCalled, asOf: AsOfParameters): ScanoramaError {
  const at = hostText(named);
  const where = named.site === undefined ? '' : ` at the site ${quote(named.site)}`;
  if (asOf.as_of !== undefined || asOf.observed_as_of !== undefined)
    return new ScanoramaError('not_found', `No host ${callingText(named)} was known then${where}.`, { at });
  const hint =
    'ip' in named
      ? `Scan it first: \`scanorama scan ${named.ip}\`.`
      : '`scanorama hosts list` shows the hosts with their names; a host can be named by its address too.';
  return new ScanoramaError('not_found', `No host ${callingText(named)} is known${where}.`, { hint, at });
}

function severalHosts(named: HostCalled, found: readonly Host[]): ScanoramaError {
  const at = hostText(named);
  if ('ip' in named) {
    const ids = found.map(({ id, site }) => `${id} (site ${site})`).join(', ');
    return usage(`${found.length} sites know the address ${named.ip}.`, {
      hint: `Name the site with --site, or give the id: ${ids}.`,
      at,
    });
  }
  const shown = found.slice(0, NAMESAKES_SHOWN).map(({ ip, site }) => `${ip} (site ${site})`);
  const more = found.length > shown.length ? ', …' : '';
  return usage(`${found.length} hosts are ${callingText(named)}.`, {
    hint: `Give the address of the one that is meant: ${shown.join(', ')}${more}.`,
    at,
  });
}

/** Hosts of one name whose addresses are told. */
const NAMESAKES_SHOWN = 10;

async function hostsAt(
  client: Client,
  named: HostCalled,
  { deleted, asOf }: { readonly deleted: boolean; readonly asOf: AsOfParameters },
): Promise<readonly Host[]> {
  const { site } = named;
  const probed = {
    ...('ip' in named ? { search: named.ip } : { filter: nameFilter(named.name) }),
    ignored: 'with',
    ...(site === undefined ? {} : { site }),
    ...(deleted ? { deleted: 'true' } : {}),
    ...asOf,
  } as const;
  const found: Host[] = [];
  for await (const page of pagesOf<Host>({
    keyOf: ({ id }) => id,
    load: (query) => client.hosts({ ...query, ...probed }),
  }))
    found.push(...page.filter((host) => !('ip' in named) || host.ip === named.ip));
  return found;
}

function nameFilter(name: string): string {
  return printFilter({
    kind: 'comparison',
    field: 'name',
    operator: '=',
    values: [{ type: 'text', pattern: [name] }],
  });
}
