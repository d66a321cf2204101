import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import type { Executor } from '#store/database/database.js';
import type { Page } from '#store/scans/scan-views.js';
import { isSiteCalled } from '#store/sites/site-by-name.js';
import { OWN_WORKERS_ALIVE } from '#store/sites/site-workers.js';

/**
 * The id of a site by its name, held against its removal until the transaction ends; `not_found` names it. Not for
 * read-only transactions.
 */
export async function siteIdByName(executor: Executor, name: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM sites WHERE name = ${name} FOR KEY SHARE`.execute(executor);
  const site = rows[0];
  if (site === undefined) throw await unknownSite(executor, name);
  return site.id;
}

/** Refuses with `not_found` the name that no site has, in any case. */
export async function assertSiteNamed(executor: Executor, name: string): Promise<void> {
  const { rows } = await sql`
    SELECT FROM sites WHERE ${isSiteCalled(name)} LIMIT 1`.execute(executor);
  if (rows.length === 0) throw await unknownSite(executor, name);
}

/** More names than this are no hint any more. */
const NAMED_SITES = 10;

async function unknownSite(executor: Executor, name: string): Promise<ScanoramaError> {
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM sites ORDER BY name LIMIT ${NAMED_SITES}`.execute(executor);
  const names = rows.map((site) => site.name).join(', ');
  return new ScanoramaError('not_found', `There is no site named "${name}".`, {
    at: name,
    hint: `${rows.length === 1 ? `There is one site, named ${names}` : `There are the sites ${names}`}; \`scanorama sites add NAME\` adds one.`,
  });
}

/** All that is in a site and keeps it, also what was deleted or is ignored. */
export interface SiteContents {
  readonly networks: number;
  readonly hosts: number;
  readonly scans: number;
  readonly exclusions: number;
  readonly schedules: number;
  /** Of its own, that are there. */
  readonly workers: number;
}

export interface SiteView extends SiteContents {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly createdAt: Date;
  /** As lists show them: without those that are deleted or ignored. */
  readonly hostsListed: number;
  /** Scans and discovery runs that are not deleted. */
  readonly scansListed: number;
  /** CIDRs that may be scanned; none when nobody has said. */
  readonly scope: readonly string[];
  readonly unscopedAcceptedAt: Date | null;
  readonly unscopedAcceptedBy: string | null;
}

const SITE_CONTENTS = sql`
  (SELECT count(*) FROM networks WHERE site_id = site.id) AS networks,
  (SELECT count(*) FROM hosts WHERE site_id = site.id) AS hosts,
  (SELECT count(*) FROM scan_jobs WHERE site_id = site.id) AS scans,
  (SELECT count(*) FROM network_exclusions WHERE site_id = site.id) AS exclusions,
  (SELECT count(*) FROM schedules WHERE site_id = site.id) AS schedules, ${OWN_WORKERS_ALIVE} AS workers`;

const SITE_LISTED = sql`
  (SELECT count(*) FROM hosts WHERE site_id = site.id AND deleted_at IS NULL AND NOT ignored) AS "hostsListed",
  (SELECT count(*) FROM scan_jobs WHERE site_id = site.id AND deleted_at IS NULL) AS "scansListed"`;

const SITE_VIEW = sql`
  SELECT site.id, site.uid, site.name, site.created_at AS "createdAt", ${SITE_CONTENTS}, ${SITE_LISTED},
    ARRAY(SELECT cidr::text FROM site_scopes scope WHERE scope.site_id = site.id ORDER BY cidr) AS scope,
    site.unscoped_accepted_at AS "unscopedAcceptedAt", site.unscoped_accepted_by AS "unscopedAcceptedBy"
  FROM sites site`;

export async function listSiteViews(executor: Executor, page: Page): Promise<readonly SiteView[]> {
  const { rows } = await sql<SiteView>`
    ${SITE_VIEW} ORDER BY site.name LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countSites(executor: Executor): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM sites`.execute(executor);
  return rows[0]?.count ?? 0;
}

export async function siteNames(executor: Executor, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM sites ORDER BY id LIMIT ${limit}`.execute(
    executor,
  );
  return rows.map(({ name }) => name);
}

/** A site by its id or its name; `not_found`. */
export async function findSiteView(executor: Executor, term: string): Promise<SiteView> {
  const { rows } = await sql<SiteView>`
    ${SITE_VIEW} WHERE ${isUid(term) ? sql`site.uid = ${term}::uuid` : sql`site.name = ${term}`}`.execute(
    executor,
  );
  const site = rows[0];
  if (site === undefined) throw await unknownSite(executor, term);
  return site;
}

/**
 * Whether another site is called so, in whatever case; who gives names to sites waits for each other until the transaction ends.
 * They meet at the site that is always there, whose row stays free for everything that is put into it.
 */
export async function isSiteNameTaken(
  executor: Executor,
  name: string,
  exceptId: number | null,
): Promise<boolean> {
  await sql`SELECT FROM sites WHERE name = ${DEFAULT_SITE} FOR NO KEY UPDATE`.execute(executor);
  const { rows } = await sql`
    SELECT FROM sites WHERE ${isSiteCalled(name)} AND id IS DISTINCT FROM ${exceptId}::bigint
    LIMIT 1`.execute(executor);
  return rows.length > 0;
}

/** False when there is a site of that name. */
export async function insertSite(executor: Executor, uid: string, name: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO sites (uid, name) VALUES (${uid}, ${name}) ON CONFLICT (name) DO NOTHING`.execute(executor);
  return numAffectedRows === 1n;
}

/** Holds a site against everybody who would put something into it; `not_found`. */
export async function lockSite(executor: Executor, term: string): Promise<SiteView> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM sites WHERE ${isUid(term) ? sql`uid = ${term}::uuid` : sql`name = ${term}`} FOR UPDATE`.execute(
    executor,
  );
  if (rows[0] === undefined) throw await unknownSite(executor, term);
  return findSiteView(executor, term);
}

export async function renameSite(executor: Executor, siteId: number, name: string): Promise<void> {
  await sql`UPDATE sites SET name = ${name} WHERE id = ${siteId}`.execute(executor);
}

export async function deleteSite(executor: Executor, siteId: number): Promise<void> {
  await sql`DELETE FROM sites WHERE id = ${siteId}`.execute(executor);
}
