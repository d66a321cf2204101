import { sql } from 'kysely';
import { type Service, serviceValue } from '#domain/enrichment/finding.js';
import { labelKey } from '#domain/fields/label-name.js';
import type { FilterableHost, FilterablePort, FilterableValue } from '#domain/filter/field-spec.js';
import { completenessOf, isMoreThanAddress } from '#domain/hosts/completeness.js';
import { HOST_STATUSES } from '#domain/hosts/host-status.js';
import type { Executor } from '#store/database/database.js';
import { seededRandom } from '../programs/seeded-random.ts';

/** The end of time spans; all stored observations are before it, at full hours. */
export const FILTER_NOW = new Date('2026-06-30T12:00:00Z');
const HOUR_MS = 3_600_000;
const HOURS_BACK = 60 * 24;

/** Texts with characters special to a statement, a pattern or a quotation, and texts that differ only in case. */
export const HOSTILE_TEXTS = [
  'web-01.example',
  'WEB-02.Example',
  'printer',
  'a*b',
  '100%',
  'a_b',
  'back\\slash',
  'quote"in',
  "it's",
  "'; DROP TABLE hosts; --",
  'Größe 測定 🛰',
  'İstanbul',
  'and',
  '(x), y:z=1',
  '"name":"x"',
] as const;
const SITES = ['default', 'West Wing'] as const;
const NETWORKS = [
  { site: 0, cidr: '198.18.0.0/25', name: 'Office' },
  { site: 0, cidr: '198.18.0.64/26', name: 'lab' },
  { site: 1, cidr: 'fd00::/120', name: 'office' },
] as const;

/** The hosts that are generated from these numbers are what is tested. */
const SEED = 20_261_125;

/** This many hosts of two sites, IPv4 and IPv6, any of whose properties may be unknown. */
export function filterableHosts(count: number): readonly StorableHost[] {
  const next = seededRandom(SEED);
  const maybe = (): string | null =>
    next(3) === 0 ? null : (HOSTILE_TEXTS[next(HOSTILE_TEXTS.length)] ?? null);
  return Array.from({ length: count }, (_, index): StorableHost => {
    const siteIndex = index % 3 === 2 ? 1 : 0;
    const firstHour = next(HOURS_BACK);
    const lastHour = next(firstHour + 1);
    const byte = index % 250;
    const host = {
      address: siteIndex === 0 ? `198.18.0.${byte}` : `fd00::${byte.toString(16)}`,
      site: SITES[siteIndex],
      networks: NETWORKS.filter(
        ({ site }, at) =>
          site === siteIndex && (at !== 0 || byte < 128) && (at !== 1 || (byte >= 64 && byte < 128)),
      ).map(({ name }) => name),
      hostname: maybe(),
      customName: next(3) === 0 ? maybe() : null,
      mac: next(2) === 0 ? null : `00:53:0${next(4)}:00:00:${byte.toString(16).padStart(2, '0')}`,
      vendor: maybe(),
      osFamily: next(2) === 0 ? null : (['Linux', 'Windows'][next(2)] ?? null),
      osName: next(2) === 0 ? null : (['Linux 5.4', 'Windows 11 "Pro"'][next(2)] ?? null),
      status: HOST_STATUSES[next(HOST_STATUSES.length)] ?? 'up',
      isFlapping: next(4) === 0,
      isIgnored: next(4) === 0,
      ...timed(next),
      firstSeenMs: FILTER_NOW.getTime() - firstHour * HOUR_MS,
      lastSeenMs: FILTER_NOW.getTime() - lastHour * HOUR_MS,
      changedMs: FILTER_NOW.getTime() - next(firstHour + 1) * HOUR_MS,
      openPorts: openPorts(next),
      ...editsOf(next, siteIndex === 0 && byte < 128),
    };
    return { ...host, completenessScore: scoreOf(host) };
  });
}

/** All its ports were seen just now, and its MAC address is a universally administered one. */
function scoreOf(host: Omit<StorableHost, 'completenessScore'>): number {
  const { osFamily, osName, openPorts, hostname, customName, mac, lastSeenMs } = host;
  const evidence = {
    hasSystem: osFamily !== null || osName !== null,
    openPorts: openPorts.length,
    freshTcp: openPorts.length,
    freshUdp: 0,
    namedTcp: openPorts.filter(({ service }) => service !== null).length,
    namedUdp: 0,
    wasExamined: false,
    hasName: customName !== null || (hostname !== null && isMoreThanAddress(hostname)),
    hasAssignedMac: mac !== null,
    hasKey: false,
    lastSeenMs,
  };
  return completenessOf(evidence, FILTER_NOW.getTime()).score;
}

const OWNERS = ['Net team', 'desk', 'İstanbul'] as const;
const GROUPS = ['printers', 'Office', 'a_b'] as const;
const TAGS = ['web', 'WEB-0', "it's", 'Größe', 'office'] as const;
const OWN_FIELDS = {
  rack: ['number', '7', '-1.5', '10', '12.25'],
  due: ['date', '2026-01-31', '2026-11-25', '2027-01-01'],
  vip: ['flag', 'true', 'false'],
  tier: ['choice', 'gold', 'Silver'],
  label: ['text', '7', ...HOSTILE_TEXTS],
} as const;

/** A host with its own properties and those that its network gives it. */
type StorableHost = FilterableHost & ReturnType<typeof timed> & { readonly ownOwner: string | null };

/** Responses and their total time; two are too few for an average. */
function timed(next: (below: number) => number) {
  const [answers, each] = [next(6), next(7)];
  const roundTripMs = answers < 3 ? null : each;
  return { answers, sumUs: answers === 0 ? null : answers * each * 1_000, roundTripMs };
}

/** Annotations of a host; those in the first network have its owner where they have none. */
function editsOf(next: (below: number) => number, isInOffice: boolean) {
  const some = <Item>(items: readonly Item[]) => items.filter(() => next(3) === 0);
  const ownOwner = next(3) === 0 ? (OWNERS[next(OWNERS.length)] ?? null) : null;
  return {
    tags: some(TAGS),
    groups: some(GROUPS),
    owner: ownOwner ?? (isInOffice ? OWNERS[1] : null),
    ownOwner,
    notes: some(HOSTILE_TEXTS).slice(0, 2),
    fields: Object.entries(OWN_FIELDS).flatMap(([name, [type, ...values]]): FilterableValue[] => {
      const value = next(2) === 0 ? undefined : values[next(values.length)];
      return value === undefined ? [] : [{ name, type, value }];
    }),
  };
}

function openPorts(next: (below: number) => number): readonly FilterablePort[] {
  return [22, 53, 80, 443, 8080].flatMap((port) =>
    (['tcp', 'udp'] as const).flatMap((protocol): FilterablePort[] => {
      if (next(5) > 0) return [];
      const text = () => (next(2) === 0 ? undefined : HOSTILE_TEXTS[next(HOSTILE_TEXTS.length)]);
      const service: Service = {
        name: text() ?? 'http',
        product: text(),
        version: text(),
        extraInfo: text(),
      };
      return [{ protocol, port, service: next(3) === 0 ? null : service }];
    }),
  );
}

/** Stores these hosts, with a history that agrees with them, and with other rows that no filter may count. */
export async function storeFilterableHosts(
  executor: Executor,
  hosts: readonly StorableHost[],
): Promise<void> {
  await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), ${SITES[1]})`.execute(executor);
  for (const { site, cidr, name } of NETWORKS)
    await sql`INSERT INTO networks (uid, site_id, cidr, name)
      SELECT gen_random_uuid(), id, ${cidr}, ${name} FROM sites WHERE name = ${SITES[site]}`.execute(
      executor,
    );
  await sql`INSERT INTO hosts (uid, site_id, ip_address, hostname, mac_address, vendor, os_family, os_name, status,
      custom_name, flapping, ignored, rtt_count, rtt_sum_us, rtt_min_us, rtt_max_us, status_observed_at, first_seen, last_seen)
    SELECT gen_random_uuid(), site.id, reported.address::inet, hostname, mac::macaddr, vendor, "osFamily", "osName", status,
      "customName", "isFlapping", "isIgnored", answers, "sumUs", "sumUs" / answers, "sumUs" / answers, to_timestamp("firstSeenMs" / 1000.0), to_timestamp("firstSeenMs" / 1000.0), to_timestamp("lastSeenMs" / 1000.0)
    FROM jsonb_to_recordset(${JSON.stringify(hosts)}::jsonb) AS reported(address text, site text, hostname text, mac text,
      vendor text, "osFamily" text, "osName" text, status text, "customName" text, "isFlapping" boolean, "isIgnored" boolean, answers bigint, "sumUs" bigint, "firstSeenMs" bigint, "lastSeenMs" bigint)
    JOIN sites site ON site.name = reported.site`.execute(executor);
  await storeAnnotations(executor, hosts);
  await storePorts(executor, hosts);
  await storeHistory(executor, hosts);
}

const named = (names: readonly string[]) =>
  sql`unnest(${names}::text[], ${names.map(labelKey)}::text[]) AS given(name, key)`;

/** By rows alone: that edits produce the same is covered by other tests. */
async function storeAnnotations(executor: Executor, hosts: readonly StorableHost[]): Promise<void> {
  const fields = Object.entries(OWN_FIELDS).map(([name, [type]]) => ({ name, type }));
  await sql`WITH tag AS (INSERT INTO tags (uid, name, key, created_by, updated_by)
      SELECT gen_random_uuid(), name, key, 'test', 'test' FROM ${named(TAGS)}),
    listed AS (INSERT INTO host_groups (uid, name, key, kind, created_by, updated_by)
      SELECT gen_random_uuid(), name, key, 'static', 'test', 'test' FROM ${named(GROUPS)}),
    owner AS (INSERT INTO owners (uid, name, key, created_by, updated_by)
      SELECT gen_random_uuid(), name, key, 'test', 'test' FROM ${named(OWNERS)})
    INSERT INTO custom_fields (uid, name, type, choices, created_by, updated_by)
      SELECT gen_random_uuid(), name, type, CASE type WHEN 'choice' THEN ARRAY['gold', 'Silver'] END, 'test', 'test'
      FROM jsonb_to_recordset(${JSON.stringify(fields)}::jsonb) AS reported(name text, type text)`.execute(
    executor,
  );
  const host = sql`FROM jsonb_to_recordset(${JSON.stringify(hosts)}::jsonb)
      AS reported(address text, site text, tags jsonb, groups jsonb, "ownOwner" text, notes jsonb, fields jsonb)
    JOIN hosts host ON host.ip_address = reported.address::inet JOIN sites site ON site.id = host.site_id AND site.name = reported.site`;
  await sql`WITH tagged AS (INSERT INTO host_tags (host_id, tag_id)
      SELECT host.id, tag.id ${host} JOIN tags tag ON reported.tags ? tag.name),
    member AS (INSERT INTO host_group_members (host_id, group_id)
      SELECT host.id, listed.id ${host} JOIN host_groups listed ON reported.groups ? listed.name),
    owned AS (INSERT INTO host_owners (host_id, owner_id)
      SELECT host.id, owner.id ${host} JOIN owners owner ON owner.name = reported."ownOwner"),
    network AS (INSERT INTO network_owners (network_id, owner_id, assigned_by)
      SELECT network.id, owner.id, 'test' FROM networks network, owners owner
      WHERE network.name = 'Office' AND owner.name = ${OWNERS[1]}),
    noted AS (INSERT INTO host_notes (uid, host_id, text, author)
      SELECT gen_random_uuid(), host.id, note, 'test' ${host} CROSS JOIN jsonb_array_elements_text(reported.notes) AS note),
    gone AS (INSERT INTO host_notes (uid, host_id, text, author, removed_at)
      SELECT gen_random_uuid(), host.id, 'web-01.example', 'test', now() ${host})
    INSERT INTO host_field_values (host_id, field_id, type, value)
      SELECT host.id, field.id, field.type, own.value ${host}
      CROSS JOIN jsonb_to_recordset(reported.fields) AS own(name text, type text, value text)
      JOIN custom_fields field ON field.name = own.name`.execute(executor);
}

async function storePorts(executor: Executor, hosts: readonly FilterableHost[]): Promise<void> {
  const ports = hosts.flatMap(({ address, site, openPorts }) =>
    openPorts.map(({ protocol, port, service }) => ({
      address,
      site,
      protocol,
      port,
      service: service === null ? null : (serviceValue(service) ?? null),
    })),
  );
  // A port that was open once is not an open port, whatever listened there.
  const closed = hosts.map(({ address, site }) => {
    const service = serviceValue({ name: 'once', product: 'once' }) ?? null;
    return { address, site, protocol: 'tcp', port: 9, service };
  });
  for (const [state, reported] of [
    ['open', ports],
    ['closed', closed],
  ] as const) {
    const rows = sql`(SELECT host.id AS host_id, protocol, port, service FROM jsonb_to_recordset(${JSON.stringify(reported)}::jsonb)
      AS reported(address text, site text, protocol text, port int, service text)
      JOIN hosts host ON host.ip_address = reported.address::inet JOIN sites site ON site.id = host.site_id AND site.name = reported.site) AS row`;
    await sql`INSERT INTO host_ports (host_id, protocol, port, state, reason, observed_at, first_seen, last_seen)
      SELECT host_id, protocol, port, ${state}, 'syn-ack', now(), now(), now() FROM ${rows}`.execute(
      executor,
    );
    await sql`INSERT INTO host_facts (host_id, fact, protocol, port, value, observed_at)
      SELECT host_id, 'service', protocol, port, service, now() FROM ${rows} WHERE service IS NOT NULL`.execute(
      executor,
    );
  }
}

/** Each fact began when the host was first seen, except for one port that closed at its last change. */
async function storeHistory(executor: Executor, hosts: readonly FilterableHost[]): Promise<void> {
  await sql`INSERT INTO host_history (host_id, fact, new_value, observed_at)
    SELECT id, fact, value, first_seen FROM hosts, LATERAL (VALUES ('status', status), ('hostname', hostname),
      ('mac_address', mac_address::text), ('vendor', vendor), ('os_family', os_family), ('os_name', os_name),
      ('custom_name', custom_name), ('flapping', flapping::text), ('ignored', ignored::text)) AS reported(fact, value)
    WHERE value IS NOT NULL`.execute(executor);
  await sql`INSERT INTO host_history (host_id, fact, protocol, port, new_value, reason, observed_at)
    SELECT host_id, 'port', protocol, port, 'open', 'syn-ack', host.first_seen
    FROM host_ports JOIN hosts host ON host.id = host_id`.execute(executor);
  await sql`INSERT INTO host_history (host_id, fact, protocol, port, old_value, new_value, reason, shard_number, observed_at)
    SELECT host.id, 'port', 'tcp', 9, 'open', 'closed', 'conn-refused', 1, to_timestamp("changedMs" / 1000.0)
    FROM jsonb_to_recordset(${JSON.stringify(hosts)}::jsonb) AS reported(address text, site text, "changedMs" bigint)
    JOIN hosts host ON host.ip_address = reported.address::inet JOIN sites site ON site.id = host.site_id AND site.name = reported.site`.execute(
    executor,
  );
}
