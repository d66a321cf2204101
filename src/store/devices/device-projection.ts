import { sql } from 'kysely';
import type { DeviceKind } from '#domain/devices/device.js';
import type { Executor } from '#store/database/database.js';
import type { Part } from '#store/devices/device-component.js';

/** Since when an address belongs to a stay and its device. */
export interface HeldAddress {
  readonly hostId: number;
  /** Negative infinity: since ever. Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly bindingId: number;
  readonly deviceId: number;
}

export interface StoredSuggestion {
  readonly oneId: number;
  readonly otherId: number;
  readonly score: number;
  readonly reasons: readonly string[];
  readonly veto: string | null;
}

/** All that is stored of the devices of a part of a site. */
export interface Projection {
  readonly devices: readonly { readonly id: number; readonly kind: DeviceKind }[];
  readonly held: readonly HeldAddress[];
  readonly suggestions: readonly StoredSuggestion[];
}

/**
 * Makes the stored devices of a part what they were computed to be; what is so already is not written. Gives how many rows
 * changed. Needs the device turn of the site.
 */
export async function writeProjection(
  executor: Executor,
  part: Part,
  { devices, held, suggestions }: Projection,
): Promise<number> {
  const ids = devices.map(({ id }) => id);
  const created = await sql`
    INSERT INTO devices AS standing (id, site_id, kind)
    SELECT id, ${part.siteId}, kind FROM unnest(${ids}::bigint[], ${devices.map((d) => d.kind)}::text[]) AS reported(id, kind)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET kind = excluded.kind WHERE standing.kind <> excluded.kind`.execute(
    executor,
  );
  const written = await writeHeld(executor, part, held);
  const gone = await sql`
    DELETE FROM devices WHERE id IN (SELECT id FROM device_bindings WHERE host_id = ANY(${part.hostIds}::bigint[]))
      AND id <> ALL(${ids}::bigint[])`.execute(executor);
  const suggested = await writeSuggestions(executor, ids, suggestions);
  return Number((created.numAffectedRows ?? 0n) + (gone.numAffectedRows ?? 0n)) + written + suggested;
}

async function writeHeld(executor: Executor, part: Part, held: readonly HeldAddress[]): Promise<number> {
  const reported = sql`unnest(${held.map((h) => h.hostId)}::bigint[], ${held.map(sinceText)}::timestamptz[],
    ${held.map((h) => h.bindingId)}::bigint[], ${held.map((h) => h.deviceId)}::bigint[]) AS reported(host_id, since, binding_id, device_id)`;
  const gone = await sql`
    DELETE FROM device_hosts standing WHERE host_id = ANY(${part.hostIds}::bigint[])
      AND (host_id, since) NOT IN (SELECT reported.host_id, reported.since FROM ${reported})`.execute(
    executor,
  );
  const created = await sql`
    INSERT INTO device_hosts AS standing (host_id, since, binding_id, device_id)
    SELECT * FROM ${reported} ORDER BY host_id, since
    ON CONFLICT (host_id, since) DO UPDATE SET binding_id = excluded.binding_id, device_id = excluded.device_id
    WHERE (standing.binding_id, standing.device_id) <> (excluded.binding_id, excluded.device_id)`.execute(
    executor,
  );
  return Number((gone.numAffectedRows ?? 0n) + (created.numAffectedRows ?? 0n));
}

function sinceText({ sinceMs }: HeldAddress): string {
  return Number.isFinite(sinceMs) ? new Date(sinceMs).toISOString() : '-infinity';
}

async function writeSuggestions(
  executor: Executor,
  deviceIds: readonly number[],
  suggestions: readonly StoredSuggestion[],
): Promise<number> {
  const gone = await sql`
    DELETE FROM device_suggestions
    WHERE (one_id = ANY(${deviceIds}::bigint[]) OR other_id = ANY(${deviceIds}::bigint[]))
      AND (one_id, other_id) NOT IN (SELECT * FROM unnest(${suggestions.map((s) => s.oneId)}::bigint[],
        ${suggestions.map((s) => s.otherId)}::bigint[]))`.execute(executor);
  const created = await sql`
    INSERT INTO device_suggestions AS standing (uid, one_id, other_id, score, reasons, veto)
    -- The same two devices are the same suggestion, whenever it is made.
    SELECT md5(one.uid::text || other.uid::text)::uuid, reported.one_id, reported.other_id, reported.score,
      ARRAY(SELECT jsonb_array_elements_text(reported.reasons)), reported.veto
    FROM unnest(${suggestions.map((s) => s.oneId)}::bigint[], ${suggestions.map((s) => s.otherId)}::bigint[],
      ${suggestions.map((s) => s.score)}::int[], ${suggestions.map((s) => JSON.stringify(s.reasons))}::jsonb[],
      ${suggestions.map((s) => s.veto)}::text[]) AS reported(one_id, other_id, score, reasons, veto)
      JOIN device_bindings one ON one.id = reported.one_id JOIN device_bindings other ON other.id = reported.other_id
    ORDER BY reported.one_id, reported.other_id
    ON CONFLICT (one_id, other_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons, veto = excluded.veto
    WHERE (standing.score, standing.reasons, standing.veto) IS DISTINCT FROM (excluded.score, excluded.reasons, excluded.veto)`.execute(
    executor,
  );
  return Number((gone.numAffectedRows ?? 0n) + (created.numAffectedRows ?? 0n));
}

/** What is stored of the devices of these hosts. */
export async function readProjection(executor: Executor, hostIds: readonly number[]): Promise<Projection> {
  const held = await sql<HeldAddress>`
    SELECT host_id AS "hostId", binding_id AS "bindingId", device_id AS "deviceId",
      CASE WHEN isfinite(since) THEN floor(extract(epoch FROM since) * 1000)::float8 ELSE '-infinity' END AS "sinceMs"
    FROM device_hosts WHERE host_id = ANY(${hostIds}::bigint[]) ORDER BY host_id, since`.execute(executor);
  const devices = await sql<Projection['devices'][number]>`
    SELECT id, kind FROM devices WHERE id IN (
      SELECT device_id FROM device_hosts WHERE host_id = ANY(${hostIds}::bigint[])
      UNION SELECT id FROM device_bindings WHERE host_id = ANY(${hostIds}::bigint[])) ORDER BY id`.execute(
    executor,
  );
  const ids = devices.rows.map(({ id }) => id);
  const suggestions = await sql<StoredSuggestion>`
    SELECT one_id AS "oneId", other_id AS "otherId", score, reasons, veto FROM device_suggestions
    WHERE one_id = ANY(${ids}::bigint[]) OR other_id = ANY(${ids}::bigint[]) ORDER BY one_id, other_id`.execute(
    executor,
  );
  return { devices: devices.rows, held: held.rows, suggestions: suggestions.rows };
}
