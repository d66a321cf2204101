import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** What is said of where a site may be scanned. */
export interface SiteScope {
  readonly site: string;
  /** CIDRs; none when nobody has said. */
  readonly cidrs: readonly string[];
  /** Somebody has said that, without a scope, it may be scanned anywhere. */
  readonly isAccepted: boolean;
}

export async function siteScopeOf(executor: Executor, siteId: number): Promise<SiteScope> {
  const { rows } = await sql<SiteScope>`
    SELECT name AS site, unscoped_accepted_at IS NOT NULL AS "isAccepted",
      ARRAY(SELECT cidr::text FROM site_scopes WHERE site_id = site.id ORDER BY cidr) AS cidrs
    FROM sites site WHERE id = ${siteId}`.execute(executor);
  const scope = rows[0];
  if (scope === undefined) throw new Error(`there is no site ${siteId}`);
  return scope;
}

export interface ScopeChange {
  readonly siteId: number;
  readonly cidrs: readonly string[];
  readonly actor: string;
}

/** Adds what is not there yet. */
export async function addToScope(executor: Executor, { siteId, cidrs, actor }: ScopeChange): Promise<void> {
  await sql`
    INSERT INTO site_scopes (site_id, cidr, created_by)
    SELECT ${siteId}, cidr::cidr, ${actor} FROM unnest(${cidrs}::text[]) AS cidr
    ON CONFLICT DO NOTHING`.execute(executor);
}

/** Takes out what is not among these. */
export async function removeFromScopeAllBut(
  executor: Executor,
  siteId: number,
  cidrs: readonly string[],
): Promise<void> {
  await sql`
    DELETE FROM site_scopes WHERE site_id = ${siteId} AND cidr <> ALL(${cidrs}::text[]::cidr[])`.execute(
    executor,
  );
}

/** Keeps that somebody has said yes to scans of a site without a scope; who said it first. */
export async function acceptUnscoped(executor: Executor, siteId: number, actor: string): Promise<void> {
  await sql`
    UPDATE sites SET unscoped_accepted_at = clock_timestamp(), unscoped_accepted_by = ${actor}
    WHERE id = ${siteId} AND unscoped_accepted_at IS NULL`.execute(executor);
}

/** Forgets it: with the scope, the answer to whether there need be one is gone too. */
export async function forgetAcceptance(executor: Executor, siteId: number): Promise<void> {
  await sql`
    UPDATE sites SET unscoped_accepted_at = NULL, unscoped_accepted_by = NULL WHERE id = ${siteId}`.execute(
    executor,
  );
}
