import { parseAddress } from '#domain/addresses/address.js';
import { parseRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { assertNotRefused } from '#domain/addresses/refused-ranges.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { NETWORK_PREFIX } from '#domain/targets/parse-target.js';
import type { TargetList } from '#domain/targets/targets.js';
import { quote } from '#domain/text/quote.js';
import { addressesCalled } from '#store/hosts/hosts-by-name.js';
import { type NamedNetwork, networksCalled } from '#store/networks/networks.js';
import type { ResolvedName } from '#store/scans/scan-jobs.js';
import type { WorkContext } from '#work/context/context.js';

/** Names one scan may ask the resolver for, and how many at a time. */
export const MAX_NAMES_PER_SCAN = 1_000;
const CONCURRENT_LOOKUPS = 16;
/** Stored hosts of one name whose addresses are told. */
const NAMESAKES_SHOWN = 4;

export interface FoundTargets {
  readonly addresses: AddressSet;
  /** What each name meant, of networks (`network:NAME`) and of hosts. */
  readonly resolved: readonly ResolvedName[];
  /** Stored networks that were named. */
  readonly networkIds: readonly number[];
}

interface TargetRequest {
  readonly siteId: number;
  readonly site: string;
  readonly listed: TargetList;
  readonly disabledToo?: boolean | undefined;
}

/**
 * Finds what names of stored networks and of hosts mean. A word that is the name of a network of the site means that
 * network and is not looked up; one that a stored host has is, and where there is no answer, the error names that host. Throws `not_found`, `conflict` for a disabled network unless those are meant too, and what the resolver throws.
 */
export async function findTargets(
  context: WorkContext,
  { siteId, site, listed, disabledToo = false }: TargetRequest,
  signal: AbortSignal,
): Promise<FoundTargets> {
  const texts = [...listed.networks, ...listed.names];
  const byName = nameTable(await networksCalled(context.store.read, siteId, texts));
  const missing = listed.networks.find((text) => !byName.has(keyOf(text)));
  if (missing !== undefined) throw unknownNetwork(missing, site);
  const networks = [...new Set(texts.flatMap((text) => byName.get(keyOf(text)) ?? []))];
  const disabled = disabledToo ? undefined : networks.find(({ enabled }) => !enabled);
  if (disabled !== undefined) throw disabledNetwork(disabled);
  const hostNames = listed.names.filter((text) => !byName.has(keyOf(text)));
  const resolved = await resolveNames(context, hostNames, signal).catch(async (error: unknown) => {
    throw await withNamesakes(context, siteId, error);
  });
  const ranges = networks.flatMap(({ cidr }) => parseRange(cidr) ?? []);
  return {
    addresses: withResolved(listed.addresses.union(AddressSet.of(ranges)), resolved),
    resolved: [
      ...networks.map(({ name, cidr }) => ({ name: `${NETWORK_PREFIX}${name}`, addresses: [cidr] })),
      ...resolved,
    ],
    networkIds: networks.map(({ id }) => id),
  };
}

const keyOf = (text: string): string => text.toLowerCase();

/** Each network by its name and by its CIDR. */
function nameTable(networks: readonly NamedNetwork[]): ReadonlyMap<string, NamedNetwork> {
  return new Map(
    networks.flatMap((network) => [
      [keyOf(network.cidr), network] as const,
      [keyOf(network.name), network] as const,
    ]),
  );
}

function unknownNetwork(text: string, site: string): ScanoramaError {
  return new ScanoramaError('not_found', `The site ${quote(site)} has no network called ${quote(text)}.`, {
    at: `${NETWORK_PREFIX}${text}`,
    hint: '`scanorama networks list` shows the networks; --site says which site is meant.',
  });
}

function disabledNetwork({ name }: NamedNetwork): ScanoramaError {
  return new ScanoramaError('conflict', `The network ${quote(name)} is disabled, so it is not scanned.`, {
    at: name,
    hint: `Enable it with \`scanorama networks enable ${/\s/.test(name) ? `'${name}'` : name}\`.`,
  });
}

async function resolveNames(
  context: WorkContext,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly ResolvedName[]> {
  if (names.length > MAX_NAMES_PER_SCAN) {
    throw new ScanoramaError(
      'scan_too_large',
      `A scan may name ${MAX_NAMES_PER_SCAN} hosts by name, and this one names ${names.length}.`,
      {
        hint: 'Give addresses or ranges instead of names.',
      },
    );
  }
  const resolved: ResolvedName[] = [];
  for (let first = 0; first < names.length; first += CONCURRENT_LOOKUPS) {
    const some = names.slice(first, first + CONCURRENT_LOOKUPS);
    resolved.push(
      ...(await Promise.all(
        some.map(async (name) => ({ name, addresses: await context.resolve(name, signal) })),
      )),
    );
  }
  return resolved;
}

/**
 * The same error of a name that could not be resolved, with the hosts that are stored by it. They are not scanned instead: a
 * stored name may be another one's by now.
 */
async function withNamesakes({ store }: WorkContext, siteId: number, error: unknown): Promise<unknown> {
  if (!(error instanceof ScanoramaError) || error.code !== 'name_not_resolved' || error.at === undefined)
    return error;
  const { at: name } = error;
  const addresses = await addressesCalled(store.read, { siteId, name, limit: NAMESAKES_SHOWN });
  if (addresses.length === 0) return error;
  const list = addresses.join(', ');
  return new ScanoramaError(error.code, error.message, {
    hint:
      addresses.length === 1
        ? `A stored host is called ${name}: scan its address ${list} instead.`
        : `Stored hosts are called ${name}: scan the one that is meant by its address, ${list}.`,
    at: name,
    facts: { addresses },
    cause: error,
  });
}

function withResolved(addresses: AddressSet, resolved: readonly ResolvedName[]): AddressSet {
  const ranges = resolved.flatMap(({ name, addresses: found }) => {
    const parsed = found.flatMap((text) => {
      const address = parseAddress(text);
      return address === undefined
        ? []
        : [{ family: address.family, first: address.value, last: address.value }];
    });
    assertNotRefused(parsed, name);
    return parsed;
  });
  return addresses.union(AddressSet.of(ranges));
}
