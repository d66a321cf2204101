import type { MomentWords } from '#cli/moment.js';
import { pagesOf } from '#cli/pages.js';
import { usage } from '#cli/usage.js';
import type { VerbInput } from '#cli/verb.js';
import type { Client } from '#contract/client.js';
import type { Host } from '#contract/host.js';
import { formatAddress, parseAddress } from '#domain/address.js';
import { ScanoramaError } from '#domain/error.js';
import { clip, quote } from '#domain/quote.js';
import { isUid } from '#domain/uid.js';

/** Names a host on the command line. */
export type HostName = { readonly id: string } | { readonly ip: string; readonly site: string | undefined };

/** Of verbs that name hosts: the same address at two sites is two hosts. */
export const HOST_SITE_FLAG = {
  flags: '--site <name>',
  help: 'where several sites know an address, the site that is meant',
} as const;

export const HOST_ARGUMENT = {
  name: 'id-or-address',
  help: 'the id of the host, or its address',
  required: true,
} as const;

export function parseHostName({ words, flags }: VerbInput): HostName {
  return hostWordOf(words[0] ?? '', flags.text('site'));
}

/** Hosts that are named by words, each by its id or its address. */
export function parseHostNames({ words, flags }: Pick<VerbInput, 'words' | 'flags'>): readonly HostName[] {
  return words.map((word) => hostWordOf(word, flags.text('site')));
}

/** What the server takes for a host: its id, or its address where no site was named with it. */
export async function hostReference(client: Client, name: HostName): Promise<string> {
  if ('id' in name) return name.id;
  return name.site === undefined ? name.ip : hostIdOf(client, name, {});
}

/** How it was named. */
export const hostText = (name: HostName): string => ('id' in name ? name.id : name.ip);

export function hostWordOf(word: string, site?: string): HostName {
  if (isUid(word)) return { id: word.toLowerCase() };
  const address = parseAddress(word);
  if (address !== undefined) return { ip: formatAddress(address), site };
  throw usage(`${quote(word)} is neither the id nor the address of a host.`, {
    hint: '`scanorama hosts list` shows the hosts.',
    at: clip(word),
  });
}

/** The ids of hosts as they are now. */
export async function hostIdsOf(client: Client, names: readonly HostName[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) ids.push(await hostIdOf(client, name, {}));
  return ids;
}

/** The id of the host that was named, as of the moment that is asked for; of a deleted one where no other has the address. */
export async function hostIdOf(client: Client, name: HostName, moment: MomentWords): Promise<string> {
  if ('id' in name) return name.id;
  const { ip, site } = name;
  const listed = await hostsAt(client, { ip, site, deleted: false }, moment);
  const found = listed.length > 0 ? listed : await hostsAt(client, { ip, site, deleted: true }, moment);
  const [host, other] = found;
  if (host === undefined) {
    const where = site === undefined ? '' : ` at the site ${quote(site)}`;
    if (moment.as_of !== undefined || moment.observed_as_of !== undefined)
      throw new ScanoramaError('not_found', `No host with the address ${ip} was known then${where}.`, {
        at: ip,
      });
    throw new ScanoramaError('not_found', `No host with the address ${ip} is known${where}.`, {
      hint: `Scan it first: \`scanorama scan ${ip}\`.`,
      at: ip,
    });
  }
  if (other !== undefined) {
    const ids = found.map(({ id, site }) => `${id} (site ${site})`).join(', ');
    throw usage(`${found.length} sites know the address ${ip}.`, {
      hint: `Name the site with --site, or give the id: ${ids}.`,
      at: ip,
    });
  }
  return host.id;
}

interface HostsAt {
  readonly ip: string;
  readonly site: string | undefined;
  readonly deleted: boolean;
}

async function hostsAt(
  client: Client,
  { ip, site, deleted }: HostsAt,
  moment: MomentWords,
): Promise<readonly Host[]> {
  const asked = {
    search: ip,
    ignored: 'with',
    ...(site === undefined ? {} : { site }),
    ...(deleted ? { deleted: 'true' } : {}),
    ...moment,
  } as const;
  const found: Host[] = [];
  for await (const page of pagesOf<Host>({
    keyOf: ({ id }) => id,
    load: (query) => client.hosts({ ...query, ...asked }),
  }))
    found.push(...page.filter((host) => host.ip === ip));
  return found;
}
