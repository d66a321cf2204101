import { type RawBuilder, sql } from 'kysely';
import type { PortState, Reason } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { arrayLiteral } from '#store/database/array-literal.js';

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

/** Stores raw observations; `from` is a relation with the columns of `rowsOf`. */
export function insertPortScans(source: ObservationSource, from: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    INSERT INTO port_scans (job_id, shard_number, host_id, protocol, port, state, reason, position, round_trip_us, observed_at)
    SELECT ${source.jobId}::bigint, ${source.shardNumber}::int, host_id, protocol, port, state, reason, position, round_trip_us,
      observed_at FROM ${from}`;
}

/** The observations as the rows of a relation `seen`. */
export function rowsOf(observations: readonly PortObservation[]): RawBuilder<unknown> {
  const column = (value: (observation: PortObservation) => Parameters<typeof arrayLiteral>[0][number]) =>
    arrayLiteral(observations.map(value));
  // A written time costs more to make here, and half as much again to read there, as milliseconds since the epoch.
  return sql`(
    SELECT host_id, protocol, port, state, reason, position, round_trip_us,
      timestamptz 'epoch' + observed_ms * interval '1 ms' AS observed_at
    FROM unnest(
      ${column((o) => o.hostId)}::bigint[], ${column((o) => o.protocol)}::text[], ${column((o) => o.port)}::int[],
      ${column((o) => o.state)}::text[], ${column((o) => o.reason)}::text[], ${column((o) => o.position)}::bigint[],
      ${column((o) => o.roundTripMicroseconds)}::int[], ${column((o) => o.observedAt.getTime())}::float8[]
    ) AS observed(host_id, protocol, port, state, reason, position, round_trip_us, observed_ms)
  ) AS seen`;
}
