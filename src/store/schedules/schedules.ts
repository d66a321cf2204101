import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import type {
  CatchUp,
  Overlap,
  RunPolicy,
  RunState,
  ScheduleInput,
  ScheduleKind,
} from '#domain/schedules/schedule.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { unlessHeld } from '#store/database/failure.js';
import type { Page } from '#store/scans/scan-views.js';
import { isSiteCalled } from '#store/sites/site-by-name.js';

/** The profile that a schedule scans by. */
export interface ScheduleProfile {
  /** Of one's own; null for a built-in one. */
  readonly id: number | null;
  readonly builtIn: string | null;
}

/** All that people say of a schedule. */
export type ScheduleContent = ScheduleInput &
  RunPolicy & {
    readonly name: string;
    readonly description: string | null;
    readonly cron: string;
    readonly timezone: string;
    readonly catchUp: CatchUp;
    readonly overlap: Overlap;
    readonly enabled: boolean;
    /** Null while it is not enabled. */
    readonly nextDueAt: Date | null;
  };

/** A schedule as it is stored. */
export type StoredSchedule = ScheduleContent & {
  readonly id: number;
  readonly uid: string;
  /** Null of a kind that is of no site. */
  readonly siteId: number | null;
  readonly site: string | null;
  readonly profileId: number | null;
  readonly profileUid: string | null;
  /** The name of its profile, built in or not. */
  readonly profileName: string | null;
  readonly builtinProfile: string | null;
  /** Why the program stopped it by itself. */
  readonly stoppedReason: string | null;
  /** Runs that failed in a row. */
  readonly failures: number;
  readonly revision: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedBy: string;
  readonly updatedAt: Date;
};

/** With the newest run that began or was to begin, for lists. */
export type ScheduleView = StoredSchedule & {
  readonly lastState: RunState | null;
  readonly lastDueAt: Date | null;
  readonly lastErrorCode: string | null;
  readonly lastErrorMessage: string | null;
};

const COLUMNS = sql`
  schedule.id, schedule.uid, schedule.name, schedule.description, schedule.kind, schedule.site_id AS "siteId",
  site.name AS site, schedule.cron, schedule.timezone, schedule.task, schedule.profile_id AS "profileId",
  profile.uid AS "profileUid", coalesce(profile.name, schedule.builtin_profile) AS "profileName",
  schedule.builtin_profile AS "builtinProfile", schedule.enabled, schedule.stopped_reason AS "stoppedReason",
  schedule.jitter_ms AS "jitterMs", schedule.catch_up AS "catchUp", schedule.overlap,
  schedule.max_failures AS "maxFailures", schedule.retries, schedule.retry_delay_ms AS "retryDelayMs",
  schedule.failures, schedule.revision, schedule.next_due_at AS "nextDueAt", schedule.created_by AS "createdBy",
  schedule.created_at AS "createdAt", schedule.updated_by AS "updatedBy", schedule.updated_at AS "updatedAt"`;
const TABLES = sql`schedules schedule LEFT JOIN sites site ON site.id = schedule.site_id
  LEFT JOIN scan_profiles profile ON profile.id = schedule.profile_id`;
const SCHEDULE_VIEW = sql`
  SELECT ${COLUMNS}, last.state AS "lastState", last.due_at AS "lastDueAt", last.error_code AS "lastErrorCode",
    last.error_message AS "lastErrorMessage"
  FROM ${TABLES} LEFT JOIN LATERAL (
    SELECT run.state, run.due_at, run.error_code, run.error_message FROM schedule_runs run
    WHERE run.schedule_id = schedule.id ORDER BY run.due_at DESC LIMIT 1) AS last ON true`;

export interface ScheduleFilter {
  readonly kind?: ScheduleKind | undefined;
  readonly enabled?: boolean | undefined;
  readonly site?: string | undefined;
}

function matching({ kind, enabled, site }: ScheduleFilter) {
  return sql`(${kind ?? null}::text IS NULL OR schedule.kind = ${kind ?? null})
    AND (${enabled ?? null}::boolean IS NULL OR schedule.enabled = ${enabled ?? null})
    AND ${site === undefined ? sql`true` : isSiteCalled(site, sql`site.name`)}`;
}

/** By name, whatever its case. */
export async function listSchedules(
  executor: Executor,
  filter: ScheduleFilter,
  page: Page,
): Promise<readonly ScheduleView[]> {
  const { rows } = await sql<ScheduleView>`
    ${SCHEDULE_VIEW} WHERE ${matching(filter)}
    ORDER BY lower(schedule.name) LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countSchedules(executor: Executor, filter: ScheduleFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ${TABLES} WHERE ${matching(filter)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

/** The schedule with this id or name, whatever its case; `not_found`. */
export async function findScheduleView(executor: Executor, term: string): Promise<ScheduleView> {
  const { rows } = await sql<ScheduleView>`${SCHEDULE_VIEW} WHERE ${isCalled(term)}`.execute(executor);
  return present(rows[0], term);
}

/** The same, held against everybody who would change it or start its runs; `not_found`, and `conflict` where somebody else holds it for long. */
export async function lockSchedule(executor: Executor, term: string): Promise<StoredSchedule> {
  const { rows } = await unlessHeld(
    () =>
      sql<StoredSchedule>`
        SELECT ${COLUMNS} FROM ${TABLES} WHERE ${isCalled(term)} FOR NO KEY UPDATE OF schedule`.execute(
        executor,
      ),
    {
      message: `The schedule ${quote(term)} is being changed by somebody else, or a run of it is being stored.`,
      at: term,
      hint: 'Nothing was done; try again in a moment.',
    },
  );
  return present(rows[0], term);
}

export async function findScheduleById(executor: Executor, id: number): Promise<StoredSchedule | undefined> {
  const { rows } = await sql<StoredSchedule>`
    SELECT ${COLUMNS} FROM ${TABLES} WHERE schedule.id = ${id}`.execute(executor);
  return rows[0];
}

/** Held until the transaction ends; undefined when it is gone, to who `passesBy` also while somebody else holds it. */
export async function lockScheduleById(
  executor: Executor,
  id: number,
  { passesBy }: { readonly passesBy: boolean },
): Promise<StoredSchedule | undefined> {
  const { rows } = await sql<StoredSchedule>`
    SELECT ${COLUMNS} FROM ${TABLES} WHERE schedule.id = ${id}
    FOR NO KEY UPDATE OF schedule ${passesBy ? sql`SKIP LOCKED` : sql``}`.execute(executor);
  return rows[0];
}

function isCalled(term: string) {
  return isUid(term) ? sql`schedule.uid = ${term}` : sql`lower(schedule.name) = lower(${term})`;
}

function present<Row extends StoredSchedule>(row: Row | undefined, term: string): Row {
  if (row !== undefined) return row;
  throw new ScanoramaError('not_found', `There is no schedule called ${quote(term)}.`, {
    at: term,
    hint: '`scanorama schedules list` shows the schedules.',
  });
}

export interface NewSchedule {
  readonly uid: string;
  readonly siteId: number | null;
  readonly profile: ScheduleProfile | null;
  readonly content: ScheduleContent;
  readonly createdBy: string;
}

/** False when the name is taken. */
export async function insertSchedule(executor: Executor, schedule: NewSchedule): Promise<boolean> {
  const { uid, siteId, profile, content, createdBy } = schedule;
  const { numAffectedRows } = await sql`
    INSERT INTO schedules (uid, name, description, kind, site_id, cron, timezone, task, profile_id, builtin_profile, enabled,
      jitter_ms, catch_up, overlap, max_failures, retries, retry_delay_ms, next_due_at, created_by, updated_by)
    VALUES (${uid}, ${content.name}, ${content.description}, ${content.kind}, ${siteId}, ${content.cron}, ${content.timezone},
      ${JSON.stringify(content.task)}::jsonb, ${profile?.id ?? null}, ${profile?.builtIn ?? null}, ${content.enabled},
      ${content.jitterMs}, ${content.catchUp}, ${content.overlap}, ${content.maxFailures}, ${content.retries},
      ${content.retryDelayMs}, ${content.nextDueAt}, ${createdBy}, ${createdBy})
    ON CONFLICT ((lower(name))) DO NOTHING`.execute(executor);
  return numAffectedRows === 1n;
}

export interface ChangedSchedule {
  readonly profile: ScheduleProfile | null;
  readonly content: ScheduleContent;
  /** What failed before counts no more. */
  readonly forgetFailures: boolean;
  readonly updatedBy: string;
}

/** Writes all of a locked schedule but its kind and site. */
export async function updateSchedule(
  executor: Executor,
  id: number,
  { profile, content, forgetFailures, updatedBy }: ChangedSchedule,
): Promise<void> {
  await sql`
    UPDATE schedules SET name = ${content.name}, description = ${content.description}, cron = ${content.cron},
      timezone = ${content.timezone}, task = ${JSON.stringify(content.task)}::jsonb, profile_id = ${profile?.id ?? null},
      builtin_profile = ${profile?.builtIn ?? null}, enabled = ${content.enabled}, jitter_ms = ${content.jitterMs},
      catch_up = ${content.catchUp}, overlap = ${content.overlap}, max_failures = ${content.maxFailures},
      retries = ${content.retries}, retry_delay_ms = ${content.retryDelayMs}, next_due_at = ${content.nextDueAt},
      failures = CASE WHEN ${forgetFailures} THEN 0 ELSE failures END,
      stopped_reason = CASE WHEN ${content.enabled} THEN NULL ELSE stopped_reason END,
      revision = revision + 1, updated_by = ${updatedBy}, updated_at = greatest(clock_timestamp(), created_at)
    WHERE id = ${id}`.execute(executor);
}

/** Its runs go with it; scans that it started stay. */
export async function deleteSchedule(executor: Executor, id: number): Promise<void> {
  await sql`DELETE FROM schedules WHERE id = ${id}`.execute(executor);
}

/** Enabled schedules with a due time that nobody decided of yet, the one that waits longest first. */
export async function dueSchedules(executor: Executor, now: Date, limit: number): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM schedules WHERE enabled AND next_due_at <= ${now} ORDER BY next_due_at, id LIMIT ${limit}`.execute(
    executor,
  );
  return rows.map(({ id }) => id);
}

export async function setNextDue(executor: Executor, id: number, nextDueAt: Date): Promise<void> {
  await sql`UPDATE schedules SET next_due_at = ${nextDueAt} WHERE id = ${id}`.execute(executor);
}

/** Runs that failed in a row; 0 once one did not. */
export async function setFailures(executor: Executor, id: number, failures: number): Promise<void> {
  await sql`UPDATE schedules SET failures = ${failures} WHERE id = ${id} AND failures <> ${failures}`.execute(
    executor,
  );
}

/** Disables a schedule by the program's own decision, with the reason. */
export async function stopSchedule(executor: Executor, id: number, reason: string): Promise<void> {
  await sql`
    UPDATE schedules SET enabled = false, next_due_at = NULL, stopped_reason = ${reason}, revision = revision + 1
    WHERE id = ${id}`.execute(executor);
}

/** The same with every enabled one; gives how many. */
export async function stopAllSchedules(executor: Executor, reason: string): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    WITH stopped AS (
      UPDATE schedules SET enabled = false, next_due_at = NULL, stopped_reason = ${reason}, revision = revision + 1
      WHERE enabled RETURNING name)
    SELECT name FROM stopped ORDER BY lower(name)`.execute(executor);
  return rows.map(({ name }) => name);
}

/** The names of schedules that scan by a profile of one's own. */
export async function schedulesByProfile(executor: Executor, profileId: number): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM schedules WHERE profile_id = ${profileId} ORDER BY lower(name)`.execute(executor);
  return rows.map(({ name }) => name);
}

/** The schedules whose scans have tags from the start, by name. */
export async function tagsOfSchedules(
  executor: Executor,
): Promise<readonly { readonly name: string; readonly tags: readonly string[] }[]> {
  const { rows } = await sql<{ name: string; tags: readonly string[] }>`
    SELECT name, task -> 'tags' AS tags FROM schedules
    WHERE jsonb_array_length(coalesce(task -> 'tags', '[]')) > 0 ORDER BY lower(name), id`.execute(executor);
  return rows;
}

/** The schedules that mean the hosts of a filter, by name. */
export async function filtersOfSchedules(
  executor: Executor,
): Promise<readonly { readonly name: string; readonly filter: string }[]> {
  const { rows } = await sql<{ name: string; filter: string }>`
    SELECT name, task ->> 'filter' AS filter FROM schedules
    WHERE kind = 'smart_scan' AND task ->> 'filter' IS NOT NULL ORDER BY lower(name), id`.execute(executor);
  return rows;
}

export interface ScheduledTargets {
  readonly name: string;
  readonly enabled: boolean;
  /** Empty of one that asks every enabled network of its site. */
  readonly targets: readonly string[];
  readonly exclude: readonly string[];
  /** An administrator said that the scope of the site does not count. */
  readonly ignoresScope: boolean;
  readonly confirmUnscoped: boolean;
}

/** What schedules of a site ask, as it was said; of those that name nothing, nothing. */
export async function scheduledGrounds(
  executor: Executor,
  siteId: number,
): Promise<readonly ScheduledTargets[]> {
  const { rows } = await sql<ScheduledTargets>`
    SELECT name, enabled, coalesce(task->'targets', task->'networks') AS targets, task->'exclude' AS exclude,
      (task->>'outsideScope')::boolean AS "ignoresScope", (task->>'confirmUnscoped')::boolean AS "confirmUnscoped"
    FROM schedules
    WHERE site_id = ${siteId} AND kind IN ('scan', 'discovery') ORDER BY lower(name)`.execute(executor);
  return rows;
}
