import { type RawBuilder, sql } from 'kysely';
import { UNTELLING_PORT_STATES } from '#domain/ports/port-state.js';
import { type Input, questionsShared } from '#domain/targets/scan-overlap.js';
import type { Executor } from '#store/database/database.js';
import { answerRows, IS_REDUCED } from '#store/scans/scan-statistics.js';

/** Earlier scans that are looked at for what both asked, the newest first. */
const MAX_BASE_CANDIDATES = 10;
/** Ranges of a wish that is measured; one of more comes after all others. Eleven of 65,536 took 1.3 s. */
const MAX_RANGES_MEASURED = 10_000;

/** A discovery that asked this share of what another asked is as good to compare with: a host that was excluded for a while makes no other an older base. */
const NEARLY_ALL = 0.9;

const SPEAKS_OF_ABSENCE = sql`job.status = 'completed' AND NOT job.partial AND job.deleted_at IS NULL
  AND NOT ${IS_REDUCED}`;

/**
 * The scan that this one is best compared with: of the same site, completed and not partial, and over before this
 * one began, by the observers' clocks, and neither deleted nor reduced by retention or a purge. The last one that asked the same
 * of the same targets, of discoveries the last that reached nearly as much of it as any, comes before one that only asked some of it, of which no more than `maxRows` are read; of those, the
 * one whose wish has most in common with this one's, and the newest of equals. Undefined when there is none.
 */
export async function findBase(
  executor: Executor,
  jobId: number,
  maxRows: number,
): Promise<number | undefined> {
  return (await findAlike(executor, jobId, maxRows)) ?? (await findOverlapping(executor, jobId, maxRows));
}

/** Keeps an earlier scan from being removed until the transaction ends; false when it is gone already. */
export async function keepBase(executor: Executor, baseId: number): Promise<boolean> {
  const { rows } = await sql`SELECT FROM scan_jobs WHERE id = ${baseId} FOR KEY SHARE`.execute(executor);
  return rows.length > 0;
}

/**
 * A discovery is completed whatever it could not ask, as with its link down. So of the newest the first that asked nearly as much
 * of what this one asked as any of them did; of scans of ports, which would be partial then, the newest.
 */
async function findAlike(executor: Executor, jobId: number, maxRows: number): Promise<number | undefined> {
  const { rows } = await sql<{ id: number; isDiscovery: boolean }>`
    SELECT job.id, job.engine = 'discovery' AS "isDiscovery" FROM scan_statistics own
    JOIN scan_statistics other ON other.fingerprint = own.fingerprint AND other.observed_to <= own.observed_from
    JOIN scan_jobs job ON job.id = other.job_id
    WHERE own.job_id = ${jobId} AND other.job_id <> own.job_id AND ${SPEAKS_OF_ABSENCE}
    ORDER BY other.observed_to DESC, job.id DESC LIMIT ${MAX_BASE_CANDIDATES}`.execute(executor);
  const [newest] = rows;
  if (newest?.isDiscovery !== true) return newest?.id;
  const own = await hostsProbed(executor, { jobId, besides: jobId, maxRows });
  const counted: { id: number; shared: number }[] = [];
  for (const { id } of rows) {
    const shared = await hostsProbed(executor, { jobId, besides: id, maxRows });
    if (shared >= NEARLY_ALL * own) return id;
    counted.push({ id, shared });
  }
  const most = Math.max(...counted.map(({ shared }) => shared));
  return counted.find(({ shared }) => shared >= NEARLY_ALL * most)?.id;
}

interface Probing {
  readonly jobId: number;
  readonly besides: number;
  readonly maxRows: number;
}

/** Addresses that both discoveries asked; none where that would read more than `maxRows` of the other. */
async function hostsProbed(executor: Executor, { jobId, besides, maxRows }: Probing): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT CASE WHEN ${answerRows(besides, maxRows)} > ${maxRows} THEN 0 ELSE (
      SELECT count(*) FROM scan_coverage own JOIN scan_coverage theirs USING (address, protocol)
      WHERE own.job_id = ${jobId} AND theirs.job_id = ${besides} AND protocol = 'host') END AS count`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

async function findOverlapping(
  executor: Executor,
  jobId: number,
  maxRows: number,
): Promise<number | undefined> {
  const [own] = await inputs(executor, sql`SELECT ${jobId}::bigint AS id, 0 AS place`);
  if (own === undefined) return undefined;
  const candidates = await inputs(executor, newestNearby(jobId));
  const sharedWith = questionsShared(own);
  const ranked = candidates
    .map((input) => ({ id: input.id, shared: sharedWith(input) }))
    // Stable: of equals the newest stays first.
    .sort((a, b) => (a.shared === b.shared ? 0 : a.shared > b.shared ? -1 : 1));
  return firstThatProbed(
    executor,
    ranked.map(({ id }) => id),
    { jobId, maxRows },
  );
}

interface ScanInput extends Input {
  readonly id: number;
}

/** What the scans were to ask, in the order of their places. */
async function inputs(executor: Executor, scans: RawBuilder<unknown>): Promise<readonly ScanInput[]> {
  const { rows } = await sql<ScanInput>`
    SELECT job.id, job.ports,
      CASE WHEN cardinality(job.target_ranges) <= ${MAX_RANGES_MEASURED} THEN job.target_ranges ELSE '{}' END AS "targetRanges"
    FROM (${scans}) AS meant JOIN scan_jobs job USING (id) ORDER BY meant.place`.execute(executor);
  return rows;
}

/** The newest scans between whose first and last address some of the scan's own lie. */
const newestNearby = (jobId: number) => sql`
  SELECT job.id, row_number() OVER (ORDER BY other.observed_to DESC, job.id DESC) AS place
  FROM scan_statistics other JOIN scan_jobs job ON job.id = other.job_id
    JOIN scan_statistics self ON self.job_id = ${jobId} JOIN scan_jobs wanted ON wanted.id = self.job_id
  WHERE job.site_id = wanted.site_id AND (job.engine = 'ack') = (wanted.engine = 'ack') AND job.id <> wanted.id
    AND other.first_address <= self.last_address AND other.last_address >= self.first_address
    AND other.observed_to <= self.observed_from AND ${SPEAKS_OF_ABSENCE}
  ORDER BY other.observed_to DESC, job.id DESC LIMIT ${MAX_BASE_CANDIDATES}`;

/** The ports that a scan asked and got to know something of. */
const probed = (jobId: number | RawBuilder<unknown>) => sql`
  SELECT address, protocol, ports FROM scan_coverage WHERE job_id = ${jobId} AND state <> ALL(${[...UNTELLING_PORT_STATES]}::text[])
  UNION ALL
  SELECT host.ip_address, raw.protocol, int4multirange(int4range(raw.port, raw.port + 1))
  FROM port_scans raw JOIN hosts host ON host.id = raw.host_id WHERE raw.job_id = ${jobId}`;

/** The first of these that knows something of a port of which the scan knows something too: a wish alone is no answer. */
async function firstThatProbed(
  executor: Executor,
  candidates: readonly number[],
  { jobId, maxRows }: { readonly jobId: number; readonly maxRows: number },
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    WITH own AS MATERIALIZED (${probed(jobId)})
    SELECT candidate.id FROM unnest(${candidates}::bigint[]) WITH ORDINALITY AS candidate(id, place)
    WHERE CASE WHEN ${answerRows(sql`candidate.id`, maxRows)} <= ${maxRows} THEN EXISTS (
      SELECT FROM (${probed(sql`candidate.id`)}) AS theirs JOIN own USING (address, protocol) WHERE theirs.ports && own.ports) END
    ORDER BY candidate.place LIMIT 1`.execute(executor);
  return rows[0]?.id;
}
