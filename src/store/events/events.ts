import { sql } from 'kysely';
import type {
  EventKind,
  ScanEventKind,
  ScheduleEventKind,
  StatusEventKind,
  WorkerEventKind,
} from '#domain/events/event-kind.js';
import type { Executor } from '#store/database/database.js';

/** The channel on which committed events are announced; the payload is their kind and the uid of the scan. */
export const EVENT_CHANNEL = 'scanorama_events';

export interface ScanEvent {
  readonly kind: ScanEventKind;
  readonly job: { readonly id: number; readonly uid: string };
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** Writes what happened to a scan. */
export function recordEvent(executor: Executor, event: ScanEvent): Promise<void> {
  return recordScanEvents(executor, [event]);
}

/** Writes what happened to scans, and announces each. */
export async function recordScanEvents(executor: Executor, events: readonly ScanEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    WITH reported AS (
      INSERT INTO events (kind, job_id, payload)
      SELECT * FROM unnest(${events.map(({ kind }) => kind)}::text[], ${events.map(({ job }) => job.id)}::bigint[],
        ${events.map(({ payload = {} }) => JSON.stringify(payload))}::jsonb[])
    )
    SELECT pg_notify(${EVENT_CHANNEL}, given) FROM unnest(${events.map(({ kind, job }) => JSON.stringify({ kind, scan: job.uid }))}::text[]) AS given`.execute(
    executor,
  );
}

export interface HostEvent {
  readonly kind: StatusEventKind | 'host.changed' | 'host.deleted' | 'host.restored';
  /** Of the scan that caused it; null where no scan did. */
  readonly jobId: number | null;
  readonly payload: {
    /** Uid of the host. */
    readonly host: string;
    readonly address: string;
    readonly [name: string]: unknown;
  };
}

/** Writes what became of hosts, and announces each kind once. */
export async function recordHostEvents(executor: Executor, events: readonly HostEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    WITH reported AS (
      INSERT INTO events (kind, job_id, payload)
      SELECT * FROM unnest(${events.map(({ kind }) => kind)}::text[], ${events.map(({ jobId }) => jobId)}::bigint[],
        ${events.map(({ payload }) => JSON.stringify(payload))}::jsonb[])
      RETURNING kind
    )
    SELECT pg_notify(${EVENT_CHANNEL}, json_build_object('kind', kind, 'scan', NULL)::text) FROM (SELECT DISTINCT kind FROM reported) AS kinds`.execute(
    executor,
  );
}

export interface ScheduleEvent {
  readonly kind: ScheduleEventKind;
  /** Uid of the schedule. */
  readonly schedule: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

export function recordScheduleEvent(
  executor: Executor,
  { kind, schedule, payload = {} }: ScheduleEvent,
): Promise<void> {
  return writeEvent(executor, { kind, jobId: null, scan: null, payload: { schedule, ...payload } });
}

export interface WorkerEvent {
  readonly kind: WorkerEventKind;
  /** Its uid and name, and its site where it has one of its own. */
  readonly worker: { readonly uid: string; readonly name: string; readonly site: string | null };
  readonly payload?: Readonly<Record<string, unknown>>;
}

export function recordWorkerEvent(
  executor: Executor,
  { kind, worker, payload = {} }: WorkerEvent,
): Promise<void> {
  const { uid, name, site } = worker;
  return writeEvent(executor, {
    kind,
    jobId: null,
    scan: null,
    payload: { worker: uid, name, site, ...payload },
  });
}

/** Whether another worker than this took itself out because of a scan. */
export async function hasStoodAsideFor(executor: Executor, scan: string, owner: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM events WHERE kind = 'worker.draining' AND payload ->> 'failed_scan' = ${scan} AND payload ->> 'name' <> ${owner}
    LIMIT 1`.execute(executor);
  return rows.length > 0;
}

/** What somebody removes for ever. */
export interface Purge {
  readonly what: 'scan' | 'host';
  readonly uid: string;
  readonly actor: string;
}

/** Names what was purged, for it is named nowhere else. */
export function recordPurge(
  executor: Executor,
  { what, uid, actor }: Purge,
  payload: Readonly<Record<string, unknown>>,
): Promise<void> {
  return writeEvent(executor, {
    kind: `${what}.purged`,
    jobId: null,
    scan: what === 'scan' ? uid : null,
    payload: { [what]: uid, ...payload, actor },
  });
}

/** Whether this was purged by this actor. The newest events are looked at first. */
export async function wasPurged(executor: Executor, { what, uid, actor }: Purge): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM events WHERE kind = ${`${what}.purged`} AND payload @> ${JSON.stringify({ [what]: uid, actor })}::jsonb
    ORDER BY id DESC LIMIT 1`.execute(executor);
  return rows.length > 0;
}

export interface WrittenEvent {
  readonly kind: EventKind;
  /** Of the scan it belongs to and goes with; null for none. */
  readonly jobId: number | null;
  /** Uid of the scan it tells of; null for none. */
  readonly scan: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Writes what happened into the outbox and announces it. PostgreSQL delivers the announcement when
 * the transaction commits and never when it does not, so nobody hears of what was not stored.
 */
export async function writeEvent(
  executor: Executor,
  { kind, jobId, scan, payload }: WrittenEvent,
): Promise<void> {
  await sql`
    WITH event AS (
      INSERT INTO events (kind, job_id, payload) VALUES (${kind}, ${jobId}, ${JSON.stringify(payload)}::jsonb)
    )
    SELECT pg_notify(${EVENT_CHANNEL}, ${JSON.stringify({ kind, scan })})`.execute(executor);
}
