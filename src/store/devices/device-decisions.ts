import { sql } from 'kysely';
import type { DecisionKind } from '#domain/devices/device.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { beginsSo } from '#store/database/uid-prefix.js';
import { undoChainOf } from '#store/edits/undo-chain.js';
import type { Page } from '#store/scans/scan-views.js';

/** A stay that a decision names. */
export interface NamedBinding {
  readonly bindingId: number;
  readonly side: 0 | 1;
}

export interface NewDecision {
  readonly uid: string;
  readonly siteId: number;
  readonly kind: DecisionKind;
  readonly actor: string;
  readonly undoes: number | null;
  readonly bindings: readonly NamedBinding[];
}

/** Writes down what a person decided. */
export async function insertDecision(executor: Executor, decision: NewDecision): Promise<void> {
  const { uid, siteId, kind, actor, undoes, bindings } = decision;
  await sql`
    WITH created AS (
      INSERT INTO device_decisions (uid, site_id, kind, actor, undoes)
      VALUES (${uid}, ${siteId}, ${kind}, ${actor}, ${undoes}) RETURNING id
    )
    INSERT INTO device_decision_bindings (decision_id, binding_id, side)
    SELECT created.id, reported.binding_id, reported.side FROM created, unnest(${bindings.map(({ bindingId }) => bindingId)}::bigint[],
      ${bindings.map(({ side }) => side)}::int[]) AS reported(binding_id, side) ORDER BY reported.binding_id`.execute(
    executor,
  );
}

/** A decision as a person reads it. */
export interface DecisionView {
  readonly id: number;
  readonly uid: string;
  readonly siteId: number;
  readonly kind: DecisionKind;
  readonly actor: string;
  readonly createdAt: Date;
  /** The decision that it took back. */
  readonly undoes: string | null;
  /** Where it is taken back, or stands again after it was: the last decision that did so. */
  readonly undoneBy: string | null;
  readonly recreatedBy: string | null;
  /** Addresses that it names, those of one side and of the other. */
  readonly addresses: readonly string[];
  readonly others: readonly string[];
}

const ADDRESSES_OF = (side: number) => sql`
  ARRAY(SELECT DISTINCT host.ip_address FROM device_decision_bindings named JOIN device_bindings binding ON binding.id = named.binding_id
    JOIN hosts host ON host.id = binding.host_id
    WHERE named.decision_id = decision.id AND named.side = ${side} ORDER BY host.ip_address LIMIT ${MAX_ADDRESSES_SHOWN})`;
const MAX_ADDRESSES_SHOWN = 20;

const DECISION_VIEW = sql`
  SELECT decision.id, decision.uid, decision.site_id AS "siteId", decision.kind, decision.actor, decision.created_at AS "createdAt",
    undone.uid AS undoes, undo_chain.undone_by AS "undoneBy", undo_chain.recreated_by AS "recreatedBy",
    ARRAY(SELECT host(address) FROM unnest(${ADDRESSES_OF(0)}) AS address) AS addresses,
    ARRAY(SELECT host(address) FROM unnest(${ADDRESSES_OF(1)}) AS address) AS others
  FROM device_decisions decision LEFT JOIN device_decisions undone ON undone.id = decision.undoes
    LEFT JOIN LATERAL ${undoChainOf('device_decisions', sql`decision.id`)} ON true`;

export async function listDecisions(
  executor: Executor,
  page: Page,
  beginning?: string,
): Promise<readonly DecisionView[]> {
  const { rows } = await sql<DecisionView>`
    ${DECISION_VIEW} WHERE ${beginsSo(sql`decision.uid`, beginning)} ORDER BY decision.id DESC LIMIT ${page.limit} OFFSET ${page.offset}`.execute(
    executor,
  );
  return rows;
}

export async function countDecisions(executor: Executor, beginning?: string): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`SELECT count(*) AS count FROM device_decisions WHERE ${beginsSo(sql`uid`, beginning)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** The newest decisions that name a stay of a device. */
export async function decisionsOfDevice(
  executor: Executor,
  deviceId: number,
  limit: number,
): Promise<readonly DecisionView[]> {
  const { rows } = await sql<DecisionView>`
    ${DECISION_VIEW} WHERE decision.id IN (SELECT named.decision_id FROM device_hosts own
      JOIN device_decision_bindings named ON named.binding_id = own.binding_id WHERE own.device_id = ${deviceId})
    ORDER BY decision.id DESC LIMIT ${limit}`.execute(executor);
  return rows;
}

/** One decision; `not_found`. */
export async function findDecision(executor: Executor, uid: string): Promise<DecisionView> {
  const { rows } = await sql<DecisionView>`${DECISION_VIEW} WHERE decision.uid = ${uid}`.execute(executor);
  const row = rows[0];
  if (row === undefined)
    throw new ScanoramaError('not_found', `There is no decision with the id ${uid}.`, {
      at: uid,
      hint: '`scanorama devices decisions` shows what was decided.',
    });
  return row;
}

/** What decisions are called, in the order in which they were made. */
export async function decisionUids(executor: Executor, ids: readonly number[]): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT uid FROM device_decisions WHERE id = ANY(${ids}::bigint[]) ORDER BY id`.execute(executor);
  return rows.map(({ uid }) => uid);
}

export async function bindingsOfDecision(
  executor: Executor,
  decisionId: number,
): Promise<readonly NamedBinding[]> {
  const { rows } = await sql<NamedBinding>`
    SELECT binding_id AS "bindingId", side FROM device_decision_bindings WHERE decision_id = ${decisionId} ORDER BY binding_id`.execute(
    executor,
  );
  return rows;
}

/** The stays of devices, each with its address. */
export interface DeviceBinding {
  readonly bindingId: number;
  readonly bindingUid: string;
  readonly hostId: number;
  readonly address: string;
  readonly deviceId: number;
}

export async function bindingsOfDevices(
  executor: Executor,
  deviceIds: readonly number[],
): Promise<readonly DeviceBinding[]> {
  const { rows } = await sql<DeviceBinding>`
    SELECT DISTINCT own.binding_id AS "bindingId", binding.uid AS "bindingUid", own.host_id AS "hostId", host(host.ip_address) AS address,
      own.device_id AS "deviceId"
    FROM device_hosts own JOIN device_bindings binding ON binding.id = own.binding_id JOIN hosts host ON host.id = own.host_id
    WHERE own.device_id = ANY(${deviceIds}::bigint[]) ORDER BY own.binding_id`.execute(executor);
  return rows;
}

/** Hosts of stays, and the devices that have the stays now. */
export async function placesOfBindings(
  executor: Executor,
  bindingIds: readonly number[],
): Promise<{ readonly hostIds: readonly number[]; readonly deviceIds: readonly number[] }> {
  const { rows } = await sql<{ hostId: number; deviceId: number | null }>`
    SELECT DISTINCT binding.host_id AS "hostId", own.device_id AS "deviceId"
    FROM device_bindings binding LEFT JOIN device_hosts own ON own.binding_id = binding.id
    WHERE binding.id = ANY(${bindingIds}::bigint[])`.execute(executor);
  return {
    hostIds: [...new Set(rows.map(({ hostId }) => hostId))],
    deviceIds: [...new Set(rows.flatMap(({ deviceId }) => (deviceId === null ? [] : [deviceId])))],
  };
}
