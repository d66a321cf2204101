import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** A worker is lost when it was silent for so many of its own heartbeats. */
export const LOST_AFTER_HEARTBEATS = 3;

/** Of the row `worker`: whether it was heard of in time, by PostgreSQL's clock. */
export const IS_ALIVE = sql`(worker.stopped_at IS NULL AND worker.heartbeat_at >
  clock_timestamp() - worker.heartbeat_ms * ${sql.lit(LOST_AFTER_HEARTBEATS)} * interval '1 millisecond')`;

/** Of the row `worker`: now, and no earlier than it began, though the clock of PostgreSQL was set back. */
const NOW = sql`greatest(clock_timestamp(), worker.started_at)`;

/** Whether the row `worker` is there and takes work. */
export const IS_TAKING = sql`(${IS_ALIVE} AND worker.draining_at IS NULL)`;

export interface NewWorker {
  readonly uid: string;
  readonly name: string;
  /** Null: every site that has no worker of its own. */
  readonly siteId: number | null;
  readonly version: string;
  readonly schemaVersion: number;
  readonly concurrency: number;
  readonly heartbeatMs: number;
  /** As JSON. */
  readonly capabilities: unknown;
}

export async function insertWorker(executor: Executor, worker: NewWorker): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO workers (uid, name, site_id, version, schema_version, concurrency, heartbeat_ms, capabilities)
    VALUES (${worker.uid}, ${worker.name}, ${worker.siteId}, ${worker.version}, ${worker.schemaVersion},
      ${worker.concurrency}, ${worker.heartbeatMs}, ${JSON.stringify(worker.capabilities)}::jsonb)
    RETURNING id`.execute(executor);
  const row = rows[0];
  if (row === undefined) throw new Error('a worker was stored without an id');
  return row.id;
}

/** Keeps what the machine of a worker can do by now. */
export async function setCapabilities(
  executor: Executor,
  workerId: number,
  capabilities: unknown,
): Promise<void> {
  await sql`UPDATE workers SET capabilities = ${JSON.stringify(capabilities)}::jsonb WHERE id = ${workerId}`.execute(
    executor,
  );
}

/** What a worker hears back when it says that it is there. */
export interface Heartbeat {
  readonly isDraining: boolean;
  /** It had been called lost. */
  readonly wasLost: boolean;
  /** Level of the schema now, and the version of the server that started last; null before the first. */
  readonly schemaVersion: number;
  readonly serverVersion: string | null;
  /** Shards it holds of sites that are not its any more: others came to serve them. */
  readonly foreignShards: readonly number[];
}

/** Undefined when nobody knows the worker: its row was removed. One that is being called lost at this moment was lost. */
export async function beatWorker(
  executor: Executor,
  {
    workerId,
    concurrency,
    heartbeatMs,
  }: Pick<NewWorker, 'concurrency' | 'heartbeatMs'> & { readonly workerId: number },
): Promise<Heartbeat | undefined> {
  const { rows } = await sql<Heartbeat>`
    WITH before AS (SELECT lost_at FROM workers WHERE id = ${workerId} FOR NO KEY UPDATE)
    UPDATE workers worker SET heartbeat_at = ${NOW}, lost_at = NULL, concurrency = ${concurrency},
      heartbeat_ms = ${heartbeatMs}
    FROM before WHERE worker.id = ${workerId} AND worker.stopped_at IS NULL
    RETURNING worker.draining_at IS NOT NULL AS "isDraining", before.lost_at IS NOT NULL AS "wasLost",
      (SELECT max(version) FROM schema_migrations) AS "schemaVersion",
      (SELECT version FROM installation) AS "serverVersion",
      to_jsonb(ARRAY(SELECT shard.id FROM scan_shards shard JOIN scan_jobs job ON job.id = shard.job_id
        WHERE shard.lease_owner = worker.name AND shard.lease_expires_at > clock_timestamp() AND job.engine <> 'import'
          AND NOT (${isServedBy(sql`worker.site_id`)}))) AS "foreignShards"`.execute(executor);
  return rows[0];
}

/** Whether the site of the row `job` is served from a place: its own site, or no own one and no worker of the site. */
export function isServedBy(siteId: ReturnType<typeof sql>) {
  return sql`CASE WHEN ${siteId} IS NOT NULL THEN job.site_id = ${siteId}
    ELSE NOT EXISTS (SELECT FROM workers own WHERE own.site_id = job.site_id) END`;
}

/** Whether a worker may take work now: it is not draining, and the schema is the one it knows. */
export async function mayTakeWork(executor: Executor, workerId: number): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`
    SELECT draining_at IS NULL AND stopped_at IS NULL
      AND schema_version = (SELECT max(version) FROM schema_migrations) AS may
    FROM workers WHERE id = ${workerId}`.execute(executor);
  return rows[0]?.may ?? false;
}

/** Whether another worker takes work where this one took it: at its site, or at those that have no workers of their own. */
export async function isReplaced(executor: Executor, workerId: number): Promise<boolean> {
  const { rows } = await sql<{ is: boolean }>`
    SELECT EXISTS (SELECT FROM workers worker WHERE worker.id <> one.id AND ${IS_TAKING}
      AND worker.site_id IS NOT DISTINCT FROM one.site_id) AS is
    FROM workers one WHERE one.id = ${workerId}`.execute(executor);
  return rows[0]?.is ?? false;
}

/** Names the advisory lock of workers that take themselves out ("asid" in ASCII). */
const STAND_ASIDE_LOCK = 0x61736964;

/**
 * Makes those who take workers out, persons and the workers themselves, wait for each other until this transaction ends, so
 * that each sees who is left. One turn for all sites, as some workers serve several. Before the rows of shards in the lock order.
 */
export async function takeAutoDrainLock(executor: Executor): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${STAND_ASIDE_LOCK})`.execute(executor);
}

/** False when it was draining already, or has stopped. */
export async function drainWorker(executor: Executor, workerId: number, reason: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE workers worker SET draining_at = ${NOW}, drain_reason = ${reason}
    WHERE id = ${workerId} AND draining_at IS NULL AND stopped_at IS NULL`.execute(executor);
  return numAffectedRows === 1n;
}

/** False when it was not draining. */
export async function undrainWorker(executor: Executor, workerId: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE workers SET draining_at = NULL, drain_reason = NULL WHERE id = ${workerId} AND draining_at IS NOT NULL`.execute(
    executor,
  );
  return numAffectedRows === 1n;
}

export async function stopWorker(executor: Executor, workerId: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE workers worker SET stopped_at = ${NOW} WHERE id = ${workerId} AND stopped_at IS NULL`.execute(
    executor,
  );
  return numAffectedRows === 1n;
}

export async function deleteWorker(executor: Executor, workerId: number): Promise<void> {
  await sql`DELETE FROM workers WHERE id = ${workerId}`.execute(executor);
}

interface NamedWorker {
  readonly uid: string;
  readonly name: string;
  readonly site: string | null;
  readonly heartbeatAt: Date;
}

/** Marks those that fell silent, each once, and gives them. */
export async function markLostWorkers(executor: Executor): Promise<readonly NamedWorker[]> {
  const { rows } = await sql<NamedWorker>`
    UPDATE workers worker SET lost_at = ${NOW}
    WHERE worker.stopped_at IS NULL AND worker.lost_at IS NULL AND NOT ${IS_ALIVE}
    RETURNING worker.uid, worker.name, (SELECT name FROM sites WHERE id = worker.site_id) AS site,
      worker.heartbeat_at AS "heartbeatAt"`.execute(executor);
  return rows;
}

/** Removes what is known of workers that are gone for so long; the last one of a site stays, which keeps the site theirs. */
export async function forgetWorkers(executor: Executor, goneForMs: number): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM workers worker
    WHERE NOT ${IS_ALIVE} AND worker.heartbeat_at < clock_timestamp() - ${goneForMs} * interval '1 millisecond'
      AND (worker.site_id IS NULL OR EXISTS (SELECT FROM workers later
        WHERE later.site_id = worker.site_id AND later.id > worker.id))`.execute(executor);
  return Number(numAffectedRows ?? 0n);
}
