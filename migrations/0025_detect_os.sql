-- A discovery may want the systems of the hosts it finds told: a scan by nmap that begins when it completes.

ALTER TABLE scan_jobs
  -- What became of that wish; NULL: there was none.
  ADD COLUMN os_scan text
    CONSTRAINT scan_jobs_os_scan_words CHECK (os_scan IN ('wanted', 'started', 'nobody', 'refused'))
    CONSTRAINT scan_jobs_os_scan_is_of_a_discovery CHECK (os_scan IS NULL OR engine = 'sweep'),
  -- Of the scan that came of it: the discovery, which may be purged before it.
  ADD COLUMN found_by_job_id bigint REFERENCES scan_numbers ON DELETE RESTRICT
    CONSTRAINT scan_jobs_found_by_once UNIQUE
    CONSTRAINT scan_jobs_found_by_is_of_nmap CHECK (found_by_job_id IS NULL OR engine = 'nmap');

CREATE INDEX scan_jobs_os_scan_wanted ON scan_jobs (id) WHERE os_scan = 'wanted' AND status = 'completed';
