import { type RawBuilder, sql } from 'kysely';
import { formatAddress, parseAddress } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { type DeviceView, devicesById, HELD } from '#store/devices/device-views.js';
import { isSiteCalled } from '#store/sites/site-by-name.js';
import { assertSiteNamed } from '#store/sites/sites.js';

/** Devices that are told of a word that means several. */
const DEVICES_SHOWN = 5;

/** What names a device: its id, that of one that it took in, or an address or a MAC address that it has now. */
export interface DeviceName {
  readonly term: string;
  /** Of an address: the site that is meant, where several may have it. */
  readonly site?: string | undefined;
}

/** One device. Throws `not_found`, also of a site, and `conflict` where the word means several, naming each with its site. */
export async function findDevice(executor: Executor, name: DeviceName): Promise<DeviceView> {
  const { term, site } = name;
  const ids = await (isUid(term) ? idsByUid(executor, term) : idsByAddress(executor, name));
  const [device, ...others] = await devicesById(executor, ids.slice(0, DEVICES_SHOWN));
  if (device === undefined) {
    if (site !== undefined) await assertSiteNamed(executor, site);
    const where = site === undefined ? '' : ` at the site ${quote(site)}`;
    throw new ScanoramaError('not_found', `There is no device ${quote(term)}${where}.`, {
      at: term,
      hint: '`scanorama devices list` shows the devices.',
    });
  }
  if (others.length > 0) throw ambiguousName(term, [device, ...others], ids.length);
  return device;
}

function ambiguousName(term: string, reported: readonly DeviceView[], count: number): ScanoramaError {
  const severalSites = new Set(reported.map(({ site }) => site)).size > 1;
  const ids = reported.map(({ uid, site }) => `${uid} (site ${site})`).join(', ');
  const more = count > reported.length ? ` and ${count - reported.length} more` : '';
  return new ScanoramaError('conflict', `${count} devices have ${quote(term)}.`, {
    at: term,
    hint: `${severalSites ? 'Name the site, such as with --site, or give the id' : 'Give the id of the one you mean'}: ${ids}${more}.`,
    facts: { devices: reported.map(({ uid: id, site }) => ({ id, site })) },
  });
}

/** A stay that holds no address any more leads to whoever holds it now. */
async function idsByUid(executor: Executor, uid: string): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT own.device_id AS id FROM device_bindings binding JOIN device_hosts own ON own.host_id = binding.host_id
    WHERE binding.uid = ${uid} ORDER BY own.binding_id = binding.id DESC, own.since DESC LIMIT 1`.execute(
    executor,
  );
  return rows.map(({ id }) => id);
}

const MAC_ADDRESS = /^[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}$/i;

async function idsByAddress(executor: Executor, { term, site }: DeviceName): Promise<readonly number[]> {
  const address = parseAddress(term);
  if (address !== undefined)
    return idsHolding(
      executor,
      sql`host_id IN (SELECT id FROM hosts WHERE ip_address = ${formatAddress(address)}::inet)`,
      site,
    );
  if (!MAC_ADDRESS.test(term)) return [];
  return idsHolding(
    executor,
    sql`binding_id IN (SELECT id FROM device_bindings WHERE mac = ${term}::macaddr)`,
    site,
  );
}

/** Each way has an index of its own: as one condition on both, all addresses were read, 40,000 pages of 5,000 hosts. */
async function idsHolding(
  executor: Executor,
  condition: RawBuilder<unknown>,
  site: string | undefined,
): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number; isThere: boolean }>`
    SELECT DISTINCT held.device_id AS id, ${site === undefined ? sql`true` : isSiteCalled(site, sql`site.name`)} AS "isThere"
    FROM ${HELD} AS held JOIN devices device ON device.id = held.device_id JOIN sites site ON site.id = device.site_id
    WHERE held.until IS NULL AND ${condition} ORDER BY held.device_id`.execute(executor);
  return rows.filter(({ isThere }) => isThere).map(({ id }) => id);
}
