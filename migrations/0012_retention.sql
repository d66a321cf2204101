-- Retention that acts, deleting that can be undone, and the indexes of the lists.

-- What was set for the installation. A setting that is in no row has its default, which the program knows.
CREATE TABLE settings (
  name        text PRIMARY KEY CONSTRAINT settings_name_words CHECK (name IN
                ('retention.port_scans', 'retention.coverage', 'retention.history', 'retention.events')),
  value       text NOT NULL,
  updated_by  text NOT NULL,
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT settings_retention_is_a_span CHECK (
    name NOT LIKE 'retention.%' OR value = 'forever' OR value ~ '^[1-9][0-9]{0,4} (days|months)$')
);

-- How far back one can ask: of what was stored before, some is removed. Written before the first row goes.
CREATE TABLE retention_horizons (
  kind        text PRIMARY KEY CONSTRAINT retention_horizons_kind_words CHECK (kind IN
                ('port_scans', 'coverage', 'history', 'events')),
  horizon     timestamptz NOT NULL,
  -- Everything that may go before the horizon is gone; false while it is being removed.
  done        boolean NOT NULL DEFAULT false,
  updated_at  timestamptz NOT NULL DEFAULT now()
);

-- What of a scan is not stored any more though its ledger says that it was: raw rows of a month that was retired
-- (cause partition), coverage that was pruned (coverage), rows of a host that was purged (host). The ledger of a scan adds
-- up to what is stored and the sums of this table together.
CREATE TABLE scan_rows_removed (
  job_id             bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  cause              text NOT NULL CONSTRAINT scan_rows_removed_cause_words CHECK (cause IN ('partition', 'coverage', 'host')),
  -- First day (UTC) of the month whose partition of port_scans was retired.
  month              date,
  listed_ports       bigint NOT NULL DEFAULT 0 CHECK (listed_ports >= 0),
  covered_ports      bigint NOT NULL DEFAULT 0 CHECK (covered_ports >= 0),
  hosts              bigint NOT NULL DEFAULT 0 CHECK (hosts >= 0),
  first_observed_at  timestamptz,
  last_observed_at   timestamptz,
  removed_at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT scan_rows_removed_once UNIQUE NULLS NOT DISTINCT (job_id, cause, month),
  CONSTRAINT scan_rows_removed_months_of_partitions CHECK ((cause = 'partition') = (month IS NOT NULL)),
  CHECK (first_observed_at <= last_observed_at)
);
COMMENT ON TABLE scan_rows_removed IS
  'Per scan, what retention or the purge of a host removed: ledger = stored rows + sums of this table.';

-- A deleted scan is marked and can be restored; who did it. Of a host its history tells.
ALTER TABLE scan_jobs ADD COLUMN deleted_by text CONSTRAINT scan_jobs_deleted_by_somebody CHECK
  (deleted_by IS NULL OR deleted_at IS NOT NULL);

ALTER TABLE events DROP CONSTRAINT events_kind_words;
ALTER TABLE events ADD CONSTRAINT events_kind_words CHECK (kind IN (
  'scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed',
  'scan.stopping', 'scan.cancelled', 'scan.resumed', 'scan.waiting',
  'exclusion.added', 'exclusion.removed',
  'scan.deleted', 'scan.restored', 'scan.purged', 'host.deleted', 'host.restored', 'host.purged'));

-- Lists show what is not deleted, in the order of an address or of the time last seen; docs/query-plans.md has the plans.
-- By address the list has hosts_address, which lists of a past instant share.
DROP INDEX hosts_status_last_seen;
CREATE INDEX hosts_by_last_seen ON hosts (last_seen, id) WHERE deleted_at IS NULL;
CREATE INDEX hosts_by_status ON hosts (status, last_seen, id) WHERE deleted_at IS NULL;
CREATE INDEX hosts_deleted ON hosts (ip_address, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX scan_jobs_deleted ON scan_jobs (created_at DESC, id DESC) WHERE deleted_at IS NOT NULL;
