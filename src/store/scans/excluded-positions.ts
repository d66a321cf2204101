import { sql } from 'kysely';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { countPorts } from '#domain/ports/port-text.js';
import type { LeftOut } from '#domain/scans/warning.js';
import { parseOneRange } from '#domain/targets/targets.js';
import type { Executor } from '#store/database/database.js';

interface ProbedRow {
  readonly subject: string;
  readonly probed: number;
  readonly targetRanges: readonly string[];
  readonly ports: string;
  readonly isDiscovery: boolean;
}

/**
 * How much of the plan of a completed scan lies within each subject, an address or a range of them, and how much of that
 * nobody asked. Empty where it is not known: before the end, where hosts were looked for first, or once what it stored is
 * there in part only.
 */
export async function leftOutOf(
  executor: Executor,
  scanUid: string,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, LeftOut>> {
  if (subjects.length === 0) return new Map();
  const ranges = new Map(subjects.map((subject) => [subject, parseOneRange(subject)]));
  const ends = (end: 'first' | 'last') =>
    [...ranges.values()].map((range) => formatAddress({ family: range.family, value: range[end] }));
  const { rows } = await sql<ProbedRow>`
    SELECT within.subject, job.target_ranges AS "targetRanges", job.ports, job.scan_type = 'discovery' AS "isDiscovery",
      (SELECT count(*) FROM port_scans raw JOIN hosts host ON host.id = raw.host_id
        WHERE raw.job_id = job.id AND host.ip_address BETWEEN within.first AND within.last)
      + (SELECT coalesce(sum(upper(part) - lower(part)), 0) FROM scan_coverage covered, unnest(covered.ports) AS part
        WHERE covered.job_id = job.id AND covered.address BETWEEN within.first AND within.last)::bigint AS probed
    FROM scan_jobs job, unnest(${[...ranges.keys()]}::text[], ${ends('first')}::inet[], ${ends('last')}::inet[]) AS within(subject, first, last)
    WHERE job.uid = ${scanUid} AND job.status = 'completed' AND job.engine <> 'import' AND NOT job.live_hosts
      AND NOT EXISTS (SELECT FROM scan_rows_removed removed WHERE removed.job_id = job.id)`.execute(executor);
  return new Map(
    rows.map(({ subject, targetRanges, ports, isDiscovery, probed }) => {
      const within = AddressSet.parse([subject]).intersect(AddressSet.parse(targetRanges));
      const planned = Number(within.size) * (isDiscovery ? 1 : (countPorts(ports) ?? 0));
      return [subject, { planned, unprobed: Math.max(0, planned - probed), isDiscovery }];
    }),
  );
}
