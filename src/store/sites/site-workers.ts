import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { IS_ALIVE, IS_TAKING, isServedBy } from '#store/workers/workers.js';

export interface SiteTaker {
  readonly id: number;
  /** Null: of every site that has no workers of its own. */
  readonly siteId: number | null;
  readonly capabilities: unknown;
}

/** Workers that take work of a site, by the id of the site, with what each can do. */
export async function takersOf(executor: Executor, siteId: number): Promise<readonly SiteTaker[]> {
  const { rows } = await sql<SiteTaker>`
    SELECT worker.id, worker.site_id AS "siteId", worker.capabilities FROM (SELECT ${siteId}::bigint AS site_id) AS job, workers worker
    WHERE ${IS_TAKING} AND ${isServedBy(sql`worker.site_id`)} ORDER BY worker.id`.execute(executor);
  return rows;
}

/** Of so many workers of a site that are on the list the capabilities are read, those heard of last. */
const MAX_STORED_CAPABILITIES = 16;

/** What the workers can do that serve a site by the list, whether they take work or not; the one heard of last first. */
export async function storedCapabilities(executor: Executor, siteId: number): Promise<readonly unknown[]> {
  const { rows } = await sql<{ capabilities: unknown }>`
    SELECT worker.capabilities FROM (SELECT ${siteId}::bigint AS site_id) AS job, workers worker
    WHERE ${isServedBy(sql`worker.site_id`)} ORDER BY worker.heartbeat_at DESC, worker.id DESC
    LIMIT ${MAX_STORED_CAPABILITIES}`.execute(executor);
  return rows.map(({ capabilities }) => capabilities);
}

/** Whether a site has workers of its own, there or not. */
export async function hasOwnWorkers(executor: Executor, siteId: number): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    SELECT EXISTS (SELECT FROM workers WHERE site_id = ${siteId}) AS has`.execute(executor);
  return rows[0]?.has ?? false;
}

/** Who could run the scans of a site. */
export interface SiteWorkers {
  readonly site: string;
  /** Whether only workers of the site itself serve it. */
  readonly isOwned: boolean;
  /** Of those that serve it and are there. */
  readonly alive: readonly {
    readonly name: string;
    readonly isDraining: boolean;
    readonly capabilities: unknown;
  }[];
  /** The one that was heard of last. */
  readonly last: { readonly name: string; readonly heartbeatAt: Date } | null;
}

/** For each of these sites, by name, who could run its scans. */
export async function workersOfSites(
  executor: Executor,
  sites: readonly string[],
): Promise<readonly SiteWorkers[]> {
  const { rows } = await sql<
    SiteWorkers & { readonly lastName: string | null; readonly lastAt: Date | null }
  >`
    SELECT job.site, EXISTS (SELECT FROM workers WHERE site_id = job.site_id) AS "isOwned",
      coalesce((SELECT jsonb_agg(jsonb_build_object('name', worker.name, 'isDraining', worker.draining_at IS NOT NULL,
        'capabilities', worker.capabilities)) FROM workers worker
        WHERE ${IS_ALIVE} AND ${isServedBy(sql`worker.site_id`)}), '[]') AS alive,
      last.name AS "lastName", last.heartbeat_at AS "lastAt"
    FROM (SELECT id AS site_id, name AS site FROM sites WHERE name = ANY(${sites}::text[])) AS job
    LEFT JOIN LATERAL (SELECT worker.name, worker.heartbeat_at FROM workers worker
      WHERE ${isServedBy(sql`worker.site_id`)} ORDER BY worker.heartbeat_at DESC LIMIT 1) AS last ON true`.execute(
    executor,
  );
  return rows.map(({ site, isOwned, alive, lastName, lastAt }) => ({
    site,
    isOwned,
    alive,
    last: lastName === null || lastAt === null ? null : { name: lastName, heartbeatAt: lastAt },
  }));
}

/** How many workers of its own a site has that are there. */
export const OWN_WORKERS_ALIVE = sql`
  (SELECT count(*) FROM workers worker WHERE worker.site_id = site.id AND ${IS_ALIVE})`;
