import { sql } from 'kysely';
import type { ExclusionEventKind } from '#domain/events/event-kind.js';
import type { ExclusionScope } from '#domain/targets/exclusion.js';
import type { Executor } from '#store/database/database.js';
import { writeEvent } from '#store/events/events.js';
import type { Page } from '#store/scans/scan-views.js';

/** Addresses that get no packet, for whom, and who said why. */
export interface ExclusionView {
  readonly uid: string;
  readonly scope: ExclusionScope;
  /** Where it holds; null for every site. */
  readonly siteId: number | null;
  readonly site: string | null;
  readonly networkUid: string | null;
  readonly networkName: string | null;
  readonly networkCidr: string | null;
  /** First and last address, as text. */
  readonly first: string;
  readonly last: string;
  readonly reason: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
}

const scopeName = (term: ExclusionScope) => sql.lit(term);
const SCOPE = sql`CASE WHEN network.id IS NOT NULL THEN ${scopeName('network')}
  WHEN exclusion.site_id IS NOT NULL THEN ${scopeName('site')} ELSE ${scopeName('global')} END`;

const EXCLUSION_VIEW = sql`
  SELECT exclusion.uid, ${SCOPE} AS scope,
    site.id AS "siteId", site.name AS site, network.uid AS "networkUid", network.name AS "networkName", network.cidr::text AS "networkCidr",
    host(exclusion.first_address) AS first, host(exclusion.last_address) AS last,
    exclusion.reason, exclusion.created_by AS "createdBy", exclusion.created_at AS "createdAt"
  FROM network_exclusions exclusion LEFT JOIN networks network ON network.id = exclusion.network_id
    LEFT JOIN sites site ON site.id = coalesce(exclusion.site_id, network.site_id)`;

/**
 * A number that differs whenever the exclusions do, whoever changed them and in whichever order that was committed: the
 * greatest id and a count would miss one that commits after a later one while another is removed.
 */
export async function exclusionsRevision(executor: Executor): Promise<string> {
  const { rows } = await sql<{ revision: string }>`
    SELECT count(*) || ':' || coalesce(sum(hash_record_extended(
      ROW(id, site_id, network_id, first_address, last_address), 0)), 0) AS revision FROM network_exclusions`.execute(
    executor,
  );
  return rows[0]?.revision ?? '';
}

/** Every exclusion of every site, in the order they were made. */
export async function allExclusions(executor: Executor): Promise<readonly ExclusionView[]> {
  const { rows } = await sql<ExclusionView>`${EXCLUSION_VIEW} ORDER BY exclusion.id`.execute(executor);
  return rows;
}

/** Every exclusion that a scan at the site has to heed: the global ones, its own, and those of its networks. */
export async function exclusionsInForce(
  executor: Executor,
  siteId: number,
): Promise<readonly ExclusionView[]> {
  const { rows } = await sql<ExclusionView>`
    ${EXCLUSION_VIEW} WHERE coalesce(exclusion.site_id, network.site_id, ${siteId}) = ${siteId}
    ORDER BY exclusion.id`.execute(executor);
  return rows;
}

export interface ExclusionFilter {
  readonly scope?: ExclusionScope | undefined;
  /** In force at this site: of everywhere, the site's own, and those of its networks. */
  readonly site?: string | undefined;
  /** With a site: without those of everywhere. */
  readonly own?: boolean | undefined;
  readonly networkUid?: string | undefined;
}

function exclusionsMatching({ scope, site, own = false, networkUid }: ExclusionFilter) {
  return sql`(${site ?? null}::text IS NULL OR site.name = ${site ?? null} OR (site.id IS NULL AND NOT ${own}))
    AND (${networkUid ?? null}::uuid IS NULL OR network.uid = ${networkUid ?? null}::uuid)
    AND (${scope ?? null}::text IS NULL OR ${scope ?? null} = ${SCOPE})`;
}

export async function listExclusions(
  executor: Executor,
  filter: ExclusionFilter,
  page: Page,
): Promise<readonly ExclusionView[]> {
  const { rows } = await sql<ExclusionView>`
    ${EXCLUSION_VIEW} WHERE ${exclusionsMatching(filter)}
    ORDER BY exclusion.first_address, exclusion.last_address, exclusion.id LIMIT ${page.limit} OFFSET ${page.offset}`.execute(
    executor,
  );
  return rows;
}

export async function countExclusions(executor: Executor, filter: ExclusionFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM (${EXCLUSION_VIEW} WHERE ${exclusionsMatching(filter)}) AS matching`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

export async function findExclusion(executor: Executor, uid: string): Promise<ExclusionView | undefined> {
  const { rows } = await sql<ExclusionView>`${EXCLUSION_VIEW} WHERE exclusion.uid = ${uid}`.execute(executor);
  return rows[0];
}

export interface NewExclusion {
  readonly uid: string;
  readonly siteId: number | null;
  readonly networkId: number | null;
  readonly first: string;
  readonly last: string;
  readonly reason: string | null;
  readonly createdBy: string;
}

/** False when the same addresses are excluded for the same place already. */
export async function insertExclusion(executor: Executor, row: NewExclusion): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO network_exclusions (uid, site_id, network_id, first_address, last_address, reason, created_by)
    VALUES (${row.uid}, ${row.siteId}, ${row.networkId}, ${row.first}, ${row.last}, ${row.reason}, ${row.createdBy})
    ON CONFLICT ON CONSTRAINT network_exclusions_once DO NOTHING`.execute(executor);
  return numAffectedRows === 1n;
}

export async function deleteExclusion(executor: Executor, uid: string): Promise<boolean> {
  const { numAffectedRows } = await sql`DELETE FROM network_exclusions WHERE uid = ${uid}`.execute(executor);
  return numAffectedRows === 1n;
}

/** Writes into the outbox what became of an exclusion, and announces it when the transaction commits. */
export async function recordExclusionEvent(
  executor: Executor,
  kind: ExclusionEventKind,
  payload: Readonly<Record<string, unknown>>,
): Promise<void> {
  await writeEvent(executor, { kind, jobId: null, scan: null, payload });
}
