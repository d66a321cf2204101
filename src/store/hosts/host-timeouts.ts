import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { type AsOf, within } from '#store/history/as-of.js';
import { couldReceive, lastAnswer } from '#store/hosts/missed-hosts.js';

/** A run asked for a host, and it did not answer. */
export interface HostTimeout {
  readonly probedAt: Date;
  readonly scanUid: string;
  /** Whether the run could have heard what the host had answered such a run last; if not, it says nothing of the host. */
  readonly couldReceive: boolean;
}

/** The newest first, of scans that are still there. */
export async function listHostTimeouts(
  executor: Executor,
  hostId: number,
  { asOf, limit }: { readonly asOf: AsOf; readonly limit: number },
): Promise<readonly HostTimeout[]> {
  const { rows } = await sql<HostTimeout>`
    SELECT past.observed_at AS "probedAt", run.uid AS "scanUid",
      (host.answers_since < past.probed_at AND ${couldReceive('past.unanswered')}) IS TRUE AS "couldReceive"
    FROM (SELECT *, probed_at AS observed_at FROM scan_misses) AS past JOIN scan_jobs run ON run.id = past.job_id
      JOIN hosts host ON host.id = past.host_id
      LEFT JOIN LATERAL ${lastAnswer('past.host_id', 'past.probed_at')} AS answer ON true
    WHERE past.host_id = ${hostId} AND ${within(asOf)}
    ORDER BY past.observed_at DESC, past.job_id DESC LIMIT ${limit}`.execute(executor);
  return rows;
}
