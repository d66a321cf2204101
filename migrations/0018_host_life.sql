-- The life of hosts: who missed them, since when they are what they are, how fast they answer, and what people say of them.

-- How much silence makes a host down, and then gone; NULL: as its network has it, or else as the program does.
ALTER TABLE networks
  ADD COLUMN grace_misses    integer CONSTRAINT networks_grace_misses_bound CHECK (grace_misses BETWEEN 1 AND 100),
  ADD COLUMN gone_after_days integer CONSTRAINT networks_gone_after_days_bound CHECK (gone_after_days BETWEEN 1 AND 3650);

-- status_reason, status_observed_at, status_job_id, status_shard and status_position are the newest proof that the host
-- was there, whatever its status is now.
ALTER TABLE hosts
  ADD COLUMN grace_misses    integer CONSTRAINT hosts_grace_misses_bound CHECK (grace_misses BETWEEN 1 AND 100),
  ADD COLUMN gone_after_days integer CONSTRAINT hosts_gone_after_days_bound CHECK (gone_after_days BETWEEN 1 AND 3650),
  -- When it first answered a run that asks for hosts themselves, and not for ports alone.
  ADD COLUMN answers_since   timestamptz,
  -- Runs that missed it since it was last seen.
  ADD COLUMN misses          integer NOT NULL DEFAULT 0 CONSTRAINT hosts_misses_count CHECK (misses >= 0),
  -- The newest run that it did not answer, whether or not that counts; NULL: none ever.
  ADD COLUMN missed_at       timestamptz,
  -- Since when it has its status, and by which scan; NULL: since it was first seen.
  ADD COLUMN turned_at       timestamptz,
  ADD COLUMN turned_job_id   bigint REFERENCES scan_numbers ON DELETE RESTRICT,
  ADD COLUMN flapping        boolean NOT NULL DEFAULT false,
  ADD COLUMN ignored         boolean NOT NULL DEFAULT false,
  ADD COLUMN custom_name     text CONSTRAINT hosts_custom_name_length CHECK (char_length(custom_name) BETWEEN 1 AND 255),
  -- Of all its answers whose time was taken, microseconds.
  ADD COLUMN rtt_count       bigint NOT NULL DEFAULT 0,
  ADD COLUMN rtt_sum_us      bigint,
  ADD COLUMN rtt_min_us      bigint,
  ADD COLUMN rtt_max_us      bigint,
  ADD CONSTRAINT hosts_rtt_is_whole CHECK (CASE WHEN rtt_count = 0 THEN num_nonnulls(rtt_sum_us, rtt_min_us, rtt_max_us) = 0
    ELSE rtt_count > 0 AND rtt_min_us >= 0 AND rtt_sum_us BETWEEN rtt_min_us * rtt_count AND rtt_max_us * rtt_count END);
-- Who answered such a run before can be missed by the next one.
UPDATE hosts SET answers_since = answered.first FROM (
    SELECT seen.host_id, min(seen.observed_at) AS first FROM scan_hosts seen JOIN scan_jobs job ON job.id = seen.job_id
    WHERE job.live_hosts OR job.scan_type = 'discovery' GROUP BY seen.host_id) AS answered
  WHERE hosts.id = answered.host_id;
-- The name that a person gave is found like the others.
DROP INDEX hosts_words;
ALTER TABLE hosts DROP COLUMN words, ADD COLUMN words tsvector GENERATED ALWAYS AS (
  CASE WHEN hostname IS NOT NULL OR vendor IS NOT NULL OR custom_name IS NOT NULL
    THEN search_words(coalesce(hostname, '') || ' ' || coalesce(vendor, '') || ' ' || coalesce(custom_name, '')) END) STORED;
CREATE INDEX hosts_words ON hosts USING gin (words) WHERE words IS NOT NULL;

-- When the scan saw the host: from the first to the last proof of each time, and ten minutes on, so that what lies closer
-- together is one time. Empty: it was stored before this was kept, and observed_at is all that is known.
ALTER TABLE scan_hosts ADD COLUMN seen tstzmultirange NOT NULL DEFAULT '{}';

-- Addresses of the machine that ran the shard: that they answer says nothing of a network.
ALTER TABLE scan_shards ADD COLUMN asked_from inet[] NOT NULL DEFAULT '{}';

-- Addresses that a scan looked for by every way it had, without a word. They are no positions of its plan: those of a
-- silent host are skipped.
CREATE TABLE scan_silent_ranges (
  job_id        bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  shard_number  integer NOT NULL,
  first_address inet NOT NULL,
  last_address  inet NOT NULL,
  -- When asking began.
  observed_at   timestamptz NOT NULL,
  PRIMARY KEY (job_id, first_address, last_address, observed_at),
  CONSTRAINT scan_silent_ranges_in_order CHECK (family(first_address) = family(last_address) AND first_address <= last_address)
);
CREATE INDEX scan_silent_ranges_observed ON scan_silent_ranges (observed_at);

-- A run that was completed and whole did not hear a known host, though others of its network answered: at most once per
-- run and host. The grace is the one in force when the run was completed; what it could not have heard is beside it.
CREATE TABLE scan_misses (
  job_id          bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  host_id         bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  asked_at        timestamptz NOT NULL,
  grace_misses    integer NOT NULL CHECK (grace_misses BETWEEN 1 AND 100),
  gone_after_days integer NOT NULL CHECK (gone_after_days BETWEEN 1 AND 3650),
  unheard         text[] NOT NULL DEFAULT '{}',
  recorded_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, host_id)
);
CREATE INDEX scan_misses_host ON scan_misses (host_id, asked_at);

ALTER TABLE host_history DROP CONSTRAINT host_history_fact_words,
  ADD CONSTRAINT host_history_fact_words CHECK (fact IN ('status', 'hostname', 'mac_address', 'vendor', 'os_family', 'os_name',
    'port', 'service', 'deleted', 'flapping', 'ignored', 'custom_name', 'grace_misses', 'gone_after_days'));

ALTER TABLE events DROP CONSTRAINT events_kind_words;
ALTER TABLE events ADD CONSTRAINT events_kind_words CHECK (kind IN (
  'scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed',
  'scan.stopping', 'scan.cancelled', 'scan.resumed', 'scan.waiting',
  'exclusion.added', 'exclusion.removed',
  'scan.deleted', 'scan.restored', 'scan.purged', 'host.deleted', 'host.restored', 'host.purged',
  'host.up', 'host.down', 'host.gone', 'host.flapping', 'host.timeout', 'host.changed'));
