-- The foundation: sites, scans with their plan, ledger and coverage, hosts, ports, history, events,
-- and who may come in. Words in CHECKs are the const arrays of src/domain; a test compares them.
--
-- Two clocks are kept apart everywhere: `observed_at` is when the observer saw something, by the
-- observer's clock; `recorded_at`, `scanned_at`, `created_at` and the like are PostgreSQL's.

-- Sites: two places may use the same private range; whatever can collide carries site_id.
CREATE TABLE sites (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         uuid NOT NULL UNIQUE,
  name        text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$'),
  created_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'default');

CREATE TABLE networks (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         uuid NOT NULL UNIQUE,
  site_id     bigint NOT NULL REFERENCES sites ON DELETE RESTRICT,
  cidr        cidr NOT NULL,
  name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  description text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now() CHECK (updated_at >= created_at),
  UNIQUE (site_id, cidr),
  UNIQUE (site_id, name)
);

-- Scans ------------------------------------------------------------------------------------------

CREATE TABLE scan_status_transitions (
  from_status text NOT NULL,
  to_status   text NOT NULL,
  PRIMARY KEY (from_status, to_status)
);
INSERT INTO scan_status_transitions (from_status, to_status) VALUES
  ('pending', 'running'), ('pending', 'failed'), ('pending', 'cancelled'),
  ('running', 'completed'), ('running', 'failed'), ('running', 'cancelled'),
  ('failed', 'pending'), ('cancelled', 'pending');

CREATE TABLE scan_jobs (
  id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid                 uuid NOT NULL UNIQUE,
  site_id             bigint NOT NULL REFERENCES sites ON DELETE RESTRICT,
  -- A network that goes away must not take the record of what was scanned in it along.
  network_id          bigint REFERENCES networks ON DELETE SET NULL,
  name                text CHECK (char_length(name) BETWEEN 1 AND 100),
  description         text CHECK (char_length(description) <= 2000),
  status              text NOT NULL DEFAULT 'pending'
                      CONSTRAINT scan_jobs_status_words
                      CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
  partial             boolean NOT NULL DEFAULT false,
  error_code          text,
  error_message       text,
  scan_type           text NOT NULL CONSTRAINT scan_jobs_scan_type_words CHECK (scan_type IN ('auto', 'connect')),
  engine              text NOT NULL CONSTRAINT scan_jobs_engine_words CHECK (engine IN ('connect')),

  -- What was asked for, in the words it was asked in, and what the names meant then.
  targets             text[] NOT NULL CHECK (cardinality(targets) > 0),
  excluded            text[] NOT NULL DEFAULT '{}',
  resolved            jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(resolved) = 'array'),

  -- The plan is a pure function of these five.
  plan_version        integer NOT NULL CHECK (plan_version >= 1),
  target_ranges       text[] NOT NULL CHECK (cardinality(target_ranges) > 0),
  ports               text NOT NULL CHECK (ports <> ''),
  seed                bigint NOT NULL,
  positions           bigint NOT NULL CHECK (positions > 0),

  -- Rates: NULL is the default of the installation; `unlimited` is what `--rate max` says.
  packets_per_second           integer CHECK (packets_per_second > 0),
  packets_per_second_per_host  integer CHECK (packets_per_second_per_host > 0),
  unlimited           boolean NOT NULL DEFAULT false CHECK (NOT (unlimited AND packets_per_second IS NOT NULL)),

  created_by          text NOT NULL,
  created_at          timestamptz NOT NULL DEFAULT now(),
  started_at          timestamptz,
  stop_requested_at   timestamptz,
  completed_at        timestamptz,
  deleted_at          timestamptz,

  CONSTRAINT scan_jobs_partial_only_when_completed CHECK (NOT partial OR status = 'completed'),
  CONSTRAINT scan_jobs_failed_says_why CHECK ((status = 'failed') = (error_code IS NOT NULL)),
  CONSTRAINT scan_jobs_error_is_whole CHECK ((error_code IS NULL) = (error_message IS NULL)),
  CONSTRAINT scan_jobs_times_in_order CHECK (started_at >= created_at AND completed_at >= coalesce(started_at, created_at)),
  CONSTRAINT scan_jobs_status_has_its_times CHECK (CASE status
    WHEN 'pending'   THEN completed_at IS NULL
    WHEN 'running'   THEN started_at IS NOT NULL AND completed_at IS NULL
    WHEN 'completed' THEN started_at IS NOT NULL AND completed_at IS NOT NULL
    ELSE completed_at IS NOT NULL END)
);
CREATE INDEX scan_jobs_newest ON scan_jobs (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX scan_jobs_unsettled ON scan_jobs (status) WHERE status IN ('pending', 'running');
CREATE INDEX scan_jobs_network ON scan_jobs (network_id) WHERE network_id IS NOT NULL;

CREATE FUNCTION refuse_forbidden_scan_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM scan_status_transitions WHERE from_status = OLD.status AND to_status = NEW.status) THEN
    RAISE EXCEPTION 'scan % cannot go from % to %', OLD.uid, OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'scan_status_transitions';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER scan_jobs_transition BEFORE UPDATE OF status ON scan_jobs
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION refuse_forbidden_scan_transition();

-- A shard is a range of the plan. Its lease row alone decides who may run it and write for it.
CREATE TABLE scan_shards (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id            bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  number            integer NOT NULL CHECK (number >= 0),
  first_position    bigint NOT NULL CHECK (first_position >= 0),
  end_position      bigint NOT NULL,
  -- Everything before it is committed; where a resumed run goes on.
  checkpoint        bigint NOT NULL,
  next_batch        bigint NOT NULL DEFAULT 0 CHECK (next_batch >= 0),
  -- When the block that the checkpoint stands in was begun; dates its coverage also after a resume.
  block_started_at  timestamptz,
  lease_token       bigint NOT NULL DEFAULT 0 CHECK (lease_token >= 0),
  lease_owner       text,
  lease_expires_at  timestamptz,
  probes_sent       bigint NOT NULL DEFAULT 0 CHECK (probes_sent >= 0),
  probes_answered   bigint NOT NULL DEFAULT 0 CHECK (probes_answered >= 0),
  listed_ports      bigint NOT NULL DEFAULT 0 CHECK (listed_ports >= 0),
  hosts_up          bigint NOT NULL DEFAULT 0 CHECK (hosts_up >= 0),
  UNIQUE (job_id, number),
  CHECK (first_position < end_position),
  CHECK (checkpoint BETWEEN first_position AND end_position),
  CHECK ((lease_owner IS NULL) = (lease_expires_at IS NULL))
);
CREATE INDEX scan_shards_runnable ON scan_shards (lease_expires_at) WHERE checkpoint < end_position;

-- The ledger: one row a committed batch, a closed interval of positions of one shard.
CREATE TABLE scan_batches (
  shard_id        bigint NOT NULL REFERENCES scan_shards ON DELETE CASCADE,
  seq             bigint NOT NULL CHECK (seq >= 0),
  job_id          bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  lease_token     bigint NOT NULL CHECK (lease_token >= 1),
  first_position  bigint NOT NULL CHECK (first_position >= 0),
  end_position    bigint NOT NULL,
  listed_ports    integer NOT NULL CHECK (listed_ports >= 0),
  covered_ports   integer NOT NULL CHECK (covered_ports >= 0),
  skipped         integer NOT NULL CHECK (skipped >= 0),
  hosts_up        integer NOT NULL CHECK (hosts_up >= 0),
  probes_sent     bigint NOT NULL CHECK (probes_sent >= 0),
  probes_answered bigint NOT NULL CHECK (probes_answered >= 0),
  observed_from   timestamptz NOT NULL,
  observed_to     timestamptz NOT NULL,
  recorded_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shard_id, seq),
  UNIQUE (shard_id, first_position),
  CHECK (first_position < end_position),
  CHECK (observed_from <= observed_to),
  -- Every position of the interval is accounted for, once.
  CONSTRAINT scan_batches_add_up CHECK (end_position - first_position = listed_ports + covered_ports + skipped)
);
CREATE INDEX scan_batches_job ON scan_batches (job_id);

-- Coverage: what was asked and is not listed port by port. A port in no row was not asked.
CREATE TABLE scan_coverage (
  job_id       bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  site_id      bigint NOT NULL REFERENCES sites ON DELETE RESTRICT,
  address      inet NOT NULL,
  protocol     text NOT NULL CONSTRAINT scan_coverage_protocol_words CHECK (protocol IN ('tcp', 'udp')),
  state        text NOT NULL CONSTRAINT scan_coverage_state_words
               CHECK (state IN ('open', 'closed', 'filtered', 'open|filtered', 'unfiltered', 'unknown')),
  reason       text NOT NULL CONSTRAINT scan_coverage_reason_words CHECK (reason IN (
                 'syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach',
                 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst')),
  ports        int4multirange NOT NULL CHECK (NOT isempty(ports) AND ports <@ int4multirange(int4range(0, 65536))),
  shard_number integer NOT NULL,
  -- The start of the block: no answer in it is older, so folding it never overwrites a newer one.
  observed_at  timestamptz NOT NULL,
  PRIMARY KEY (job_id, address, protocol, state, reason),
  CONSTRAINT scan_coverage_one_address CHECK (masklen(address) = CASE family(address) WHEN 4 THEN 32 ELSE 128 END)
);
CREATE INDEX scan_coverage_address ON scan_coverage (site_id, address, observed_at);

-- Hosts ------------------------------------------------------------------------------------------

-- A host row exists only on evidence. The status_* columns are the key of the observation that
-- decided the status: folding compares them, so any order of arrival ends in the same state.
CREATE TABLE hosts (
  id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid                 uuid NOT NULL UNIQUE,
  site_id             bigint NOT NULL REFERENCES sites ON DELETE RESTRICT,
  ip_address          inet NOT NULL,
  hostname            text CHECK (char_length(hostname) BETWEEN 1 AND 255),
  mac_address         macaddr,
  vendor              text,
  os_family           text,
  status              text NOT NULL CONSTRAINT hosts_status_words CHECK (status IN ('up', 'down', 'unknown', 'gone')),
  status_reason       text CONSTRAINT hosts_reason_words CHECK (status_reason IN (
                        'syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach',
                        'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst')),
  status_observed_at  timestamptz NOT NULL,
  status_job_id       bigint REFERENCES scan_jobs ON DELETE SET NULL,
  status_shard        integer,
  status_position     bigint,
  first_seen          timestamptz NOT NULL,
  last_seen           timestamptz NOT NULL,
  created_at          timestamptz NOT NULL DEFAULT now(),
  deleted_at          timestamptz,
  UNIQUE (site_id, ip_address),
  CHECK (first_seen <= last_seen),
  CONSTRAINT hosts_one_address CHECK (masklen(ip_address) = CASE family(ip_address) WHEN 4 THEN 32 ELSE 128 END)
);
CREATE INDEX hosts_status_last_seen ON hosts (status, last_seen DESC);
CREATE INDEX hosts_status_job ON hosts (status_job_id) WHERE status_job_id IS NOT NULL;

-- Which hosts a scan saw, and the first evidence it had.
CREATE TABLE scan_hosts (
  job_id      bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  host_id     bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  reason      text NOT NULL CONSTRAINT scan_hosts_reason_words CHECK (reason IN (
                'syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach',
                'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst')),
  observed_at timestamptz NOT NULL,
  PRIMARY KEY (job_id, host_id)
);
CREATE INDEX scan_hosts_host ON scan_hosts (host_id);

-- Raw observations of open ports: every one, never changed, by month of storing.
CREATE TABLE port_scans (
  job_id        bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  host_id       bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  protocol      text NOT NULL CONSTRAINT port_scans_protocol_words CHECK (protocol IN ('tcp', 'udp')),
  port          integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
  state         text NOT NULL CONSTRAINT port_scans_state_words CHECK (state IN ('open', 'open|filtered')),
  reason        text NOT NULL CONSTRAINT port_scans_reason_words CHECK (reason IN (
                  'syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach',
                  'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst')),
  shard_number  integer NOT NULL,
  position      bigint NOT NULL CHECK (position >= 0),
  round_trip_us integer CHECK (round_trip_us >= 0),
  observed_at   timestamptz NOT NULL,
  scanned_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, host_id, protocol, port, scanned_at)
) PARTITION BY RANGE (scanned_at);
CREATE INDEX port_scans_host_port_state ON port_scans (host_id, port, state);
-- A month without a partition of its own never loses a row.
CREATE TABLE port_scans_default PARTITION OF port_scans DEFAULT;

-- Makes the partitions of this month (UTC) and of the given number of months ahead, and moves the rows
-- over that landed in the default one for want of them; gives how many partitions were new.
CREATE FUNCTION make_port_scan_partitions(months_ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  first_month date := date_trunc('month', least(now(), (SELECT min(scanned_at) FROM port_scans_default)) AT TIME ZONE 'UTC')::date;
  last_month date := date_trunc('month', now() AT TIME ZONE 'UTC')::date + make_interval(months => months_ahead);
  month date;
  first_day timestamptz;
  end_day timestamptz;
  name text;
  made integer := 0;
BEGIN
  FOR month IN SELECT generate_series(first_month, last_month, interval '1 month')::date LOOP
    name := 'port_scans_' || to_char(month, 'YYYY_MM');
    CONTINUE WHEN to_regclass(name) IS NOT NULL;
    first_day := month::timestamp AT TIME ZONE 'UTC';
    end_day := (month + interval '1 month') AT TIME ZONE 'UTC';
    -- In the lock order of a batch; nothing may land in the default partition between moving and attaching.
    IF made = 0 THEN
      LOCK TABLE scan_jobs, hosts, port_scans IN SHARE ROW EXCLUSIVE MODE;
      CONTINUE WHEN to_regclass(name) IS NOT NULL;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE port_scans INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    EXECUTE format('WITH moved AS (DELETE FROM port_scans_default WHERE scanned_at >= $1 AND scanned_at < $2 RETURNING *)
      INSERT INTO %I SELECT * FROM moved', name) USING first_day, end_day;
    EXECUTE format('ALTER TABLE port_scans ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first_day, end_day);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;

-- The current state of every port that was ever listed: the newest observation of it by
-- (observed_at, job, shard, position), whether that is a port_scans row or a coverage range.
CREATE TABLE host_ports (
  host_id      bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  protocol     text NOT NULL CONSTRAINT host_ports_protocol_words CHECK (protocol IN ('tcp', 'udp')),
  port         integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
  state        text NOT NULL CONSTRAINT host_ports_state_words
               CHECK (state IN ('open', 'closed', 'filtered', 'open|filtered', 'unfiltered', 'unknown')),
  reason       text NOT NULL CONSTRAINT host_ports_reason_words CHECK (reason IN (
                 'syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach',
                 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst')),
  observed_at  timestamptz NOT NULL,
  job_id       bigint REFERENCES scan_jobs ON DELETE SET NULL,
  shard_number integer,
  position     bigint,
  -- Bounds of the observations that listed it (open or open|filtered).
  first_seen   timestamptz NOT NULL,
  last_seen    timestamptz NOT NULL,
  PRIMARY KEY (host_id, protocol, port),
  CHECK (first_seen <= last_seen)
);
CREATE INDEX host_ports_open ON host_ports (port, protocol, host_id) WHERE state IN ('open', 'open|filtered');
CREATE INDEX host_ports_job ON host_ports (job_id) WHERE job_id IS NOT NULL;

-- Every change of a host or of one of its ports: what, from, to, by which scan or person, why.
-- A row is where a validity begins; its end is the next row of the same fact, so two values of one
-- fact at one instant cannot be written down.
CREATE TABLE host_history (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host_id      bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  fact         text NOT NULL CONSTRAINT host_history_fact_words
               CHECK (fact IN ('status', 'hostname', 'mac_address', 'vendor', 'os_family', 'port', 'deleted')),
  protocol     text CONSTRAINT host_history_protocol_words CHECK (protocol IN ('tcp', 'udp')),
  port         integer CHECK (port BETWEEN 0 AND 65535),
  old_value    text,
  new_value    text,
  reason       text,
  job_id       bigint REFERENCES scan_jobs ON DELETE SET NULL,
  shard_number integer,
  position     bigint,
  actor        text,
  observed_at  timestamptz NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT now(),
  CHECK ((fact = 'port') = (port IS NOT NULL)),
  CHECK ((protocol IS NULL) = (port IS NULL)),
  CHECK (old_value IS DISTINCT FROM new_value)
);
-- Of what scans saw. A purged scan leaves rows without a job, which may then be alike.
CREATE UNIQUE INDEX host_history_begins_once ON host_history
  (host_id, fact, protocol, port, observed_at, job_id, shard_number, position) NULLS NOT DISTINCT
  WHERE job_id IS NOT NULL;
CREATE INDEX host_history_job ON host_history (job_id) WHERE job_id IS NOT NULL;

-- What happened, written in the transaction that made it happen; the source of everything told outside.
CREATE TABLE events (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind        text NOT NULL CONSTRAINT events_kind_words CHECK (kind IN (
                'scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed',
                'scan.stopping', 'scan.cancelled', 'scan.resumed')),
  job_id      bigint REFERENCES scan_jobs ON DELETE CASCADE,
  payload     jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(payload) = 'object'),
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_job ON events (job_id) WHERE job_id IS NOT NULL;

-- Who may come in --------------------------------------------------------------------------------

-- Only a hash of the secret is kept; the random 256-bit secret needs no slow hash, so a look-up by
-- prefix and one comparison authenticate a request however many keys there are.
CREATE TABLE api_keys (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         uuid NOT NULL UNIQUE,
  name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  prefix      text NOT NULL UNIQUE CHECK (prefix ~ '^scn_[a-z2-7]{8}$'),
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  created_by  text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz CHECK (expires_at > created_at),
  revoked_at  timestamptz CHECK (revoked_at >= created_at)
);

CREATE TABLE sessions (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash  bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  actor       text NOT NULL,
  -- A session that was opened with a key ends with it.
  api_key_id  bigint REFERENCES api_keys ON DELETE CASCADE,
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX sessions_api_key ON sessions (api_key_id) WHERE api_key_id IS NOT NULL;

CREATE TABLE sign_in_tokens (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash  bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  created_by  text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL CHECK (expires_at > created_at),
  used_at     timestamptz
);

SELECT make_port_scan_partitions(3);
