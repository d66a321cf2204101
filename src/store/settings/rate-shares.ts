import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** Rates that programs divide between them: those that all scans of a site share, or those of one scan. */
export interface SharedRate {
  readonly siteId: number;
  /** Null for those of the site. */
  readonly jobId: number | null;
}

export interface ShareRequest {
  /** Uid of the program that asks. */
  readonly program: string;
  /** Counts its requests. */
  readonly requestNumber: number;
  readonly goodForMs: number;
  /** Everything it sends packets for, with the parts that may still be in use. */
  readonly rates: readonly (SharedRate & { readonly inUseParts: number })[];
}

export interface GrantedShare extends SharedRate {
  readonly parts: number;
}

/** Nobody in the table has this id: how the function of the database is told of the rates of a site. */
const NO_JOB = 0;

/**
 * Renews what a program holds and gives what it may use from now on, of `ALL_PARTS`. A scan that is there no more is
 * left out, and so is everything when the request arrives after a later one.
 */
export async function renewRateShares(
  executor: Executor,
  { program, requestNumber, goodForMs, rates }: ShareRequest,
): Promise<readonly GrantedShare[]> {
  const { rows } = await sql<{ site: number; job: number; granted: number }>`
    SELECT site, job, granted FROM renew_rate_shares(${program}, ${requestNumber}, ${goodForMs} * interval '1 millisecond',
      ${rates.map(({ siteId }) => siteId)}::bigint[], ${rates.map(({ jobId }) => jobId ?? NO_JOB)}::bigint[],
      ${rates.map(({ inUseParts }) => inUseParts)}::integer[])`.execute(executor);
  return rows.map(({ site, job, granted }) => ({
    siteId: site,
    jobId: job === NO_JOB ? null : job,
    parts: granted,
  }));
}
