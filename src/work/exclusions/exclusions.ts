import { formatAddress } from '#domain/addresses/address.js';
import { type AddressRange, formatRange } from '#domain/addresses/address-range.js';
import { parseNetworkCidr } from '#domain/addresses/network-cidr.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, isUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { exclusionPlaceText } from '#domain/targets/exclusion.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { parseOneRange } from '#domain/targets/targets.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import {
  countExclusions,
  deleteExclusion,
  type ExclusionView,
  findExclusion,
  insertExclusion,
  recordExclusionEvent,
} from '#store/networks/exclusions.js';
import {
  findNetworkView,
  listNetworkViews,
  lockNetworkRow,
  type NetworkView,
} from '#store/networks/networks.js';
import { siteIdByName } from '#store/sites/sites.js';
import { rangeOfExclusion } from '#work/batches/excluded-addresses.js';
import type { Actor, WorkContext } from '#work/context/context.js';

/** Exclusions of an installation: every running scan reads those in force again and again. */
export const MAX_EXCLUSIONS = 10_000;

export interface ExclusionOrder {
  /** An address, a range or a CIDR. */
  readonly address: string;
  /** With a network, where it is looked for by its name; else the exclusion is the site's own. */
  readonly site: string | undefined;
  /** Id, name or CIDR of a network. */
  readonly network: string | undefined;
  readonly reason: string | null;
  readonly actor: Actor;
}

interface Place {
  readonly siteId: number | null;
  readonly network: NetworkView | null;
  /** Ends the sentence "… is excluded". */
  readonly text: string;
}

/**
 * Excludes addresses from every scan that is running or will be, everywhere or at one site. Throws
 * `invalid_target`, `not_found` for the place, `conflict` when that is excluded there already.
 */
export async function addExclusion(context: WorkContext, order: ExclusionOrder): Promise<ExclusionView> {
  const range = parseOneRange(order.address);
  // More would be excluded than was meant: a /27 for one address of it.
  if (order.address.includes('/')) parseNetworkCidr(order.address);
  const uid = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
  return context.store.transaction(async (executor) => {
    const place = await placeOf(executor, order);
    assertWithin(range, place.network);
    if ((await countExclusions(executor, {})) >= MAX_EXCLUSIONS) throw tooMany();
    const address = formatRange(range);
    const row = {
      uid,
      siteId: place.siteId,
      networkId: place.network?.id ?? null,
      first: formatAddress({ family: range.family, value: range.first }),
      last: formatAddress({ family: range.family, value: range.last }),
      reason: order.reason,
      createdBy: order.actor,
    };
    if (!(await insertExclusion(executor, row))) throw excludedAlready(address, place);
    await recordExclusionEvent(executor, 'exclusion.added', {
      exclusion: uid,
      address,
      place: place.text,
      reason: order.reason,
      actor: order.actor,
    });
    context.log.info(
      { exclusion: uid, address, place: place.text, actor: order.actor },
      'addresses excluded',
    );
    return known(await findExclusion(executor, uid), uid);
  });
}

/** Removes an exclusion, for scans and parts of scans that start from now on; what runs keeps leaving them alone. */
export async function removeExclusion(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  await context.store.transaction(async (executor) => {
    const exclusion = known(await findExclusion(executor, uid), uid);
    // Nothing is left to remove when somebody else did at the same time.
    if (!(await deleteExclusion(executor, uid))) throw unknownExclusion(uid);
    const address = formatRange(rangeOfExclusion(exclusion));
    const facts = { exclusion: uid, address, reason: exclusion.reason, actor };
    await recordExclusionEvent(executor, 'exclusion.removed', facts);
    context.log.info({ exclusion: uid, address, actor }, 'exclusion removed');
  });
}

async function placeOf(
  executor: Executor,
  { site, network }: Pick<ExclusionOrder, 'site' | 'network'>,
): Promise<Place> {
  if (network !== undefined) {
    const found = await networkCalled(executor, network, site);
    // Removed between the two: the next look says so.
    if (!(await lockNetworkRow(executor, found.id))) return placeOf(executor, { site, network });
    return {
      siteId: null,
      network: found,
      text: exclusionPlaceText({ site: found.site, network: found.name }),
    };
  }
  const siteId = site === undefined ? null : await siteIdByName(executor, site);
  return { siteId, network: null, text: exclusionPlaceText({ site: site ?? null, network: null }) };
}

/** A network by its id, or by its name or CIDR at a site, the default one when absent; `not_found`. */
async function networkCalled(executor: Executor, text: string, site = DEFAULT_SITE): Promise<NetworkView> {
  if (isUid(text)) return findNetworkView(executor, text);
  await siteIdByName(executor, site);
  const [network] = await listNetworkViews(executor, { site, name: text }, { limit: 1, offset: 0 });
  if (network !== undefined) return network;
  throw new ScanoramaError('not_found', `The site ${quote(site)} has no network called ${quote(text)}.`, {
    at: text,
    hint: '`scanorama networks list` shows the networks.',
  });
}

function assertWithin(range: AddressRange, network: NetworkView | null): void {
  if (network === null) return;
  const { range: complete } = parseNetworkCidr(network.cidr);
  if (range.family === complete.family && range.first >= complete.first && range.last <= complete.last)
    return;
  const address = formatRange(range);
  throw new ScanoramaError(
    'invalid_target',
    `${address} is not wholly in the network ${quote(network.name)}, which is ${network.cidr}.`,
    { at: address, hint: 'Exclude it at the site, or everywhere.' },
  );
}

function known(exclusion: ExclusionView | undefined, uid: string): ExclusionView {
  if (exclusion === undefined) throw unknownExclusion(uid);
  return exclusion;
}

function unknownExclusion(uid: string): ScanoramaError {
  return new ScanoramaError('not_found', `There is no exclusion with the id ${uid}.`, {
    at: uid,
    hint: '`scanorama exclusions list` shows them.',
  });
}

function excludedAlready(address: string, { text }: Place): ScanoramaError {
  return new ScanoramaError('conflict', `${address} is excluded ${text} already.`, { at: address });
}

function tooMany(): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `There are ${MAX_EXCLUSIONS.toLocaleString('en')} exclusions, which is the most there may be.`,
    {
      hint: 'Write neighbouring addresses as ranges or networks.',
    },
  );
}
