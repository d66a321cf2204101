import { type RawBuilder, sql } from 'kysely';
import { isAssignedMac, VIRTUAL_ROUTERS } from '#domain/addresses/mac-kind.js';
import {
  COMPLETENESS_FRESH_MS,
  EMPTY_NAME,
  type HostEvidence,
  isMoreThanAddress,
  POINTS_PER_PART,
  RECENTLY_SEEN_MS,
} from '#domain/hosts/completeness.js';
import { LISTED_PORT_STATES } from '#domain/ports/port-state.js';
import { PRINT_PORTS } from '#domain/ports/print-ports.js';
import type { SmartScanStage } from '#domain/smart-scan/smart-scan.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';

const stageName = (stage: SmartScanStage) => sql.lit(stage);
const before = (now: Date, spanMs: number) => sql`${new Date(now.getTime() - spanMs)}::timestamptz`;

/** What listens there is never asked, so it does not count as unknown. */
const PRINTS = sql`(port.protocol = 'tcp' AND port.port BETWEEN ${sql.lit(PRINT_PORTS.first)} AND ${sql.lit(PRINT_PORTS.last)})`;

/** Counts of the open ports of the row `host`: one row. Port 0, of which a report may tell, no scan asks. */
const portCounts = (now: Date) => sql`(
  SELECT count(*)::int AS open,
    (count(*) FILTER (WHERE is_fresh AND protocol = 'tcp'))::int AS fresh_tcp,
    (count(*) FILTER (WHERE is_fresh AND protocol = 'udp'))::int AS fresh_udp,
    (count(*) FILTER (WHERE is_fresh AND is_named AND protocol = 'tcp'))::int AS named_tcp,
    (count(*) FILTER (WHERE is_fresh AND is_named AND protocol = 'udp'))::int AS named_udp
  FROM (
    SELECT port.protocol, port.last_seen >= ${before(now, COMPLETENESS_FRESH_MS)} AS is_fresh, ${PRINTS} OR EXISTS (
      SELECT FROM host_facts fact WHERE fact.host_id = port.host_id AND fact.fact = 'service'
        AND fact.protocol = port.protocol AND fact.port = port.port) AS is_named
    FROM host_ports port WHERE port.host_id = host.id AND port.port > 0 AND port.state IN (${valueList(LISTED_PORT_STATES)})) AS port)`;

/** Whether smart scan looked for ports of the row `host` lately, and heard it. */
const wasExamined = (now: Date) => sql`EXISTS (
  SELECT FROM smart_scan_attempts attempt WHERE attempt.host_id = host.id AND attempt.stage = ${stageName('port_expansion')}
    AND attempt.received AND attempt.ended_at >= ${before(now, COMPLETENESS_FRESH_MS)})`;

const HAS_SYSTEM = sql`(host.os_family IS NOT NULL OR host.os_name IS NOT NULL)`;
/** `isAssignedMac`: neither of the two lowest bits of the first byte. */
const HAS_ASSIGNED_MAC = sql`(host.mac_address IS NOT NULL AND substr(host.mac_address::text, 2, 1) IN ('0', '4', '8', 'c')
  AND host.mac_address <> '00:00:00:00:00:00'
  AND host.mac_address::text NOT LIKE ALL (${VIRTUAL_ROUTERS.map((prefix) => `${prefix}%`)}::text[]))`;
const HAS_NAME = sql`(host.custom_name IS NOT NULL OR (host.hostname IS NOT NULL AND host.hostname !~* ${sql.lit(EMPTY_NAME)}))`;

const HAS_KEY = sql`EXISTS (SELECT FROM host_facts fact
  WHERE fact.host_id = host.id AND fact.fact IN ('ssh_host_key', 'tls_certificate'))`;

/** The score of the row `host` of `hosts`, as `completenessOf` counts it. */
export function completenessScore(now: Date): RawBuilder<number> {
  const all = sql.lit(POINTS_PER_PART);
  return sql<number>`(
    SELECT CASE WHEN ${HAS_SYSTEM} THEN ${all} ELSE 0 END
      + CASE WHEN known.fresh_tcp + known.fresh_udp > 0
          THEN ${all} + ${all} * (known.named_tcp + known.named_udp) / (known.fresh_tcp + known.fresh_udp)
          WHEN known.open = 0 AND ${wasExamined(now)} THEN 2 * ${all} ELSE 0 END
      + CASE WHEN ${HAS_NAME} OR ${HAS_ASSIGNED_MAC} OR ${HAS_KEY} THEN ${all} ELSE 0 END
      + CASE WHEN host.last_seen >= ${before(now, RECENTLY_SEEN_MS)} THEN ${all}
          WHEN host.last_seen >= ${before(now, COMPLETENESS_FRESH_MS)} THEN ${all} / 2 ELSE 0 END
    FROM ${portCounts(now)} AS known)`;
}

interface EvidenceRow {
  readonly id: number;
  readonly hasSystem: boolean;
  readonly customName: string | null;
  readonly hostname: string | null;
  readonly mac: string | null;
  readonly lastSeen: Date;
  readonly openPorts: number;
  readonly freshTcp: number;
  readonly freshUdp: number;
  readonly namedTcp: number;
  readonly namedUdp: number;
  readonly wasExamined: boolean;
  readonly hasKey: boolean;
}

/** What the scores of some hosts are told from, by their ids. */
export async function evidenceOf(
  executor: Executor,
  hostIds: readonly number[],
  now: Date,
): Promise<ReadonlyMap<number, HostEvidence>> {
  const { rows } = await sql<EvidenceRow>`
    SELECT host.id, ${HAS_SYSTEM} AS "hasSystem", host.custom_name AS "customName", host.hostname,
      host.mac_address::text AS mac, host.last_seen AS "lastSeen", known.open AS "openPorts",
      known.fresh_tcp AS "freshTcp", known.fresh_udp AS "freshUdp", known.named_tcp AS "namedTcp",
      known.named_udp AS "namedUdp", ${wasExamined(now)} AS "wasExamined", ${HAS_KEY} AS "hasKey"
    FROM hosts host CROSS JOIN LATERAL ${portCounts(now)} AS known
    WHERE host.id = ANY(${[...hostIds]}::bigint[])`.execute(executor);
  return new Map(rows.map((row) => [row.id, toEvidence(row)]));
}

function toEvidence({ id: _id, customName, hostname, mac, lastSeen, ...counts }: EvidenceRow): HostEvidence {
  return {
    ...counts,
    hasName: customName !== null || (hostname !== null && isMoreThanAddress(hostname)),
    hasAssignedMac: mac !== null && isAssignedMac(mac),
    lastSeenMs: lastSeen.getTime(),
  };
}
