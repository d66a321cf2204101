import { sql } from 'kysely';
import type { ScanEventKind } from '#domain/events/event-kind.js';
import { valueList } from '#store/database/value-list.js';

/** After these nobody works for a scan until it is resumed or claimed. */
const RESTS: readonly ScanEventKind[] = ['scan.waiting', 'scan.cancelled', 'scan.failed'];

/**
 * What came before these is rest too. That a scan was put back to waiting is noted by others, long after its worker was
 * killed; and one that is cancelled by a restore was at work when its backup was made.
 */
const AFTER_REST: readonly ScanEventKind[] = [
  'scan.waiting',
  'scan.cancelled',
  'scan.resumed',
  'scan.started',
];

const COURSE: readonly ScanEventKind[] = [
  'scan.created',
  'scan.progressed',
  'scan.completed',
  'scan.stopping',
  ...new Set([...RESTS, ...AFTER_REST]),
];

/** Tokens that a shard has seen of which the scan ran without a break: its claim, and the end that takes it away. */
const UNBROKEN = sql`CASE WHEN job.status IN ('pending', 'running') THEN 1 ELSE 2 END`;

/**
 * Seconds between the start and the newest event of the row `job` in which nobody worked for it; null where its events
 * are kept no more. Those of scans that ran in one go are not read: tokens say so. `shards.token` is the highest.
 */
export const IDLE_SECONDS = sql`
  CASE WHEN job.started_at IS NULL OR coalesce(shards.token, 0) <= ${UNBROKEN} THEN 0 ELSE (
    SELECT CASE WHEN bool_or(kind = 'scan.created') THEN coalesce(sum(extract(epoch FROM at - before)) FILTER (
      WHERE at > job.started_at AND (kind IN (${valueList(AFTER_REST)}) OR was IN (${valueList(RESTS)}))), 0) END
    FROM (
      SELECT kind, recorded_at AS at, lag(kind) OVER course AS was, lag(recorded_at) OVER course AS before
      FROM events WHERE job_id = job.id AND kind IN (${valueList(COURSE)}) WINDOW course AS (ORDER BY id)) AS step)::float8 END`;
