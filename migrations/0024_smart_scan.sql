-- What smart scan did to learn more of a host: one row for each host of each scan that it started.

CREATE TABLE smart_scan_attempts (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host_id       bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  -- The number outlives a purge of the scan: what was tried in vain is not forgotten with it.
  job_id        bigint NOT NULL REFERENCES scan_numbers ON DELETE RESTRICT,
  stage         text NOT NULL CONSTRAINT smart_scan_attempts_stage_words
                  CHECK (stage IN ('refresh', 'port_expansion', 'service_scan', 'os_detection', 'identity')),
  started_at    timestamptz NOT NULL,
  -- Points of the part of the knowledge score that the stage is for, before and after.
  points_before integer NOT NULL CHECK (points_before BETWEEN 0 AND 20),
  points_after  integer CHECK (points_after BETWEEN 0 AND 20),
  -- Set when the scan was completed and whole; NULL before, and for ever of one that was not.
  ended_at      timestamptz,
  -- It heard the host, so that what it did not find is not there.
  heard         boolean NOT NULL DEFAULT false,
  CONSTRAINT smart_scan_attempts_once UNIQUE (job_id, host_id),
  CONSTRAINT smart_scan_attempts_end_is_whole CHECK ((points_after IS NULL) = (ended_at IS NULL) AND (NOT heard OR ended_at IS NOT NULL))
);
CREATE INDEX smart_scan_attempts_host ON smart_scan_attempts (host_id, stage, started_at);
