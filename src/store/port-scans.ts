import { sql } from 'kysely';
import type { PortState, Reason } from '#domain/port-state.js';
import type { Protocol } from '#domain/protocol.js';
import type { Executor } from '#store/database.js';
import { verifyReferences } from '#store/references.js';

/** One listed port as it was seen; never changed once written. */
export interface PortObservation {
  readonly hostId: number;
  readonly protocol: Protocol;
  readonly port: number;
  readonly state: PortState;
  readonly reason: Reason;
  readonly position: number;
  readonly observedAt: Date;
  readonly roundTripMicroseconds: number | null;
}

export interface ObservationSource {
  readonly jobId: number;
  readonly shardNumber: number;
}

/** Stores raw observations after proving that their job and hosts exist; all of them or none. */
export async function insertPortScans(
  executor: Executor,
  source: ObservationSource,
  observations: readonly PortObservation[],
): Promise<void> {
  await verifyReferences(executor, {
    jobIds: [source.jobId],
    hostIds: [...new Set(observations.map((o) => o.hostId))],
  });
  if (observations.length === 0) return;
  await sql`
    INSERT INTO port_scans (job_id, shard_number, host_id, protocol, port, state, reason, position, observed_at, round_trip_us)
    SELECT ${source.jobId}, ${source.shardNumber}, * FROM unnest(
      ${observations.map((o) => o.hostId)}::bigint[], ${observations.map((o) => o.protocol)}::text[],
      ${observations.map((o) => o.port)}::int[], ${observations.map((o) => o.state)}::text[],
      ${observations.map((o) => o.reason)}::text[], ${observations.map((o) => o.position)}::bigint[],
      ${observations.map((o) => o.observedAt)}::timestamptz[], ${observations.map((o) => o.roundTripMicroseconds)}::int[])`.execute(
    executor,
  );
}
