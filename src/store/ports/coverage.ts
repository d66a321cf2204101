import { sql } from 'kysely';
import type { PortState, Reason } from '#domain/ports/port-state.js';
import type { QueriedProtocol } from '#domain/ports/protocol.js';
import type { Executor } from '#store/database/database.js';

/** Ports of one address that all answered alike and are not listed one by one. */
export interface CoveredPorts {
  readonly address: string;
  readonly protocol: QueriedProtocol;
  readonly state: PortState;
  readonly reason: Reason;
  /** As a PostgreSQL multirange: `{[22,24),[80,81)}`. */
  readonly ports: string;
  /** When it was seen, where that is known better than by the block. */
  readonly observedAt?: Date | undefined;
}

export interface CoverageSource {
  readonly jobId: number;
  readonly siteId: number;
  readonly shardNumber: number;
  /** Start of the block the ports belong to. */
  readonly observedAt: Date;
}

/**
 * Adds to what a scan has covered. A fast scan settles a block in one batch and writes each row
 * once; a gently paced one comes back to it, and the ranges are united.
 */
export async function addCoverage(
  executor: Executor,
  source: CoverageSource,
  covered: readonly CoveredPorts[],
): Promise<void> {
  if (covered.length === 0) return;
  await sql`
    INSERT INTO scan_coverage AS standing (job_id, site_id, shard_number, observed_at, address, protocol, state, reason, ports)
    SELECT ${source.jobId}, ${source.siteId}, ${source.shardNumber}, covered.*
    FROM unnest(
      ${covered.map((c) => c.observedAt ?? source.observedAt)}::timestamptz[],
      ${covered.map((c) => c.address)}::inet[], ${covered.map((c) => c.protocol)}::text[], ${covered.map((c) => c.state)}::text[],
      ${covered.map((c) => c.reason)}::text[], ${covered.map((c) => c.ports)}::int4multirange[]) AS covered
    ON CONFLICT (job_id, address, protocol, state, reason) DO UPDATE SET ports = standing.ports + excluded.ports`.execute(
    executor,
  );
}
