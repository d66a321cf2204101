import { type RawBuilder, sql } from 'kysely';
import { formatAddress, parseAddress } from '#domain/addresses/address.js';
import { addressHeads } from '#domain/addresses/address-prefix.js';
import { isUid } from '#domain/errors/uid.js';
import { foldCase, labelPattern } from '#domain/filter/pattern.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import { MAX_PORT } from '#domain/ports/port-set.js';
import { LISTED_PORT_STATES } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { BUILT_IN_PROFILES } from '#domain/profiles/profile.js';
import type { ScanStatus } from '#domain/scans/scan-status.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';

/*
 * What a few typed characters may mean, each kind by a question of its own that an index answers and a limit ends. Words are
 * found by their beginnings; a part anywhere in a name is what a filter is for.
 */

export interface Search {
  readonly text: string;
  /** At most so many of each kind. */
  readonly limit: number;
}

/** The rest of a longer text is not asked for. */
const MAX_TERMS = 8;

const IS_OPEN = sql`open.state IN (${valueList(LISTED_PORT_STATES)})`;
/** As the lists that ports and services lead to. */
const IS_SHOWN = sql`host.deleted_at IS NULL AND NOT host.ignored`;

/** All the words, each as a beginning; a parameter, quoted for tsquery. */
function termQuery(text: string): string {
  return foldCase(text)
    .split(/\s+/)
    .filter((term) => term !== '')
    .slice(0, MAX_TERMS)
    .map((term) => `'${term.replaceAll(/['\\]/g, '$&$&')}':*`)
    .join(' & ');
}

const likeText = (text: string) => foldCase(text).replaceAll(/[\\%_]/g, String.raw`\$&`);

export interface FoundHost {
  readonly uid: string;
  readonly address: string;
  readonly site: string;
  /** The name it is shown by: what somebody calls it, or the one that was found. */
  readonly hostname: string | null;
  readonly mac: string | null;
  readonly vendor: string | null;
  readonly status: HostStatus;
}

/** By address, name, hardware address, maker, or id; in the order of addresses. */
export async function findHosts(executor: Executor, { text, limit }: Search): Promise<readonly FoundHost[]> {
  const matches = hostMatches(text).map(
    (match) =>
      sql`(SELECT host.id FROM hosts host WHERE host.deleted_at IS NULL AND ${match} ORDER BY host.ip_address, host.id LIMIT ${limit})`,
  );
  const { rows } = await sql<FoundHost>`
    SELECT host.uid, host(host.ip_address) AS address, site.name AS site, coalesce(host.custom_name, host.hostname) AS hostname, host.mac_address::text AS mac,
      host.vendor, host.status
    FROM (${sql.join(matches, sql` UNION `)}) AS found JOIN hosts host ON host.id = found.id JOIN sites site ON site.id = host.site_id
    ORDER BY host.ip_address, host.id LIMIT ${limit}`.execute(executor);
  return rows;
}

/** Conditions on `host`, each answered by an index: whichever of them it meets, a host is meant. */
export function hostMatches(text: string): readonly RawBuilder<unknown>[] {
  if (isUid(text)) return [sql`host.uid = ${text}::uuid`];
  const named = sql`host.search_terms @@ ${termQuery(text)}::tsquery`;
  const mac = macRange(text);
  return [
    named,
    ...addressHeads(text).map(
      ({ family, first, last }) =>
        sql`host.ip_address BETWEEN ${formatAddress({ family, value: first })}::inet
          AND ${formatAddress({ family, value: last })}::inet AND host(host.ip_address) LIKE ${`${likeText(text)}%`}`,
    ),
    ...(mac === undefined
      ? []
      : [sql`host.mac_address BETWEEN ${mac.first}::macaddr AND ${mac.last}::macaddr`]),
  ];
}

const MAC_BYTES = 6;
/** Whole bytes of a hardware address, two at least, with colons or hyphens. */
const MAC_BEGUN = /^[0-9a-f]{2}(?:[:-][0-9a-f]{2}){1,5}[:-]?$/i;

export function macRange(text: string): { readonly first: string; readonly last: string } | undefined {
  if (!MAC_BEGUN.test(text)) return undefined;
  const bytes = text.split(/[:-]/).filter((byte) => byte !== '');
  const filled = (byte: string) =>
    [...bytes, ...Array.from({ length: MAC_BYTES - bytes.length }, () => byte)].join(':');
  return { first: filled('00'), last: filled('ff') };
}

export interface FoundPort {
  readonly protocol: Protocol;
  readonly port: number;
  readonly hosts: number;
}

/** A port by its number, where it is open on any host that lists show. */
export async function findPorts(executor: Executor, { text, limit }: Search): Promise<readonly FoundPort[]> {
  if (!/^\d{1,5}$/.test(text) || Number(text) > MAX_PORT) return [];
  const { rows } = await sql<FoundPort>`
    SELECT open.protocol, open.port, count(*) AS hosts FROM host_ports open JOIN hosts host ON host.id = open.host_id
    WHERE open.port = ${Number(text)} AND ${IS_OPEN} AND ${IS_SHOWN}
    GROUP BY open.protocol, open.port ORDER BY open.protocol LIMIT ${limit}`.execute(executor);
  return rows;
}

/**
 * The names that services on open ports of hosts told that lists show, each once: the index is entered anew behind each name, so that it does not
 * matter on how many ports a name was told.
 */
export async function findServices(executor: Executor, { text, limit }: Search): Promise<readonly string[]> {
  const name = sql`lower(service_part(fact.value, 'name') COLLATE "C")`;
  const next = (from: RawBuilder<unknown>) => sql`(
    SELECT ${name} FROM host_facts fact JOIN host_ports open USING (host_id, protocol, port) JOIN hosts host ON host.id = fact.host_id
    WHERE fact.fact = 'service' AND ${name} LIKE ${`${likeText(text)}%`} AND ${name} ${from}
      AND ${IS_OPEN} AND ${IS_SHOWN} ORDER BY ${name} LIMIT 1)`;
  const { rows } = await sql<{ name: string }>`
    WITH RECURSIVE reported AS (
      SELECT ${next(sql`>= ${foldCase(text)}`)} AS name
      UNION ALL SELECT ${next(sql`> reported.name`)} FROM reported WHERE reported.name IS NOT NULL
    ) SELECT name FROM reported WHERE name IS NOT NULL LIMIT ${limit}`.execute(executor);
  return rows.map((row) => row.name);
}

export interface FoundLabel {
  readonly kind: 'tag' | 'group' | 'owner';
  readonly uid: string;
  readonly name: string;
}

/** Tags, groups and owners by a part of the name, or id; at most so many of each. There are few: they are looked at one by one. */
export async function findLabels(
  executor: Executor,
  { text, limit }: Search,
): Promise<readonly FoundLabel[]> {
  const [part] = labelPattern([text]);
  const like = `%${(part ?? '').replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const of = (kind: FoundLabel['kind'], table: string) => sql`(
    SELECT ${kind} AS kind, uid, name, key FROM ${sql.table(table)}
    WHERE key LIKE ${like} OR uid = ${isUid(text) ? text : null}::uuid ORDER BY key COLLATE "C" LIMIT ${limit})`;
  const { rows } = await sql<FoundLabel>`
    SELECT kind, uid, name FROM (${of('tag', 'tags')} UNION ALL ${of('group', 'host_groups')} UNION ALL ${of('owner', 'owners')}) AS found
    ORDER BY array_position(ARRAY['tag', 'group', 'owner'], kind), key COLLATE "C"`.execute(executor);
  return rows;
}

export interface FoundNetwork {
  readonly uid: string;
  readonly name: string;
  readonly cidr: string;
  readonly site: string;
}

/** By a part of the name, the beginning of the CIDR, an address in it, or id. There are few: they are looked at one by one. */
export async function findNetworks(
  executor: Executor,
  { text, limit }: Search,
): Promise<readonly FoundNetwork[]> {
  const address = parseAddress(text);
  const inside = address === undefined ? null : formatAddress(address);
  const { rows } = await sql<FoundNetwork>`
    SELECT network.uid, network.name, network.cidr::text AS cidr, site.name AS site
    FROM networks network JOIN sites site ON site.id = network.site_id
    WHERE lower(network.name COLLATE "C") LIKE ${`%${likeText(text)}%`} OR network.cidr::text LIKE ${`${likeText(text)}%`}
      OR network.cidr >>= ${inside}::inet OR network.uid = ${isUid(text) ? text : null}::uuid
    ORDER BY masklen(network.cidr) DESC, network.cidr, network.id LIMIT ${limit}`.execute(executor);
  return rows;
}

export interface FoundSite {
  readonly uid: string;
  readonly name: string;
}

/** By a part of the name, or id. */
export async function findSites(executor: Executor, { text, limit }: Search): Promise<readonly FoundSite[]> {
  const { rows } = await sql<FoundSite>`
    SELECT uid, name FROM sites
    WHERE lower(name COLLATE "C") LIKE ${`%${likeText(text)}%`} OR uid = ${isUid(text) ? text : null}::uuid
    ORDER BY name LIMIT ${limit}`.execute(executor);
  return rows;
}

export interface FoundProfile {
  /** Of a built-in one its name, as everywhere. */
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly isBuiltIn: boolean;
}

/** By a part of the name or of the description, or id; the built-in ones first. There are few of either. */
export async function findProfiles(
  executor: Executor,
  { text, limit }: Search,
): Promise<readonly FoundProfile[]> {
  const part = foldCase(text);
  const builtIn = BUILT_IN_PROFILES.filter(({ name, description }) =>
    [name, description].some((reported) => foldCase(reported).includes(part)),
  ).map(({ name, description }) => ({ id: name, name, description, isBuiltIn: true }));
  const { rows } = await sql<Omit<FoundProfile, 'isBuiltIn'>>`
    SELECT uid AS id, name, description FROM scan_profiles
    WHERE lower(name COLLATE "C") LIKE ${`%${likeText(text)}%`} OR lower(description COLLATE "C") LIKE ${`%${likeText(text)}%`}
      OR uid = ${isUid(text) ? text : null}::uuid
    ORDER BY lower(name), id LIMIT ${limit}`.execute(executor);
  return [...builtIn, ...rows.map((row) => ({ ...row, isBuiltIn: false }))].slice(0, limit);
}

export interface FoundScan {
  readonly uid: string;
  readonly name: string | null;
  readonly targets: readonly string[];
  readonly status: ScanStatus;
  readonly createdAt: Date;
}

/** By words of the name, the beginning of a target as it was written, or id; the newest first. */
export async function findScans(executor: Executor, { text, limit }: Search): Promise<readonly FoundScan[]> {
  const match = isUid(text)
    ? sql`job.uid = ${text}::uuid`
    : sql`scan_search_terms(coalesce(job.name, ''), job.targets) @@ ${termQuery(text)}::tsquery`;
  const { rows } = await sql<FoundScan>`
    SELECT job.uid, job.name, job.targets[1:4] AS targets, job.status, job.created_at AS "createdAt"
    FROM scan_jobs job WHERE job.deleted_at IS NULL AND ${match}
    ORDER BY job.created_at DESC, job.id DESC LIMIT ${limit}`.execute(executor);
  return rows;
}
