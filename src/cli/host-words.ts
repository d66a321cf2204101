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
export type HostName = { readonly id: string } | { readonly ip: string };

export const HOST_ARGUMENT = {
  name: 'id-or-address',
  help: 'the id of the host, or its address',
  required: true,
} as const;

export function parseHostName({ words }: VerbInput): HostName {
  return hostWordOf(words[0] ?? '');
}

/** The id or the address of a host, either of which the server takes. */
export function hostNameOf(word: string): string {
  const named = hostWordOf(word);
  return 'id' in named ? named.id : named.ip;
}

export function hostWordOf(word: string): HostName {
  if (isUid(word)) return { id: word.toLowerCase() };
  const address = parseAddress(word);
  if (address !== undefined) return { ip: formatAddress(address) };
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
  const { ip } = name;
  const listed = await hostsAt(client, { ip, deleted: false }, moment);
  const found = listed.length > 0 ? listed : await hostsAt(client, { ip, deleted: true }, moment);
  const [host, other] = found;
  if (host === undefined) {
    if (moment.as_of !== undefined || moment.observed_as_of !== undefined)
      throw new ScanoramaError('not_found', `No host with the address ${ip} was known then.`, { at: ip });
    throw new ScanoramaError('not_found', `No host with the address ${ip} is known.`, {
      hint: `Scan it first: \`scanorama scan ${ip}\`.`,
      at: ip,
    });
  }
  if (other !== undefined) {
    const ids = found.map(({ id, site }) => `${id} (site ${site})`).join(', ');
    throw usage(`${found.length} sites know the address ${ip}.`, { hint: `Give the id: ${ids}.`, at: ip });
  }
  return host.id;
}

async function hostsAt(
  client: Client,
  { ip, deleted }: { readonly ip: string; readonly deleted: boolean },
  moment: MomentWords,
): Promise<readonly Host[]> {
  const asked = { search: ip, ignored: 'with', ...(deleted ? { deleted: 'true' } : {}), ...moment } as const;
  const found: Host[] = [];
  for await (const page of pagesOf<Host>({
    keyOf: ({ id }) => id,
    load: (query) => client.hosts({ ...query, ...asked }),
  }))
    found.push(...page.filter((host) => host.ip === ip));
  return found;
}
