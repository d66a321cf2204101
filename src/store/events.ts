import { sql } from 'kysely';
import type { EventKind, ScanEventKind } from '#domain/event-kind.js';
import type { Executor } from '#store/database.js';

/** The channel on which committed events are announced; the payload is their kind and the uid of the scan. */
export const EVENT_CHANNEL = 'scanorama_events';

export interface ScanEvent {
  readonly kind: ScanEventKind;
  readonly job: { readonly id: number; readonly uid: string };
  readonly payload?: Readonly<Record<string, unknown>>;
}

/**
 * Writes what happened into the outbox and announces it. PostgreSQL delivers the announcement when
 * the transaction commits and never when it does not, so nobody hears of what was not stored.
 */
export async function recordEvent(executor: Executor, event: ScanEvent): Promise<void> {
  await sql`
    WITH event AS (
      INSERT INTO events (kind, job_id, payload)
      VALUES (${event.kind}, ${event.job.id}, ${JSON.stringify(event.payload ?? {})}::jsonb)
    )
    SELECT pg_notify(${EVENT_CHANNEL}, ${JSON.stringify({ kind: event.kind, scan: event.job.uid })})`.execute(
    executor,
  );
}

export interface DeletionEvent {
  readonly kind: Extract<EventKind, 'scan.purged' | `host.${string}`>;
  /** Names what it was, for what is purged is named nowhere else. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Writes what happened to a host, or to a scan that is there no more, and so belongs to no scan. */
export async function recordDeletion(executor: Executor, { kind, payload }: DeletionEvent): Promise<void> {
  await sql`INSERT INTO events (kind, payload) VALUES (${kind}, ${JSON.stringify(payload)}::jsonb)`.execute(
    executor,
  );
}
