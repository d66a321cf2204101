import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import { quote } from '#domain/text/quote.js';
import type { WorkerState } from '#domain/workers/worker.js';
import type { Executor } from '#store/database/database.js';
import type { Page } from '#store/scans/scan-views.js';
import { IS_ALIVE } from '#store/workers/workers.js';

export interface WorkerView {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly site: string | null;
  readonly state: WorkerState;
  readonly version: string;
  readonly schemaVersion: number;
  readonly concurrency: number;
  readonly heartbeatMs: number;
  readonly capabilities: unknown;
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
  readonly drainingAt: Date | null;
  readonly drainReason: string | null;
  readonly stoppedAt: Date | null;
  /** Shards it holds now, and the scans they are of. */
  readonly runningShards: number;
  readonly runningScans: readonly string[];
}

const WORKER_VIEW = sql`
  SELECT worker.id, worker.uid, worker.name, site.name AS site, worker.version, worker.schema_version AS "schemaVersion",
    worker.concurrency, worker.heartbeat_ms AS "heartbeatMs", worker.capabilities, worker.started_at AS "startedAt",
    worker.heartbeat_at AS "heartbeatAt", worker.draining_at AS "drainingAt", worker.drain_reason AS "drainReason",
    worker.stopped_at AS "stoppedAt", held.shards AS "runningShards", held.scans AS "runningScans",
    CASE WHEN worker.stopped_at IS NOT NULL THEN 'stopped' WHEN NOT ${IS_ALIVE} THEN 'lost'
      WHEN worker.draining_at IS NULL THEN 'active' WHEN held.shards > 0 THEN 'draining' ELSE 'drained' END AS state
  FROM workers worker LEFT JOIN sites site ON site.id = worker.site_id CROSS JOIN LATERAL (
    SELECT count(*) AS shards, coalesce(array_agg(DISTINCT job.uid::text), '{}') AS scans
    FROM scan_shards shard JOIN scan_jobs job ON job.id = shard.job_id
    WHERE shard.lease_owner = worker.name AND shard.lease_expires_at > clock_timestamp()) AS held`;

function listed(all: boolean) {
  return all ? sql`true` : IS_ALIVE;
}

/** Those that are there, or with `all` also those that were; the newest first. */
export async function listWorkerViews(
  executor: Executor,
  all: boolean,
  page: Page,
): Promise<readonly WorkerView[]> {
  const { rows } = await sql<WorkerView>`${WORKER_VIEW} WHERE ${listed(all)}
    ORDER BY worker.id DESC LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countWorkers(executor: Executor, all: boolean): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM workers worker WHERE ${listed(all)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** A worker by its id or its name; `not_found`. */
export async function findWorkerView(executor: Executor, term: string): Promise<WorkerView> {
  const { rows } = await sql<WorkerView>`
    ${WORKER_VIEW} WHERE ${isUid(term) ? sql`worker.uid = ${term}::uuid` : sql`worker.name = ${term}`}`.execute(
    executor,
  );
  const worker = rows[0];
  if (worker !== undefined) return worker;
  throw new ScanoramaError('not_found', `There is no worker ${quote(term)}.`, {
    at: term,
    hint: '`scanorama workers list --all` shows their names.',
  });
}

/** The same, held until the transaction ends. */
export async function lockWorker(executor: Executor, term: string): Promise<WorkerView> {
  const { id } = await findWorkerView(executor, term);
  await sql`SELECT FROM workers WHERE id = ${id} FOR NO KEY UPDATE`.execute(executor);
  return findWorkerView(executor, term);
}
