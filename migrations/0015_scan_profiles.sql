-- Ways of scanning that have a name, and with every scan the whole of what it ran with.

-- Those of one's own; the built-in ones are part of the program. NULL leaves a setting to the program.
CREATE TABLE scan_profiles (
  id                          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid                         uuid NOT NULL UNIQUE,
  name                        text NOT NULL CONSTRAINT scan_profiles_name_form CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$'),
  description                 text CHECK (char_length(description) <= 2000),
  scan_type                   text CONSTRAINT scan_profiles_scan_type_words CHECK (scan_type IN
                                ('auto', 'connect', 'syn', 'udp', 'ack', 'version', 'aggressive', 'comprehensive')),
  ports                       text CHECK (char_length(ports) BETWEEN 1 AND 20000),
  live_hosts                  boolean,
  packets_per_second          integer CHECK (packets_per_second > 0),
  packets_per_second_per_host integer CHECK (packets_per_second_per_host > 0),
  unlimited                   boolean NOT NULL DEFAULT false,
  retries                     integer CHECK (retries BETWEEN 0 AND 10),
  timeout_ms                  integer CHECK (timeout_ms BETWEEN 50 AND 10000),
  concurrency                 integer CHECK (concurrency BETWEEN 1 AND 10000),
  timing                      text CONSTRAINT scan_profiles_timing_words CHECK (timing IN
                                ('paranoid', 'sneaky', 'polite', 'normal', 'aggressive')),
  version_intensity           integer CHECK (version_intensity BETWEEN 0 AND 9),
  scripts                     text CONSTRAINT scan_profiles_scripts_words CHECK (scripts IN ('none', 'default', 'safe')),
  os_detection                boolean,
  created_by                  text NOT NULL,
  created_at                  timestamptz NOT NULL DEFAULT now(),
  updated_at                  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT scan_profiles_one_rate CHECK (NOT (unlimited AND packets_per_second IS NOT NULL)),
  CONSTRAINT scan_profiles_times_in_order CHECK (updated_at >= created_at)
);
CREATE UNIQUE INDEX scan_profiles_name_once ON scan_profiles (lower(name));

-- By which profile a scan was started: one of one's own, which may be removed since, or a built-in one. Its name then,
-- and what was said otherwise beside it. The scan itself runs on its own columns alone.
ALTER TABLE scan_jobs
  ADD COLUMN profile_id        bigint REFERENCES scan_profiles ON DELETE SET NULL,
  ADD COLUMN builtin_profile   text CHECK (builtin_profile <> ''),
  ADD COLUMN profile_name      text CHECK (profile_name <> ''),
  ADD COLUMN profile_overrides text[] NOT NULL DEFAULT '{}' CONSTRAINT scan_jobs_profile_overrides_words CHECK (profile_overrides <@
    ARRAY['scan_type', 'ports', 'live_hosts', 'rate', 'per_host_rate', 'retries', 'timeout_ms', 'concurrency', 'timing',
      'version_intensity', 'scripts', 'os_detection']),
  ADD COLUMN retries           integer CHECK (retries BETWEEN 0 AND 10),
  ADD COLUMN timeout_ms        integer CHECK (timeout_ms BETWEEN 50 AND 10000),
  ADD COLUMN concurrency       integer CHECK (concurrency BETWEEN 1 AND 10000),
  ADD COLUMN timing            text CONSTRAINT scan_jobs_timing_words CHECK (timing IN
    ('paranoid', 'sneaky', 'polite', 'normal', 'aggressive')),
  ADD COLUMN version_intensity integer CHECK (version_intensity BETWEEN 0 AND 9),
  ADD COLUMN scripts           text CONSTRAINT scan_jobs_scripts_words CHECK (scripts IN ('none', 'default', 'safe')),
  ADD COLUMN os_detection      boolean,
  ADD CONSTRAINT scan_jobs_one_profile CHECK (num_nonnulls(profile_id, builtin_profile) <= 1),
  ADD CONSTRAINT scan_jobs_profiles_have_a_name CHECK (profile_name IS NOT NULL
    OR (num_nonnulls(profile_id, builtin_profile) = 0 AND profile_overrides = '{}')),
  ADD CONSTRAINT scan_jobs_detection_is_of_nmap CHECK (engine = 'nmap'
    OR num_nonnulls(timing, version_intensity, scripts, os_detection) = 0);
CREATE INDEX scan_jobs_profile ON scan_jobs (profile_id) WHERE profile_id IS NOT NULL;
CREATE INDEX scan_jobs_builtin_profile ON scan_jobs (builtin_profile) WHERE builtin_profile IS NOT NULL;

-- What every scan of before ran with.
UPDATE scan_jobs SET retries = 1, timeout_ms = 900, concurrency = CASE engine WHEN 'connect' THEN 1000 END
WHERE engine NOT IN ('nmap', 'import');
UPDATE scan_jobs SET retries = 1, version_intensity = 7,
  scripts = CASE scan_type WHEN 'version' THEN 'none' WHEN 'aggressive' THEN 'default' ELSE 'safe' END,
  os_detection = scan_type <> 'version'
WHERE engine = 'nmap';
