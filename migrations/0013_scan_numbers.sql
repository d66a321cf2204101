-- What a purged scan leaves behind keeps its place in the order of observations, and the books count all they hold.

-- No scan of another program begins while numbers are copied: it would have none.
LOCK TABLE scan_jobs IN ACCESS EXCLUSIVE MODE;

-- The number of every scan there ever was. It is never removed: what a scan decided outlives it, and observations of the
-- same instant are ordered by the number. So no purge touches current state and history, and whoever stores what was
-- decided by another scan refers to a row that stays.
CREATE TABLE scan_numbers (
  id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
-- Beyond every scan that was purged, too.
SELECT setval(pg_get_serial_sequence('scan_numbers', 'id'), nextval(pg_get_serial_sequence('scan_jobs', 'id')), false);
INSERT INTO scan_numbers (id) OVERRIDING SYSTEM VALUE SELECT id FROM scan_jobs;

CREATE FUNCTION new_scan_number() RETURNS bigint LANGUAGE sql AS
  $$ INSERT INTO scan_numbers DEFAULT VALUES RETURNING id $$;
ALTER TABLE scan_jobs ALTER COLUMN id DROP IDENTITY;
ALTER TABLE scan_jobs ALTER COLUMN id SET DEFAULT new_scan_number(),
  ADD CONSTRAINT scan_jobs_id_fkey FOREIGN KEY (id) REFERENCES scan_numbers ON DELETE RESTRICT;

-- A scan that was purged before has left NULL, which is older than any; its number is not known any more.
ALTER TABLE host_ports DROP CONSTRAINT host_ports_job_id_fkey,
  ADD CONSTRAINT host_ports_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers ON DELETE RESTRICT;
ALTER TABLE host_history DROP CONSTRAINT host_history_job_id_fkey,
  ADD CONSTRAINT host_history_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers ON DELETE RESTRICT;
ALTER TABLE host_facts DROP CONSTRAINT host_facts_job_id_fkey,
  ADD CONSTRAINT host_facts_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers ON DELETE RESTRICT;
ALTER TABLE hosts DROP CONSTRAINT hosts_status_job_id_fkey,
  ADD CONSTRAINT hosts_status_job_id_fkey FOREIGN KEY (status_job_id) REFERENCES scan_numbers ON DELETE RESTRICT;
-- They led from a scan to what it decided, for the purge alone.
DROP INDEX host_history_job, host_facts_job, hosts_status_job;

-- Findings and remarks are in the ledger as well. NULL in batches from before: nobody counted.
ALTER TABLE scan_batches
  ADD COLUMN findings integer CHECK (findings >= 0),
  ADD COLUMN remarks integer CHECK (remarks >= 0);
ALTER TABLE scan_rows_removed ADD COLUMN findings bigint NOT NULL DEFAULT 0 CHECK (findings >= 0);

-- A scan that was cancelled by nobody's wish says why.
ALTER TABLE scan_jobs DROP CONSTRAINT scan_jobs_failed_says_why,
  ADD CONSTRAINT scan_jobs_failed_says_why CHECK (CASE status
    WHEN 'failed' THEN error_code IS NOT NULL
    WHEN 'cancelled' THEN true
    ELSE error_code IS NULL END);
