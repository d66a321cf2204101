import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';

export interface LedgerEntry {
  readonly shardId: number;
  readonly jobId: number;
  readonly seq: number;
  readonly leaseToken: number;
  readonly firstPosition: number;
  readonly endPosition: number;
  readonly listedPorts: number;
  readonly coveredPorts: number;
  readonly skipped: number;
  readonly probesSent: number;
  readonly probesAnswered: number;
  readonly observedFrom: Date;
  readonly observedTo: Date;
}

/**
 * True when this very batch was committed before (a retry after a lost answer to COMMIT); false when
 * its number is free. `batch_conflict` when the number belongs to another interval.
 */
export async function isRecorded(executor: Executor, entry: LedgerEntry): Promise<boolean> {
  const { rows } = await sql<{ first: number; end: number }>`
    SELECT first_position AS first, end_position AS "end" FROM scan_batches
    WHERE shard_id = ${entry.shardId} AND seq = ${entry.seq}`.execute(executor);
  const row = rows[0];
  if (row === undefined) return false;
  if (row.first === entry.firstPosition && row.end === entry.endPosition) return true;
  throw new ScanoramaError(
    'batch_conflict',
    `Batch ${entry.seq} of this shard was already written for another interval.`,
    {
      facts: {
        shard: entry.shardId,
        seq: entry.seq,
        written: [row.first, row.end],
        offered: [entry.firstPosition, entry.endPosition],
      },
    },
  );
}

/** What a batch added to its scan that an earlier one had not stored. */
export interface NewRows {
  readonly hostsUp: number;
  readonly findings: number;
  readonly warnings: number;
}

/** Writes the row that makes a batch count once; its primary key refuses a second one. */
export async function insertLedgerEntry(
  executor: Executor,
  entry: LedgerEntry,
  { hostsUp, findings, warnings }: NewRows,
): Promise<void> {
  await sql`
    INSERT INTO scan_batches (shard_id, seq, job_id, lease_token, first_position, end_position, listed_ports,
      covered_ports, skipped, hosts_up, findings, warnings, probes_sent, probes_answered, observed_from, observed_to)
    VALUES (${entry.shardId}, ${entry.seq}, ${entry.jobId}, ${entry.leaseToken}, ${entry.firstPosition},
      ${entry.endPosition}, ${entry.listedPorts}, ${entry.coveredPorts}, ${entry.skipped}, ${hostsUp}, ${findings},
      ${warnings}, ${entry.probesSent}, ${entry.probesAnswered}, ${entry.observedFrom}, ${entry.observedTo})`.execute(
    executor,
  );
}

export interface LedgerProof {
  /** Positions the plan has, and positions the ledger accounts for; equal when nothing is missing. */
  readonly planned: number;
  readonly completed: number;
  readonly skipped: number;
  /** Shards whose batches do not follow each other from first to end without gap or overlap. */
  readonly brokenShards: number;
}

/** Adds the ledger of a scan up against its plan; what `completed` is decided by (I1). */
export async function proveFromLedger(executor: Executor, jobId: number): Promise<LedgerProof> {
  const { rows } = await sql<LedgerProof>`
    WITH batch AS (
      SELECT shard_id, first_position, end_position, skipped,
        lag(end_position) OVER (PARTITION BY shard_id ORDER BY seq) AS expected_first
      FROM scan_batches WHERE job_id = ${jobId}
    ), per_shard AS (
      SELECT shard.id, shard.end_position - shard.first_position AS planned,
        coalesce(sum(batch.end_position - batch.first_position), 0) AS completed,
        coalesce(sum(batch.skipped), 0) AS skipped,
        coalesce(bool_or(batch.first_position <> coalesce(batch.expected_first, shard.first_position)), false)
          OR coalesce(max(batch.end_position), -1) <> shard.end_position AS broken
      FROM scan_shards shard LEFT JOIN batch ON batch.shard_id = shard.id
      WHERE shard.job_id = ${jobId}
      GROUP BY shard.id
    )
    SELECT coalesce(sum(planned), 0)::bigint AS planned, coalesce(sum(completed), 0)::bigint AS completed,
      coalesce(sum(skipped), 0)::bigint AS skipped, count(*) FILTER (WHERE broken) AS "brokenShards"
    FROM per_shard`.execute(executor);
  return rows[0] ?? { planned: 0, completed: 0, skipped: 0, brokenShards: 0 };
}
