import { sql } from 'kysely';
import { LISTED_PORT_STATES } from '#domain/ports/port-state.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';

/** What is known of a network now, counted when it is asked for; without ignored hosts, as its list. */
export interface NetworkStats {
  readonly hosts: {
    readonly total: number;
    readonly up: number;
    readonly down: number;
    readonly unknown: number;
    readonly gone: number;
  };
  readonly openPorts: number;
  readonly lastSeen: Date | null;
  /** Scans of the site whose targets reached into it, whichever way they were named. */
  readonly scans: number;
  readonly lastScanStarted: Date | null;
}

type StatsRow = Omit<NetworkStats, 'hosts'> & NetworkStats['hosts'];

export async function networkStats(executor: Executor, networkId: number): Promise<NetworkStats> {
  const { rows } = await sql<StatsRow>`
    WITH span AS (
      SELECT site_id, host(network(cidr))::inet AS first, host(broadcast(cidr))::inet AS last
      FROM networks WHERE id = ${networkId}
    ), known AS (
      SELECT host.id, host.status, host.last_seen FROM hosts host, span
      WHERE host.site_id = span.site_id AND host.deleted_at IS NULL AND NOT host.ignored AND host.ip_address BETWEEN span.first AND span.last
    ), scanned AS (
      SELECT job.started_at FROM scan_jobs job, span
      WHERE job.site_id = span.site_id AND job.deleted_at IS NULL AND job.engine <> 'import' AND EXISTS (
        SELECT FROM unnest(job.target_ranges) AS term, LATERAL (
          SELECT host(network(split_part(term, '-', 1)::inet))::inet AS first,
            host(broadcast(coalesce(nullif(split_part(term, '-', 2), ''), term)::inet))::inet AS last) AS target
        WHERE target.first <= span.last AND target.last >= span.first)
    )
    SELECT count(*) AS total, count(*) FILTER (WHERE status = 'up') AS up, count(*) FILTER (WHERE status = 'down') AS down,
      count(*) FILTER (WHERE status = 'unknown') AS unknown, count(*) FILTER (WHERE status = 'gone') AS gone,
      max(last_seen) AS "lastSeen",
      (SELECT count(*) FROM host_ports port JOIN known ON known.id = port.host_id
       WHERE port.state IN (${valueList(LISTED_PORT_STATES)})) AS "openPorts",
      (SELECT count(*) FROM scanned) AS scans, (SELECT max(started_at) FROM scanned) AS "lastScanStarted"
    FROM known`.execute(executor);
  const row = rows[0];
  if (row === undefined) throw new Error('a count always gives a row');
  const { total, up, down, unknown, gone, ...others } = row;
  return { hosts: { total, up, down, unknown, gone }, ...others };
}
