import { type RawBuilder, sql } from 'kysely';
import { type DecisionKind, EVIDENCE_GAP_MS, type EvidenceKind } from '#domain/devices/device.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import type { LinkRule } from '#store/devices/device-evidence.js';

/** Hosts that are computed together at most, with all that connects them. */
export const MAX_COMPONENT_HOSTS = 50_000;

/** A part of a site. */
export interface Part {
  readonly siteId: number;
  readonly hostIds: readonly number[];
}

/**
 * These hosts and all that anything connects them with: a value that is not common, a device, a decision. Whatever is
 * computed of them is not changed by anybody else.
 */
export async function connectedHosts(
  executor: Executor,
  { siteId, hostIds }: Part,
  rules: readonly LinkRule[],
): Promise<readonly number[]> {
  const found = new Set(hostIds);
  for (let frontier = hostIds; frontier.length > 0; ) {
    const next = await neighbors(executor, { siteId, hostIds: frontier }, rules);
    frontier = next.filter((id) => !found.has(id));
    for (const id of frontier) found.add(id);
    if (found.size > MAX_COMPONENT_HOSTS) throw tooConnected();
  }
  return [...found].sort((a, b) => a - b);
}

function tooConnected(): ScanoramaError {
  const most = MAX_COMPONENT_HOSTS.toLocaleString('en');
  return new ScanoramaError('conflict', `More than ${most} addresses would have to be told apart together.`, {
    facts: { limit: MAX_COMPONENT_HOSTS },
  });
}

async function neighbors(
  executor: Executor,
  { siteId, hostIds }: Part,
  rules: readonly LinkRule[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ hostId: number }>`
    WITH ${valuesOf({ siteId, hostIds }, rules)}
    SELECT theirs.host_id AS "hostId" FROM valued JOIN device_evidence theirs
      ON theirs.site_id = ${siteId} AND theirs.kind = valued.kind AND theirs.value = valued.value
    WHERE NOT valued.is_common
    UNION SELECT theirs.host_id FROM device_hosts own JOIN device_hosts theirs ON theirs.device_id = own.device_id
    WHERE own.host_id = ANY(${hostIds}::bigint[])
    UNION SELECT other.host_id FROM device_bindings own JOIN device_decision_bindings named ON named.binding_id = own.id
      JOIN device_decision_bindings with_it ON with_it.decision_id = named.decision_id
      JOIN device_bindings other ON other.id = with_it.binding_id
    WHERE own.host_id = ANY(${hostIds}::bigint[])`.execute(executor);
  return rows.map(({ hostId }) => hostId);
}

/** `valued`: the values of these hosts that can link, each with whether it is common; never more is counted than decides it. */
function valuesOf({ siteId, hostIds }: Part, rules: readonly LinkRule[]): RawBuilder<unknown> {
  const most = Math.max(0, ...rules.map(({ commonAbove }) => commonAbove)) + 1;
  return sql`
    own AS MATERIALIZED (
      SELECT DISTINCT own.kind, own.value, rule.common_above FROM device_evidence own
        JOIN unnest(${rules.map((r) => r.kind)}::text[], ${rules.map((r) => r.commonAbove)}::int[]) AS rule(kind, common_above)
          ON rule.kind = own.kind
      WHERE own.host_id = ANY(${hostIds}::bigint[])
    ), valued AS MATERIALIZED (
      SELECT own.kind, own.value, counted.hosts > own.common_above AS is_common
      FROM own CROSS JOIN LATERAL (SELECT count(*) AS hosts FROM (
        SELECT DISTINCT host_id FROM device_evidence had
        WHERE had.site_id = ${siteId} AND had.kind = own.kind AND had.value = own.value LIMIT ${most}) AS each_host) AS counted)`;
}

export interface EvidenceRow {
  readonly hostId: number;
  readonly kind: EvidenceKind;
  readonly value: string;
  readonly isCommon: boolean;
  /** First and last sightings of each time, milliseconds since 1970. */
  readonly fromMs: readonly number[];
  readonly toMs: readonly number[];
  /** The scans of the first sighting and of the last one. */
  readonly firstScan: number;
  readonly lastScan: number;
}

const milliseconds = (timestamp: RawBuilder<unknown>) =>
  sql`floor(extract(epoch FROM ${timestamp}) * 1000)::float8`;

/** Everything that was seen at these hosts. */
export async function evidenceOf(
  executor: Executor,
  part: Part,
  rules: readonly LinkRule[],
): Promise<readonly EvidenceRow[]> {
  const { rows } = await sql<EvidenceRow>`
    WITH ${valuesOf(part, rules)}
    SELECT seen.host_id AS "hostId", seen.kind, seen.value, coalesce(valued.is_common, false) AS "isCommon",
      seen.first_job_id AS "firstScan", seen.last_job_id AS "lastScan",
      ARRAY(SELECT ${milliseconds(sql`lower(time)`)} FROM unnest(seen.seen) AS time ORDER BY time) AS "fromMs",
      ARRAY(SELECT ${milliseconds(sql`upper(time) - ${EVIDENCE_GAP_MS} * interval '1 millisecond'`)}
        FROM unnest(seen.seen) AS time ORDER BY time) AS "toMs"
    FROM device_evidence seen LEFT JOIN valued ON valued.kind = seen.kind AND valued.value = seen.value
    WHERE seen.host_id = ANY(${part.hostIds}::bigint[])
    ORDER BY seen.host_id, seen.kind, seen.value, seen.port`.execute(executor);
  return rows;
}

export interface BindingRow {
  readonly id: number;
  readonly hostId: number;
  readonly mac: string | null;
}

export async function bindingsOf(
  executor: Executor,
  hostIds: readonly number[],
): Promise<readonly BindingRow[]> {
  const { rows } = await sql<BindingRow>`
    SELECT id, host_id AS "hostId", mac::text AS mac FROM device_bindings WHERE host_id = ANY(${hostIds}::bigint[])
    ORDER BY id`.execute(executor);
  return rows;
}

export interface NewBinding {
  readonly uid: string;
  readonly hostId: number;
  readonly mac: string | null;
}

/** Makes stays that are not there, in this order. */
export async function insertBindings(executor: Executor, bindings: readonly NewBinding[]): Promise<void> {
  if (bindings.length === 0) return;
  await sql`
    INSERT INTO device_bindings (uid, host_id, mac)
    SELECT uid, host_id, mac FROM unnest(${bindings.map((s) => s.uid)}::uuid[], ${bindings.map((s) => s.hostId)}::bigint[],
      ${bindings.map((s) => s.mac)}::macaddr[]) WITH ORDINALITY AS reported(uid, host_id, mac, place) ORDER BY place`.execute(
    executor,
  );
}

/** Tells of stays whose machine was not known which MAC address it has. */
export async function nameBindings(
  executor: Executor,
  named: readonly { readonly id: number; readonly mac: string }[],
): Promise<void> {
  if (named.length === 0) return;
  await sql`
    UPDATE device_bindings SET mac = reported.mac
    FROM unnest(${named.map((n) => n.id)}::bigint[], ${named.map((n) => n.mac)}::macaddr[]) AS reported(id, mac)
    WHERE device_bindings.id = reported.id AND device_bindings.mac IS NULL`.execute(executor);
}

export interface DecisionRow {
  readonly id: number;
  readonly kind: DecisionKind;
  readonly undoes: number | null;
  readonly bindings: readonly { readonly bindingId: number; readonly side: number }[];
}

/** Every decision that names a stay of these hosts, with all that it names. */
export async function decisionsOf(
  executor: Executor,
  hostIds: readonly number[],
): Promise<readonly DecisionRow[]> {
  const { rows } = await sql<DecisionRow>`
    SELECT decision.id, decision.kind, decision.undoes,
      (SELECT jsonb_agg(jsonb_build_object('bindingId', named.binding_id, 'side', named.side) ORDER BY named.binding_id)
        FROM device_decision_bindings named WHERE named.decision_id = decision.id) AS bindings
    FROM device_decisions decision WHERE decision.id IN (
      SELECT named.decision_id FROM device_bindings own JOIN device_decision_bindings named ON named.binding_id = own.id
      WHERE own.host_id = ANY(${hostIds}::bigint[]))
    ORDER BY decision.id`.execute(executor);
  return rows;
}
