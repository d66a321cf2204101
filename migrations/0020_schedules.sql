-- What is done by itself, at times that people choose.

-- A schedule is this row and nothing in memory: whoever looks at it next acts by what it says now.
CREATE TABLE schedules (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid             uuid NOT NULL UNIQUE,
  name            text NOT NULL CONSTRAINT schedules_name_form CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$'),
  description     text CHECK (char_length(description) <= 2000),
  kind            text NOT NULL CONSTRAINT schedules_kind_words CHECK (kind IN ('scan', 'discovery', 'smart_scan', 'verify', 'retention')),
  -- Of what is done to a site; NULL of what is done to all that is stored.
  site_id         bigint REFERENCES sites ON DELETE RESTRICT,
  cron            text NOT NULL CHECK (char_length(cron) BETWEEN 9 AND 100),
  zone            text NOT NULL CHECK (char_length(zone) BETWEEN 1 AND 64),
  -- What the kind is to do, as it was checked when it was said.
  what            jsonb NOT NULL CHECK (jsonb_typeof(what) = 'object'),
  profile_id      bigint REFERENCES scan_profiles ON DELETE RESTRICT,
  builtin_profile text CHECK (builtin_profile <> ''),
  enabled         boolean NOT NULL,
  -- Why the program stopped it by itself.
  stopped_reason  text CHECK (stopped_reason <> ''),
  jitter_ms       integer NOT NULL CHECK (jitter_ms BETWEEN 0 AND 86400000),
  catch_up        text NOT NULL CONSTRAINT schedules_catch_up_words CHECK (catch_up IN ('none', 'latest', 'all')),
  overlap         text NOT NULL CONSTRAINT schedules_overlap_words CHECK (overlap IN ('skip', 'queue')),
  -- Runs in a row that fail until it stops; NULL: it goes on.
  max_failures    integer CHECK (max_failures BETWEEN 1 AND 1000),
  retries         integer NOT NULL CHECK (retries BETWEEN 0 AND 10),
  retry_delay_ms  integer NOT NULL CHECK (retry_delay_ms BETWEEN 0 AND 86400000),
  failures        integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  revision        bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
  -- The first due time that nobody decided of yet, by the clock of PostgreSQL.
  next_due_at     timestamptz,
  created_by      text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_by      text NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT schedules_due_while_enabled CHECK (enabled = (next_due_at IS NOT NULL)),
  CONSTRAINT schedules_stopped_is_not_enabled CHECK (NOT enabled OR stopped_reason IS NULL),
  CONSTRAINT schedules_of_a_site CHECK ((kind IN ('scan', 'discovery')) = (site_id IS NOT NULL)),
  CONSTRAINT schedules_profiles_are_of_scans CHECK (num_nonnulls(profile_id, builtin_profile) <= CASE kind WHEN 'scan' THEN 1 ELSE 0 END),
  CONSTRAINT schedules_times_in_order CHECK (updated_at >= created_at)
);
CREATE UNIQUE INDEX schedules_name_once ON schedules (lower(name));
CREATE INDEX schedules_due ON schedules (next_due_at) WHERE enabled;
CREATE INDEX schedules_site ON schedules (site_id) WHERE site_id IS NOT NULL;
CREATE INDEX schedules_profile ON schedules (profile_id) WHERE profile_id IS NOT NULL;

-- One row a due time, however many schedulers see it.
CREATE TABLE schedule_runs (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid              uuid NOT NULL UNIQUE,
  schedule_id      bigint NOT NULL REFERENCES schedules ON DELETE CASCADE,
  due_at           timestamptz NOT NULL,
  cause            text NOT NULL CONSTRAINT schedule_runs_cause_words CHECK (cause IN ('due', 'catch_up', 'asked')),
  -- Who asked for it.
  asked_by         text,
  state            text NOT NULL CONSTRAINT schedule_runs_state_words CHECK (state IN
                     ('pending', 'running', 'completed', 'failed', 'cancelled', 'skipped')),
  skip_reason      text CONSTRAINT schedule_runs_skip_reason_words CHECK (skip_reason IN
                     ('overlap', 'queue_full', 'missed', 'paused', 'changed')),
  -- The first of the due times before it that were passed over, while no scheduler ran.
  missed_from      timestamptz CHECK (missed_from < due_at),
  -- Not to begin before: after the jitter, or after the delay of a retry.
  starts_at        timestamptz NOT NULL,
  -- How often it was begun.
  attempt          integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  started_at       timestamptz,
  finished_at      timestamptz,
  -- Of the last attempt that failed.
  error_code       text,
  error_message    text,
  -- The program that does what is no scan, and until when it is believed to live.
  owner            text,
  lease_expires_at timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT schedule_runs_once UNIQUE (schedule_id, due_at),
  CONSTRAINT schedule_runs_asked_by_somebody CHECK ((cause = 'asked') = (asked_by IS NOT NULL)),
  CONSTRAINT schedule_runs_skipped_with_reason CHECK ((state = 'skipped') = (skip_reason IS NOT NULL)),
  CONSTRAINT schedule_runs_failed_with_reason CHECK (state <> 'failed' OR error_code IS NOT NULL),
  CONSTRAINT schedule_runs_errors_are_whole CHECK (num_nonnulls(error_code, error_message) IN (0, 2)),
  CONSTRAINT schedule_runs_begun CHECK (state NOT IN ('running', 'completed') OR (started_at IS NOT NULL AND attempt > 0)),
  CONSTRAINT schedule_runs_ended CHECK ((state IN ('pending', 'running')) = (finished_at IS NULL)),
  CONSTRAINT schedule_runs_times_in_order CHECK (finished_at >= started_at),
  CONSTRAINT schedule_runs_leases_are_whole CHECK (num_nonnulls(owner, lease_expires_at) IN (0, 2)),
  CONSTRAINT schedule_runs_leases_are_running CHECK (state = 'running' OR owner IS NULL)
);
CREATE INDEX schedule_runs_open ON schedule_runs (starts_at) WHERE state IN ('pending', 'running');
CREATE INDEX schedule_runs_ended_at ON schedule_runs (finished_at) WHERE finished_at IS NOT NULL;

-- Which run started a scan, and how its schedule was called then. A scan outlives its schedule.
ALTER TABLE scan_jobs
  ADD COLUMN schedule_run_id bigint REFERENCES schedule_runs ON DELETE SET NULL,
  ADD COLUMN schedule_name   text CHECK (schedule_name <> ''),
  ADD CONSTRAINT scan_jobs_runs_have_a_name CHECK (schedule_run_id IS NULL OR schedule_name IS NOT NULL);
CREATE INDEX scan_jobs_schedule_run ON scan_jobs (schedule_run_id) WHERE schedule_run_id IS NOT NULL;

ALTER TABLE events DROP CONSTRAINT events_kind_words;
ALTER TABLE events ADD CONSTRAINT events_kind_words CHECK (kind IN (
  'scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed',
  'scan.stopping', 'scan.cancelled', 'scan.resumed', 'scan.waiting',
  'exclusion.added', 'exclusion.removed', 'settings.changed',
  'scan.deleted', 'scan.restored', 'scan.purged', 'host.deleted', 'host.restored', 'host.purged',
  'host.up', 'host.down', 'host.gone', 'host.flapping', 'host.timeout', 'host.changed',
  'schedule.changed', 'schedule.run', 'schedule.stopped'));
