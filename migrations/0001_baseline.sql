CREATE TABLE scan_numbers (
  id bigint GENERATED ALWAYS AS IDENTITY,
  CONSTRAINT scan_numbers_pkey PRIMARY KEY (id)
);

CREATE FUNCTION keep_default_site() RETURNS trigger
 LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'the site default can be neither removed nor renamed'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'sites_default_kept';
END $$;

CREATE FUNCTION make_port_scan_partitions(months_ahead integer) RETURNS integer
 LANGUAGE plpgsql
    AS $_$
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
END $_$;

CREATE FUNCTION new_scan_number() RETURNS bigint
 LANGUAGE sql
    AS $$ INSERT INTO scan_numbers DEFAULT VALUES RETURNING id $$;

CREATE FUNCTION refuse_forbidden_scan_transition() RETURNS trigger
 LANGUAGE plpgsql
    AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM scan_status_transitions WHERE from_status = OLD.status AND to_status = NEW.status) THEN
    RAISE EXCEPTION 'scan % cannot go from % to %', OLD.uid, OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'scan_status_transitions';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION renew_rate_shares(requester uuid, new_request_number bigint, valid_for interval, sites bigint[], jobs bigint[], in_use integer[]) RETURNS TABLE(site bigint, job bigint, granted integer)
 LANGUAGE plpgsql
    AS $$
BEGIN
  -- "rate" in ASCII. One at a time for each site, in the order of their ids.
  PERFORM pg_advisory_xact_lock(1918989413, one.id::integer)
    FROM (SELECT DISTINCT unnest(sites) AS id ORDER BY 1) AS one;
  DELETE FROM rate_shares WHERE site_id = ANY (sites) AND valid_until <= now();
  RETURN QUERY
  WITH requested AS (
    SELECT row.site, nullif(row.job, 0) AS job, row.used FROM unnest(sites, jobs, in_use) AS row(site, job, used)
    WHERE row.job = 0 OR EXISTS (SELECT FROM scan_jobs WHERE scan_jobs.id = row.job)
  ), divided AS (
    SELECT requested.site, requested.job, requested.used, coalesce(max(share.parts) FILTER (WHERE share.program = requester), 0) AS held,
      least(720720 / (1 + count(*) FILTER (WHERE share.program <> requester)),
        720720 - coalesce(sum(share.parts) FILTER (WHERE share.program <> requester), 0))::integer AS part
    FROM requested LEFT JOIN rate_shares share ON share.site_id = requested.site AND share.job_id IS NOT DISTINCT FROM requested.job
    GROUP BY requested.site, requested.job, requested.used
  ), renewed AS (
    INSERT INTO rate_shares AS share (site_id, job_id, program, parts, request_number, valid_until)
    SELECT divided.site, divided.job, requester, greatest(divided.part, least(divided.used, divided.held)), new_request_number, now() + valid_for
    FROM divided
    ON CONFLICT ON CONSTRAINT rate_shares_once DO UPDATE SET
      parts = excluded.parts, request_number = excluded.request_number, valid_until = excluded.valid_until
    WHERE share.request_number < excluded.request_number
    RETURNING share.site_id, share.job_id
  )
  SELECT divided.site, coalesce(divided.job, 0), divided.part
  FROM divided JOIN renewed ON renewed.site_id = divided.site AND renewed.job_id IS NOT DISTINCT FROM divided.job;
END $$;

CREATE FUNCTION search_terms(value text) RETURNS tsvector
 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_to_tsvector(array_remove((regexp_split_to_array(lower(("left"(value, 500) COLLATE "C")), '\s+') || regexp_split_to_array(lower(("left"(value, 500) COLLATE "C")), '[\s.,:;/_@()-]+')), ''));

CREATE FUNCTION scan_search_terms(name text, targets text[]) RETURNS tsvector
 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (search_terms(name) || array_to_tsvector(ARRAY(SELECT DISTINCT term.term FROM unnest((scan_search_terms.targets)[1:50]) target(target), LATERAL regexp_split_to_table(lower(("left"(target.target, 300) COLLATE "C")), '\s+') term(term) WHERE (term.term <> ''))));

CREATE FUNCTION service_part(value text, key text) RETURNS text
 LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN "left"(regexp_replace("substring"(value, (('"' || key) || '":"((?:[^"\\]|\\.)*)"')), '\\(["\\])', '\1', 'g'), 255);

CREATE TABLE api_keys (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL,
  secret_hash bytea NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  CONSTRAINT api_keys_check CHECK ((expires_at > created_at)),
  CONSTRAINT api_keys_check1 CHECK ((revoked_at >= created_at)),
  CONSTRAINT api_keys_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100))),
  CONSTRAINT api_keys_prefix_check CHECK ((prefix ~ '^scn_[a-z2-7]{8}$')),
  CONSTRAINT api_keys_secret_hash_check CHECK ((octet_length(secret_hash) = 32)),
  CONSTRAINT api_keys_pkey PRIMARY KEY (id),
  CONSTRAINT api_keys_prefix_key UNIQUE (prefix),
  CONSTRAINT api_keys_uid_key UNIQUE (uid)
);

CREATE TABLE custom_fields (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  choices text[],
  description text,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT custom_fields_choices_length CHECK (((cardinality(choices) >= 1) AND (cardinality(choices) <= 100))),
  CONSTRAINT custom_fields_choices_of_a_choice CHECK (((type = 'choice') = (choices IS NOT NULL))),
  CONSTRAINT custom_fields_description_length CHECK (((char_length(description) >= 1) AND (char_length(description) <= 2000))),
  CONSTRAINT custom_fields_name_form CHECK ((name ~ '^[a-z][a-z0-9_-]{0,63}$')),
  CONSTRAINT custom_fields_type_values CHECK ((type IN ('text', 'number', 'date', 'flag', 'choice'))),
  CONSTRAINT custom_fields_name_once UNIQUE (name),
  CONSTRAINT custom_fields_pkey PRIMARY KEY (id),
  CONSTRAINT custom_fields_uid_key UNIQUE (uid)
);

CREATE TABLE edits (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  actor text NOT NULL,
  summary text NOT NULL,
  undoes bigint,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT edits_not_their_own_undo CHECK ((undoes <> id)),
  CONSTRAINT edits_summary_check CHECK (((char_length(summary) >= 1) AND (char_length(summary) <= 500))),
  CONSTRAINT edits_pkey PRIMARY KEY (id),
  CONSTRAINT edits_uid_key UNIQUE (uid),
  CONSTRAINT edits_undone_once UNIQUE (undoes),
  CONSTRAINT edits_undoes_fkey FOREIGN KEY (undoes) REFERENCES edits(id) ON DELETE RESTRICT
);

CREATE TABLE host_groups (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  description text,
  color text,
  kind text NOT NULL,
  rule_text text,
  rule jsonb,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT host_groups_color_form CHECK ((color ~ '^#[0-9a-f]{6}$')),
  CONSTRAINT host_groups_description_length CHECK (((char_length(description) >= 1) AND (char_length(description) <= 2000))),
  CONSTRAINT host_groups_kind_values CHECK ((kind IN ('static', 'rule'))),
  CONSTRAINT host_groups_name_form CHECK ((((char_length(name) >= 1) AND (char_length(name) <= 64)) AND (name = btrim(name)) AND (name !~ '[[:cntrl:],"]'))),
  CONSTRAINT host_groups_rule_form CHECK ((jsonb_typeof(rule) = 'object')),
  CONSTRAINT host_groups_rule_length CHECK (((char_length(rule_text) >= 1) AND (char_length(rule_text) <= 4096))),
  CONSTRAINT host_groups_rules_have_one CHECK ((num_nonnulls(rule_text, rule) =
CASE kind
    WHEN 'rule' THEN 2
    ELSE 0
END)),
  CONSTRAINT host_groups_key_once UNIQUE (key),
  CONSTRAINT host_groups_pkey PRIMARY KEY (id),
  CONSTRAINT host_groups_uid_key UNIQUE (uid)
);

CREATE TABLE installation (
  id boolean DEFAULT true NOT NULL,
  version text NOT NULL,
  set_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT installation_id_check CHECK (id),
  CONSTRAINT installation_version_check CHECK ((version <> '')),
  CONSTRAINT installation_pkey PRIMARY KEY (id)
);

CREATE TABLE integrity_checks (
  id bigint GENERATED ALWAYS AS IDENTITY,
  started_at timestamp with time zone NOT NULL,
  duration_ms bigint NOT NULL,
  checks jsonb NOT NULL,
  recorded_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT integrity_checks_checks_check CHECK ((jsonb_typeof(checks) = 'array')),
  CONSTRAINT integrity_checks_duration_ms_check CHECK ((duration_ms >= 0)),
  CONSTRAINT integrity_checks_pkey PRIMARY KEY (id)
);

CREATE TABLE label_edits (
  edit_id bigint NOT NULL,
  kind text NOT NULL,
  subject uuid NOT NULL,
  old_definition jsonb,
  new_definition jsonb,
  CONSTRAINT label_edits_kind_values CHECK ((kind IN ('tag', 'group', 'field'))),
  CONSTRAINT label_edits_remove_or_create CHECK ((num_nonnulls(old_definition, new_definition) = 1)),
  CONSTRAINT label_edits_pkey PRIMARY KEY (edit_id, subject),
  CONSTRAINT label_edits_edit_id_fkey FOREIGN KEY (edit_id) REFERENCES edits(id) ON DELETE RESTRICT
);

CREATE INDEX label_edits_of_subject ON label_edits (subject, edit_id);

CREATE TABLE owners (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  contact text,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT owners_contact_length CHECK (((char_length(contact) >= 1) AND (char_length(contact) <= 500))),
  CONSTRAINT owners_name_form CHECK ((((char_length(name) >= 1) AND (char_length(name) <= 64)) AND (name = btrim(name)) AND (name !~ '[[:cntrl:],"]'))),
  CONSTRAINT owners_key_once UNIQUE (key),
  CONSTRAINT owners_pkey PRIMARY KEY (id),
  CONSTRAINT owners_uid_key UNIQUE (uid)
);

CREATE TABLE retention_horizons (
  kind text NOT NULL,
  horizon timestamp with time zone NOT NULL,
  done boolean DEFAULT false NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT retention_horizons_kind_values CHECK ((kind IN ('port_scans', 'coverage', 'history', 'events'))),
  CONSTRAINT retention_horizons_pkey PRIMARY KEY (kind)
);

CREATE TABLE scan_profiles (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  name text NOT NULL,
  description text,
  scan_type text,
  ports text,
  live_hosts boolean,
  packets_per_second integer,
  packets_per_second_per_host integer,
  unlimited boolean DEFAULT false NOT NULL,
  retries integer,
  timeout_ms integer,
  concurrency integer,
  timing text,
  version_intensity integer,
  scripts text,
  os_detection boolean,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  enrich text[],
  CONSTRAINT scan_profiles_enrich_values CHECK ((enrich <@ ARRAY['ssh', 'tls'])),
  CONSTRAINT scan_profiles_concurrency_check CHECK (((concurrency >= 1) AND (concurrency <= 10000))),
  CONSTRAINT scan_profiles_description_check CHECK ((char_length(description) <= 2000)),
  CONSTRAINT scan_profiles_name_form CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$')),
  CONSTRAINT scan_profiles_one_rate CHECK ((NOT (unlimited AND (packets_per_second IS NOT NULL)))),
  CONSTRAINT scan_profiles_packets_per_second_check CHECK ((packets_per_second > 0)),
  CONSTRAINT scan_profiles_packets_per_second_per_host_check CHECK ((packets_per_second_per_host > 0)),
  CONSTRAINT scan_profiles_ports_check CHECK (((char_length(ports) >= 1) AND (char_length(ports) <= 20000))),
  CONSTRAINT scan_profiles_retries_check CHECK (((retries >= 0) AND (retries <= 10))),
  CONSTRAINT scan_profiles_scan_type_values CHECK ((scan_type IN ('auto', 'connect', 'syn', 'udp', 'ack', 'version', 'aggressive', 'comprehensive'))),
  CONSTRAINT scan_profiles_scripts_values CHECK ((scripts IN ('none', 'default', 'safe'))),
  CONSTRAINT scan_profiles_timeout_ms_check CHECK (((timeout_ms >= 50) AND (timeout_ms <= 10000))),
  CONSTRAINT scan_profiles_times_in_order CHECK ((updated_at >= created_at)),
  CONSTRAINT scan_profiles_timing_values CHECK ((timing IN ('paranoid', 'sneaky', 'polite', 'normal', 'aggressive'))),
  CONSTRAINT scan_profiles_version_intensity_check CHECK (((version_intensity >= 0) AND (version_intensity <= 9))),
  CONSTRAINT scan_profiles_pkey PRIMARY KEY (id),
  CONSTRAINT scan_profiles_uid_key UNIQUE (uid)
);

CREATE UNIQUE INDEX scan_profiles_name_once ON scan_profiles (lower(name));

CREATE TABLE scan_status_transitions (
  from_status text NOT NULL,
  to_status text NOT NULL,
  CONSTRAINT scan_status_transitions_pkey PRIMARY KEY (from_status, to_status)
);

CREATE TABLE sessions (
  id bigint GENERATED ALWAYS AS IDENTITY,
  token_hash bytea NOT NULL,
  actor text NOT NULL,
  api_key_id bigint,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT sessions_check CHECK ((expires_at > created_at)),
  CONSTRAINT sessions_token_hash_check CHECK ((octet_length(token_hash) = 32)),
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
  CONSTRAINT sessions_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id) ON DELETE CASCADE
);

CREATE INDEX sessions_api_key ON sessions (api_key_id) WHERE (api_key_id IS NOT NULL);

CREATE TABLE settings (
  name text NOT NULL,
  value text NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT settings_name_form CHECK ((name ~ '^[a-z_]{1,50}([.][a-z_]{1,50})+$')),
  CONSTRAINT settings_retention_duration CHECK (((name !~~ 'retention.%') OR (value = 'forever') OR (value ~ '^[1-9][0-9]{0,4} (days|months)$'))),
  CONSTRAINT settings_value_length CHECK (((length(value) >= 1) AND (length(value) <= 100))),
  CONSTRAINT settings_pkey PRIMARY KEY (name)
);

CREATE TABLE sign_in_tokens (
  id bigint GENERATED ALWAYS AS IDENTITY,
  token_hash bytea NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  used_at timestamp with time zone,
  api_key_id bigint,
  CONSTRAINT sign_in_tokens_check CHECK ((expires_at > created_at)),
  CONSTRAINT sign_in_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32)),
  CONSTRAINT sign_in_tokens_pkey PRIMARY KEY (id),
  CONSTRAINT sign_in_tokens_token_hash_key UNIQUE (token_hash),
  CONSTRAINT sign_in_tokens_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id) ON DELETE CASCADE
);

CREATE INDEX sign_in_tokens_api_key ON sign_in_tokens (api_key_id) WHERE (api_key_id IS NOT NULL);

CREATE TABLE sites (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  name text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  unscoped_accepted_at timestamp with time zone,
  unscoped_accepted_by text,
  CONSTRAINT sites_acceptance_all_or_none CHECK (((unscoped_accepted_at IS NULL) = (unscoped_accepted_by IS NULL))),
  CONSTRAINT sites_name_check CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$')),
  CONSTRAINT sites_name_key UNIQUE (name),
  CONSTRAINT sites_pkey PRIMARY KEY (id),
  CONSTRAINT sites_uid_key UNIQUE (uid)
);

CREATE TABLE device_decisions (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  site_id bigint NOT NULL,
  kind text NOT NULL,
  actor text NOT NULL,
  undoes bigint,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT device_decisions_kind_values CHECK ((kind IN ('merge', 'split', 'dismiss', 'undo'))),
  CONSTRAINT device_decisions_not_their_own_undo CHECK ((undoes <> id)),
  CONSTRAINT device_decisions_undo_something CHECK (((kind = 'undo') = (undoes IS NOT NULL))),
  CONSTRAINT device_decisions_pkey PRIMARY KEY (id),
  CONSTRAINT device_decisions_uid_key UNIQUE (uid),
  CONSTRAINT device_decisions_undone_once UNIQUE (undoes),
  CONSTRAINT device_decisions_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE CASCADE,
  CONSTRAINT device_decisions_undoes_fkey FOREIGN KEY (undoes) REFERENCES device_decisions(id) ON DELETE CASCADE
);

CREATE TABLE hosts (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  site_id bigint NOT NULL,
  ip_address inet NOT NULL,
  hostname text,
  mac_address macaddr,
  vendor text,
  os_family text,
  status text NOT NULL,
  status_reason text,
  status_observed_at timestamp with time zone NOT NULL,
  status_job_id bigint,
  status_shard integer,
  status_position bigint,
  first_seen timestamp with time zone NOT NULL,
  last_seen timestamp with time zone NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  os_name text,
  down_after_misses integer,
  gone_after_days integer,
  answers_since timestamp with time zone,
  misses integer DEFAULT 0 NOT NULL,
  missed_at timestamp with time zone,
  status_changed_at timestamp with time zone,
  status_changed_job_id bigint,
  flapping boolean DEFAULT false NOT NULL,
  ignored boolean DEFAULT false NOT NULL,
  custom_name text,
  rtt_count bigint DEFAULT 0 NOT NULL,
  rtt_sum_us bigint,
  rtt_min_us bigint,
  rtt_max_us bigint,
  search_terms tsvector GENERATED ALWAYS AS (
CASE
    WHEN ((hostname IS NOT NULL) OR (vendor IS NOT NULL) OR (custom_name IS NOT NULL)) THEN search_terms(((((COALESCE(hostname, '') || ' ') || COALESCE(vendor, '')) || ' ') || COALESCE(custom_name, '')))
    ELSE NULL::tsvector
END) STORED,
  CONSTRAINT hosts_check CHECK ((first_seen <= last_seen)),
  CONSTRAINT hosts_custom_name_length CHECK (((char_length(custom_name) >= 1) AND (char_length(custom_name) <= 255))),
  CONSTRAINT hosts_gone_after_days_bound CHECK (((gone_after_days >= 1) AND (gone_after_days <= 3650))),
  CONSTRAINT hosts_down_after_misses_bound CHECK (((down_after_misses >= 1) AND (down_after_misses <= 100))),
  CONSTRAINT hosts_hostname_check CHECK (((char_length(hostname) >= 1) AND (char_length(hostname) <= 255))),
  CONSTRAINT hosts_misses_count CHECK ((misses >= 0)),
  CONSTRAINT hosts_one_address CHECK ((masklen(ip_address) =
CASE family(ip_address)
    WHEN 4 THEN 32
    ELSE 128
END)),
  CONSTRAINT hosts_os_name_check CHECK (((char_length(os_name) >= 1) AND (char_length(os_name) <= 255))),
  CONSTRAINT hosts_reason_values CHECK ((status_reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'))),
  CONSTRAINT hosts_rtt_all_or_none CHECK (
CASE
    WHEN (rtt_count = 0) THEN (num_nonnulls(rtt_sum_us, rtt_min_us, rtt_max_us) = 0)
    ELSE ((rtt_count > 0) AND (rtt_min_us >= 0) AND ((rtt_sum_us >= (rtt_min_us * rtt_count)) AND (rtt_sum_us <= (rtt_max_us * rtt_count))))
END),
  CONSTRAINT hosts_status_values CHECK ((status IN ('up', 'down', 'unknown', 'gone'))),
  CONSTRAINT hosts_pkey PRIMARY KEY (id),
  CONSTRAINT hosts_site_id_ip_address_key UNIQUE (site_id, ip_address),
  CONSTRAINT hosts_uid_key UNIQUE (uid),
  CONSTRAINT hosts_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT,
  CONSTRAINT hosts_status_job_id_fkey FOREIGN KEY (status_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT,
  CONSTRAINT hosts_status_changed_job_id_fkey FOREIGN KEY (status_changed_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
);

CREATE INDEX hosts_address ON hosts (ip_address, id);

CREATE INDEX hosts_by_last_seen ON hosts (last_seen, id) INCLUDE (ignored) WHERE (deleted_at IS NULL);

CREATE INDEX hosts_by_status ON hosts (status, last_seen, id) INCLUDE (ignored) WHERE (deleted_at IS NULL);

CREATE INDEX hosts_deleted ON hosts (ip_address, id) WHERE (deleted_at IS NOT NULL);

CREATE INDEX hosts_mac ON hosts (mac_address) WHERE (mac_address IS NOT NULL);

CREATE INDEX hosts_values ON hosts USING gin (search_terms) WHERE (search_terms IS NOT NULL);

CREATE TABLE device_evidence (
  site_id bigint NOT NULL,
  host_id bigint NOT NULL,
  kind text NOT NULL,
  port integer,
  value text NOT NULL,
  seen tstzmultirange NOT NULL,
  first_job_id bigint NOT NULL,
  last_job_id bigint NOT NULL,
  CONSTRAINT device_evidence_kind_values CHECK ((kind IN ('mac', 'randomized_mac', 'virtual_mac', 'ssh_host_key', 'tls_certificate', 'name', 'generic_name'))),
  CONSTRAINT device_evidence_port_check CHECK (((port >= 0) AND (port <= 65535))),
  CONSTRAINT device_evidence_value_check CHECK (((char_length(value) >= 1) AND (char_length(value) <= 300))),
  CONSTRAINT device_evidence_was_seen CHECK ((NOT isempty(seen))),
  CONSTRAINT device_evidence_once UNIQUE NULLS NOT DISTINCT (host_id, kind, value, port),
  CONSTRAINT device_evidence_first_job_id_fkey FOREIGN KEY (first_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT,
  CONSTRAINT device_evidence_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT device_evidence_last_job_id_fkey FOREIGN KEY (last_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT,
  CONSTRAINT device_evidence_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
);

CREATE INDEX device_evidence_value ON device_evidence (site_id, kind, value, host_id);

CREATE TABLE device_bindings (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  host_id bigint NOT NULL,
  mac macaddr,
  CONSTRAINT device_bindings_once UNIQUE NULLS NOT DISTINCT (host_id, mac),
  CONSTRAINT device_bindings_pkey PRIMARY KEY (id),
  CONSTRAINT device_bindings_uid_key UNIQUE (uid),
  CONSTRAINT device_bindings_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
);

CREATE INDEX device_bindings_mac ON device_bindings (mac) WHERE (mac IS NOT NULL);

CREATE TABLE device_decision_bindings (
  decision_id bigint NOT NULL,
  binding_id bigint NOT NULL,
  side integer NOT NULL,
  CONSTRAINT device_decision_bindings_side_check CHECK ((side IN (0, 1))),
  CONSTRAINT device_decision_bindings_pkey PRIMARY KEY (decision_id, binding_id),
  CONSTRAINT device_decision_bindings_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES device_decisions(id) ON DELETE RESTRICT,
  CONSTRAINT device_decision_bindings_binding_id_fkey FOREIGN KEY (binding_id) REFERENCES device_bindings(id) ON DELETE CASCADE
);

CREATE INDEX device_decision_bindings_binding ON device_decision_bindings (binding_id);

CREATE TABLE device_queue (
  host_id bigint NOT NULL,
  CONSTRAINT device_queue_pkey PRIMARY KEY (host_id),
  CONSTRAINT device_queue_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
);

CREATE TABLE devices (
  id bigint NOT NULL,
  site_id bigint NOT NULL,
  kind text NOT NULL,
  CONSTRAINT devices_kind_values CHECK ((kind IN ('identified', 'provisional', 'floating'))),
  CONSTRAINT devices_pkey PRIMARY KEY (id),
  CONSTRAINT devices_id_fkey FOREIGN KEY (id) REFERENCES device_bindings(id) ON DELETE CASCADE,
  CONSTRAINT devices_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
);

CREATE INDEX devices_of_site ON devices (site_id, kind, id);

CREATE TABLE device_hosts (
  host_id bigint NOT NULL,
  since timestamp with time zone NOT NULL,
  binding_id bigint NOT NULL,
  device_id bigint NOT NULL,
  CONSTRAINT device_hosts_pkey PRIMARY KEY (host_id, since),
  CONSTRAINT device_hosts_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE,
  CONSTRAINT device_hosts_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT device_hosts_binding_id_fkey FOREIGN KEY (binding_id) REFERENCES device_bindings(id) ON DELETE CASCADE
);

CREATE INDEX device_hosts_device ON device_hosts (device_id, host_id);

CREATE INDEX device_hosts_binding ON device_hosts (binding_id);

CREATE TABLE device_suggestions (
  uid uuid NOT NULL,
  one_id bigint NOT NULL,
  other_id bigint NOT NULL,
  score integer NOT NULL,
  reasons text[] NOT NULL,
  veto text,
  CONSTRAINT device_suggestions_of_two CHECK ((one_id <> other_id)),
  CONSTRAINT device_suggestions_score CHECK (((score >= 0) AND (score <= 100))),
  CONSTRAINT device_suggestions_once UNIQUE (one_id, other_id),
  CONSTRAINT device_suggestions_pkey PRIMARY KEY (uid),
  CONSTRAINT device_suggestions_one_id_fkey FOREIGN KEY (one_id) REFERENCES devices(id) ON DELETE CASCADE,
  CONSTRAINT device_suggestions_other_id_fkey FOREIGN KEY (other_id) REFERENCES devices(id) ON DELETE CASCADE
);

CREATE INDEX device_suggestions_other ON device_suggestions (other_id);

CREATE TABLE host_edits (
  id bigint GENERATED ALWAYS AS IDENTITY,
  edit_id bigint NOT NULL,
  host_id bigint NOT NULL,
  kind text NOT NULL,
  subject uuid,
  label text,
  old_value text,
  new_value text,
  old_owner uuid,
  new_owner uuid,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT host_edits_change_something CHECK (((old_value IS DISTINCT FROM new_value) OR (old_owner IS DISTINCT FROM new_owner))),
  CONSTRAINT host_edits_fields_have_a_label CHECK (((kind = 'field') = (label IS NOT NULL))),
  CONSTRAINT host_edits_have_a_subject CHECK (((kind IN ('tag', 'group', 'field', 'note')) = (subject IS NOT NULL))),
  CONSTRAINT host_edits_kind_values CHECK ((kind IN ('tag', 'group', 'owner', 'field', 'note', 'custom_name', 'ignored', 'down_after_misses', 'gone_after_days'))),
  CONSTRAINT host_edits_owners_alone CHECK (((kind = 'owner') OR (num_nonnulls(old_owner, new_owner) = 0))),
  CONSTRAINT host_edits_owners_are_named CHECK (((((old_owner IS NULL) = (old_value IS NULL)) AND ((new_owner IS NULL) = (new_value IS NULL))) OR (kind <> 'owner'))),
  CONSTRAINT host_edits_pkey PRIMARY KEY (id),
  CONSTRAINT host_edits_edit_id_fkey FOREIGN KEY (edit_id) REFERENCES edits(id) ON DELETE RESTRICT,
  CONSTRAINT host_edits_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
);

CREATE INDEX host_edits_of_edit ON host_edits (edit_id, host_id);

CREATE INDEX host_edits_of_host ON host_edits (host_id, kind, subject, id);

CREATE TABLE host_facts (
  host_id bigint NOT NULL,
  fact text NOT NULL,
  protocol text,
  port integer,
  value text NOT NULL,
  reason text,
  observed_at timestamp with time zone NOT NULL,
  job_id bigint,
  shard_number integer,
  CONSTRAINT host_facts_fact_values CHECK ((fact IN ('hostname', 'mac_address', 'vendor', 'os_family', 'os_name', 'service', 'ssh_host_key', 'tls_certificate'))),
  CONSTRAINT host_facts_of_ports_have_one CHECK (((fact IN ('service', 'ssh_host_key', 'tls_certificate')) = (port IS NOT NULL))),
  CONSTRAINT host_facts_port_check CHECK (((port >= 0) AND (port <= 65535))),
  CONSTRAINT host_facts_ports_have_a_protocol CHECK (((protocol IS NULL) = (port IS NULL))),
  CONSTRAINT host_facts_protocol_values CHECK ((protocol IN ('tcp', 'udp'))),
  CONSTRAINT host_facts_value_check CHECK ((value <> '')),
  CONSTRAINT host_facts_once UNIQUE NULLS NOT DISTINCT (host_id, fact, protocol, port),
  CONSTRAINT host_facts_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT host_facts_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
);

CREATE INDEX host_facts_service ON host_facts (lower((service_part(value, 'name') COLLATE "C")), host_id) WHERE (fact = 'service');

CREATE TABLE host_field_values (
  host_id bigint NOT NULL,
  field_id bigint NOT NULL,
  type text NOT NULL,
  value text NOT NULL,
  CONSTRAINT host_field_values_form CHECK (
CASE type
    WHEN 'number' THEN (value ~ '^-?(0|[1-9][0-9]{0,14})(\.[0-9]{0,8}[1-9])?$')
    WHEN 'date' THEN (value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$')
    WHEN 'flag' THEN (value IN ('true', 'false'))
    ELSE ((char_length(value) >= 1) AND (char_length(value) <= 500))
END),
  CONSTRAINT host_field_values_type_values CHECK ((type IN ('text', 'number', 'date', 'flag', 'choice'))),
  CONSTRAINT host_field_values_pkey PRIMARY KEY (host_id, field_id),
  CONSTRAINT host_field_values_field_id_fkey FOREIGN KEY (field_id) REFERENCES custom_fields(id) ON DELETE CASCADE,
  CONSTRAINT host_field_values_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
);

CREATE INDEX host_field_values_field ON host_field_values (field_id, value);

CREATE TABLE host_group_members (
  group_id bigint NOT NULL,
  host_id bigint NOT NULL,
  CONSTRAINT host_group_members_pkey PRIMARY KEY (group_id, host_id),
  CONSTRAINT host_group_members_group_id_fkey FOREIGN KEY (group_id) REFERENCES host_groups(id) ON DELETE CASCADE,
  CONSTRAINT host_group_members_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
);

CREATE INDEX host_group_members_host ON host_group_members (host_id);

CREATE TABLE host_history (
  id bigint GENERATED ALWAYS AS IDENTITY,
  host_id bigint NOT NULL,
  fact text NOT NULL,
  protocol text,
  port integer,
  old_value text,
  new_value text,
  reason text,
  job_id bigint,
  shard_number integer,
  "position" bigint,
  actor text,
  observed_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT host_history_check1 CHECK (((protocol IS NULL) = (port IS NULL))),
  CONSTRAINT host_history_check2 CHECK ((old_value IS DISTINCT FROM new_value)),
  CONSTRAINT host_history_fact_values CHECK ((fact IN ('status', 'hostname', 'mac_address', 'vendor', 'os_family', 'os_name', 'port', 'service', 'ssh_host_key', 'tls_certificate', 'deleted', 'flapping', 'ignored', 'custom_name', 'down_after_misses', 'gone_after_days'))),
  CONSTRAINT host_history_port_check CHECK (((port >= 0) AND (port <= 65535))),
  CONSTRAINT host_history_ports_have_one CHECK (((fact IN ('port', 'service', 'ssh_host_key', 'tls_certificate')) = (port IS NOT NULL))),
  CONSTRAINT host_history_protocol_values CHECK ((protocol IN ('tcp', 'udp'))),
  CONSTRAINT host_history_pkey PRIMARY KEY (id),
  CONSTRAINT host_history_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT host_history_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
);

CREATE UNIQUE INDEX host_history_begins_once ON host_history (host_id, fact, protocol, port, observed_at, COALESCE(job_id, (- id)), shard_number, "position") NULLS NOT DISTINCT;

CREATE INDEX host_history_observed ON host_history USING brin (observed_at) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX host_history_of_host ON host_history (host_id, fact, observed_at) INCLUDE (recorded_at) WHERE (port IS NULL);

CREATE TABLE host_notes (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  host_id bigint NOT NULL,
  text text NOT NULL,
  author text NOT NULL,
  written_at timestamp with time zone DEFAULT now() NOT NULL,
  removed_at timestamp with time zone,
  CONSTRAINT host_notes_length CHECK (((char_length(text) >= 1) AND (char_length(text) <= 4000))),
  CONSTRAINT host_notes_times_in_order CHECK ((removed_at >= written_at)),
  CONSTRAINT host_notes_pkey PRIMARY KEY (id),
  CONSTRAINT host_notes_uid_key UNIQUE (uid),
  CONSTRAINT host_notes_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
);

CREATE INDEX host_notes_host ON host_notes (host_id, id);

CREATE TABLE host_owners (
  host_id bigint NOT NULL,
  owner_id bigint NOT NULL,
  CONSTRAINT host_owners_pkey PRIMARY KEY (host_id),
  CONSTRAINT host_owners_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT host_owners_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owners(id) ON DELETE RESTRICT
);

CREATE INDEX host_owners_owner ON host_owners (owner_id);

CREATE TABLE host_ports (
  host_id bigint NOT NULL,
  protocol text NOT NULL,
  port integer NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  observed_at timestamp with time zone NOT NULL,
  job_id bigint,
  shard_number integer,
  "position" bigint,
  first_seen timestamp with time zone NOT NULL,
  last_seen timestamp with time zone NOT NULL,
  CONSTRAINT host_ports_check CHECK ((first_seen <= last_seen)),
  CONSTRAINT host_ports_port_check CHECK (((port >= 0) AND (port <= 65535))),
  CONSTRAINT host_ports_protocol_values CHECK ((protocol IN ('tcp', 'udp'))),
  CONSTRAINT host_ports_reason_values CHECK ((reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'))),
  CONSTRAINT host_ports_state_values CHECK ((state IN ('open', 'closed', 'filtered', 'open|filtered', 'unfiltered', 'unknown'))),
  CONSTRAINT host_ports_pkey PRIMARY KEY (host_id, protocol, port),
  CONSTRAINT host_ports_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT host_ports_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
) WITH (fillfactor='50');

CREATE INDEX host_ports_open ON host_ports (port, protocol, host_id) WHERE (state IN ('open', 'open|filtered'));

CREATE TABLE networks (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  site_id bigint NOT NULL,
  cidr cidr NOT NULL,
  name text NOT NULL,
  description text,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  enabled boolean DEFAULT true NOT NULL,
  down_after_misses integer,
  gone_after_days integer,
  CONSTRAINT networks_check CHECK ((updated_at >= created_at)),
  CONSTRAINT networks_gone_after_days_bound CHECK (((gone_after_days >= 1) AND (gone_after_days <= 3650))),
  CONSTRAINT networks_down_after_misses_bound CHECK (((down_after_misses >= 1) AND (down_after_misses <= 100))),
  CONSTRAINT networks_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100))),
  CONSTRAINT networks_name_form CHECK (((name = (cidr)::text) OR (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$'))),
  CONSTRAINT networks_pkey PRIMARY KEY (id),
  CONSTRAINT networks_site_id_cidr_key UNIQUE (site_id, cidr),
  CONSTRAINT networks_site_id_name_key UNIQUE (site_id, name),
  CONSTRAINT networks_uid_key UNIQUE (uid),
  CONSTRAINT networks_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
);

CREATE UNIQUE INDEX networks_name_once ON networks (site_id, lower(name));

CREATE TABLE network_exclusions (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  site_id bigint,
  network_id bigint,
  first_address inet NOT NULL,
  last_address inet NOT NULL,
  reason text,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT network_exclusions_in_order CHECK (((family(first_address) = family(last_address)) AND (first_address <= last_address))),
  CONSTRAINT network_exclusions_one_address_each CHECK (((masklen(first_address) =
CASE family(first_address)
    WHEN 4 THEN 32
    ELSE 128
END) AND (masklen(last_address) =
CASE family(last_address)
    WHEN 4 THEN 32
    ELSE 128
END))),
  CONSTRAINT network_exclusions_one_place CHECK (((site_id IS NULL) OR (network_id IS NULL))),
  CONSTRAINT network_exclusions_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 500))),
  CONSTRAINT network_exclusions_once UNIQUE NULLS NOT DISTINCT (site_id, network_id, first_address, last_address),
  CONSTRAINT network_exclusions_pkey PRIMARY KEY (id),
  CONSTRAINT network_exclusions_uid_key UNIQUE (uid),
  CONSTRAINT network_exclusions_network_id_fkey FOREIGN KEY (network_id) REFERENCES networks(id) ON DELETE RESTRICT,
  CONSTRAINT network_exclusions_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
);

CREATE INDEX network_exclusions_network ON network_exclusions (network_id) WHERE (network_id IS NOT NULL);

CREATE TABLE network_owners (
  network_id bigint NOT NULL,
  owner_id bigint NOT NULL,
  assigned_by text NOT NULL,
  assigned_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT network_owners_pkey PRIMARY KEY (network_id),
  CONSTRAINT network_owners_network_id_fkey FOREIGN KEY (network_id) REFERENCES networks(id) ON DELETE CASCADE,
  CONSTRAINT network_owners_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owners(id) ON DELETE RESTRICT
);

CREATE INDEX network_owners_owner ON network_owners (owner_id);

CREATE TABLE schedules (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  name text NOT NULL,
  description text,
  kind text NOT NULL,
  site_id bigint,
  cron text NOT NULL,
  timezone text NOT NULL,
  task jsonb NOT NULL,
  profile_id bigint,
  builtin_profile text,
  enabled boolean NOT NULL,
  stopped_reason text,
  jitter_ms integer NOT NULL,
  catch_up text NOT NULL,
  overlap text NOT NULL,
  max_failures integer,
  retries integer NOT NULL,
  retry_delay_ms integer NOT NULL,
  failures integer DEFAULT 0 NOT NULL,
  revision bigint DEFAULT 1 NOT NULL,
  next_due_at timestamp with time zone,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT schedules_builtin_profile_check CHECK ((builtin_profile <> '')),
  CONSTRAINT schedules_catch_up_values CHECK ((catch_up IN ('none', 'latest', 'all'))),
  CONSTRAINT schedules_cron_check CHECK (((char_length(cron) >= 9) AND (char_length(cron) <= 100))),
  CONSTRAINT schedules_description_check CHECK ((char_length(description) <= 2000)),
  CONSTRAINT schedules_due_while_enabled CHECK ((enabled = (next_due_at IS NOT NULL))),
  CONSTRAINT schedules_failures_check CHECK ((failures >= 0)),
  CONSTRAINT schedules_jitter_ms_check CHECK (((jitter_ms >= 0) AND (jitter_ms <= 86400000))),
  CONSTRAINT schedules_kind_values CHECK ((kind IN ('scan', 'discovery', 'smart_scan', 'verify', 'retention'))),
  CONSTRAINT schedules_max_failures_check CHECK (((max_failures >= 1) AND (max_failures <= 1000))),
  CONSTRAINT schedules_name_form CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$')),
  CONSTRAINT schedules_of_a_site CHECK (((kind = 'smart_scan') OR ((kind IN ('scan', 'discovery')) = (site_id IS NOT NULL)))),
  CONSTRAINT schedules_overlap_values CHECK ((overlap IN ('skip', 'queue'))),
  CONSTRAINT schedules_profiles_are_of_scans CHECK ((num_nonnulls(profile_id, builtin_profile) <=
CASE kind
    WHEN 'scan' THEN 1
    ELSE 0
END)),
  CONSTRAINT schedules_retries_check CHECK (((retries >= 0) AND (retries <= 10))),
  CONSTRAINT schedules_retry_delay_ms_check CHECK (((retry_delay_ms >= 0) AND (retry_delay_ms <= 86400000))),
  CONSTRAINT schedules_revision_check CHECK ((revision > 0)),
  CONSTRAINT schedules_stopped_is_not_enabled CHECK (((NOT enabled) OR (stopped_reason IS NULL))),
  CONSTRAINT schedules_stopped_reason_check CHECK ((stopped_reason <> '')),
  CONSTRAINT schedules_times_in_order CHECK ((updated_at >= created_at)),
  CONSTRAINT schedules_task_check CHECK ((jsonb_typeof(task) = 'object')),
  CONSTRAINT schedules_timezone_check CHECK (((char_length(timezone) >= 1) AND (char_length(timezone) <= 64))),
  CONSTRAINT schedules_pkey PRIMARY KEY (id),
  CONSTRAINT schedules_uid_key UNIQUE (uid),
  CONSTRAINT schedules_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES scan_profiles(id) ON DELETE RESTRICT,
  CONSTRAINT schedules_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
);

CREATE INDEX schedules_due ON schedules (next_due_at) WHERE enabled;

CREATE UNIQUE INDEX schedules_name_once ON schedules (lower(name));

CREATE INDEX schedules_profile ON schedules (profile_id) WHERE (profile_id IS NOT NULL);

CREATE INDEX schedules_site ON schedules (site_id) WHERE (site_id IS NOT NULL);

CREATE TABLE schedule_runs (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  schedule_id bigint NOT NULL,
  due_at timestamp with time zone NOT NULL,
  cause text NOT NULL,
  requested_by text,
  state text NOT NULL,
  skip_reason text,
  missed_from timestamp with time zone,
  starts_at timestamp with time zone NOT NULL,
  attempt integer DEFAULT 0 NOT NULL,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  error_code text,
  error_message text,
  owner text,
  lease_expires_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT schedule_runs_requested_by_when_manual CHECK (((cause = 'manual') = (requested_by IS NOT NULL))),
  CONSTRAINT schedule_runs_attempt_check CHECK ((attempt >= 0)),
  CONSTRAINT schedule_runs_begun CHECK (((state <> ALL (ARRAY['running', 'completed'])) OR ((started_at IS NOT NULL) AND (attempt > 0)))),
  CONSTRAINT schedule_runs_cause_values CHECK ((cause IN ('due', 'catch_up', 'manual'))),
  CONSTRAINT schedule_runs_check CHECK ((missed_from < due_at)),
  CONSTRAINT schedule_runs_ended CHECK (((state IN ('pending', 'running')) = (finished_at IS NULL))),
  CONSTRAINT schedule_runs_error_all_or_none CHECK ((num_nonnulls(error_code, error_message) IN (0, 2))),
  CONSTRAINT schedule_runs_failed_with_reason CHECK (((state <> 'failed') OR (error_code IS NOT NULL))),
  CONSTRAINT schedule_runs_leases_are_running CHECK (((state = 'running') OR (owner IS NULL))),
  CONSTRAINT schedule_runs_lease_all_or_none CHECK ((num_nonnulls(owner, lease_expires_at) IN (0, 2))),
  CONSTRAINT schedule_runs_skip_reason_values CHECK ((skip_reason IN ('overlap', 'queue_full', 'missed', 'paused', 'changed'))),
  CONSTRAINT schedule_runs_skipped_with_reason CHECK (((state = 'skipped') = (skip_reason IS NOT NULL))),
  CONSTRAINT schedule_runs_state_values CHECK ((state IN ('pending', 'running', 'completed', 'failed', 'cancelled', 'skipped'))),
  CONSTRAINT schedule_runs_times_in_order CHECK ((finished_at >= started_at)),
  CONSTRAINT schedule_runs_once UNIQUE (schedule_id, due_at),
  CONSTRAINT schedule_runs_pkey PRIMARY KEY (id),
  CONSTRAINT schedule_runs_uid_key UNIQUE (uid),
  CONSTRAINT schedule_runs_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES schedules(id) ON DELETE CASCADE
);

CREATE INDEX schedule_runs_ended_at ON schedule_runs (finished_at) WHERE (finished_at IS NOT NULL);

CREATE INDEX schedule_runs_open ON schedule_runs (starts_at) WHERE (state IN ('pending', 'running'));

CREATE TABLE scan_jobs (
  id bigint DEFAULT new_scan_number() NOT NULL,
  uid uuid NOT NULL,
  site_id bigint NOT NULL,
  network_id bigint,
  name text,
  description text,
  status text DEFAULT 'pending' NOT NULL,
  partial boolean DEFAULT false NOT NULL,
  error_code text,
  error_message text,
  scan_type text NOT NULL,
  engine text NOT NULL,
  targets text[] NOT NULL,
  excluded text[] DEFAULT '{}'::text[] NOT NULL,
  resolved jsonb DEFAULT '[]'::jsonb NOT NULL,
  plan_version integer NOT NULL,
  target_ranges text[] NOT NULL,
  ports text NOT NULL,
  seed bigint NOT NULL,
  positions bigint NOT NULL,
  packets_per_second integer,
  packets_per_second_per_host integer,
  unlimited boolean DEFAULT false NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  started_at timestamp with time zone,
  stop_requested_at timestamp with time zone,
  completed_at timestamp with time zone,
  deleted_at timestamp with time zone,
  live_hosts boolean DEFAULT false NOT NULL,
  engine_note text,
  outside_scope boolean DEFAULT false NOT NULL,
  deleted_by text,
  profile_id bigint,
  builtin_profile text,
  profile_name text,
  profile_overrides text[] DEFAULT '{}'::text[] NOT NULL,
  retries integer,
  timeout_ms integer,
  concurrency integer,
  timing text,
  version_intensity integer,
  scripts text,
  os_detection boolean,
  discovery_methods text[],
  resolver inet,
  schedule_run_id bigint,
  schedule_name text,
  enrich text[],
  os_scan text,
  found_by_job_id bigint,
  CONSTRAINT scan_jobs_builtin_profile_check CHECK ((builtin_profile <> '')),
  CONSTRAINT scan_jobs_check CHECK ((NOT (unlimited AND (packets_per_second IS NOT NULL)))),
  CONSTRAINT scan_jobs_enrich_has_a_type CHECK (((enrich IS NULL) OR (scan_type IN ('auto', 'connect', 'syn')))),
  CONSTRAINT scan_jobs_enrich_values CHECK ((enrich <@ ARRAY['ssh', 'tls'])),
  CONSTRAINT scan_jobs_concurrency_check CHECK (((concurrency >= 1) AND (concurrency <= 10000))),
  CONSTRAINT scan_jobs_deleted_by_when_deleted CHECK (((deleted_by IS NULL) OR (deleted_at IS NOT NULL))),
  CONSTRAINT scan_jobs_description_check CHECK ((char_length(description) <= 2000)),
  CONSTRAINT scan_jobs_detection_is_of_nmap CHECK (((engine = 'nmap') OR (num_nonnulls(timing, version_intensity, scripts, os_detection) = 0))),
  CONSTRAINT scan_jobs_engine_note_check CHECK ((engine_note <> '')),
  CONSTRAINT scan_jobs_engine_values CHECK ((engine IN ('connect', 'syn', 'udp', 'ack', 'nmap', 'discovery', 'import'))),
  CONSTRAINT scan_jobs_error_all_or_none CHECK (((error_code IS NULL) = (error_message IS NULL))),
  CONSTRAINT scan_jobs_failed_has_error CHECK (
CASE status
    WHEN 'failed' THEN (error_code IS NOT NULL)
    WHEN 'cancelled' THEN true
    ELSE (error_code IS NULL)
END),
  CONSTRAINT scan_jobs_found_by_is_of_nmap CHECK (((found_by_job_id IS NULL) OR (engine = 'nmap'))),
  CONSTRAINT scan_jobs_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100))),
  CONSTRAINT scan_jobs_names_have_a_resolver CHECK (((resolver IS NOT NULL) = COALESCE(('dns' = ANY (discovery_methods)), false))),
  CONSTRAINT scan_jobs_one_profile CHECK ((num_nonnulls(profile_id, builtin_profile) <= 1)),
  CONSTRAINT scan_jobs_os_scan_is_of_a_discovery CHECK (((os_scan IS NULL) OR (engine = 'discovery'))),
  CONSTRAINT scan_jobs_os_scan_values CHECK ((os_scan IN ('requested', 'started', 'no_hosts', 'refused'))),
  CONSTRAINT scan_jobs_packets_per_second_check CHECK ((packets_per_second > 0)),
  CONSTRAINT scan_jobs_packets_per_second_per_host_check CHECK ((packets_per_second_per_host > 0)),
  CONSTRAINT scan_jobs_partial_only_when_completed CHECK (((NOT partial) OR (status = 'completed'))),
  CONSTRAINT scan_jobs_plan_version_check CHECK ((plan_version >= 1)),
  CONSTRAINT scan_jobs_ports_check CHECK (((ports <> '') OR (engine IN ('discovery', 'import')))),
  CONSTRAINT scan_jobs_positions_check CHECK ((positions > 0)),
  CONSTRAINT scan_jobs_profile_name_check CHECK ((profile_name <> '')),
  CONSTRAINT scan_jobs_profile_overrides_values CHECK ((profile_overrides <@ ARRAY['scan_type', 'ports', 'live_hosts', 'rate', 'per_host_rate', 'retries', 'timeout_ms', 'concurrency', 'timing', 'version_intensity', 'scripts', 'os_detection', 'enrich'])),
  CONSTRAINT scan_jobs_profiles_have_a_name CHECK (((profile_name IS NOT NULL) OR ((num_nonnulls(profile_id, builtin_profile) = 0) AND (profile_overrides = '{}'::text[])))),
  CONSTRAINT scan_jobs_resolved_check CHECK ((jsonb_typeof(resolved) = 'array')),
  CONSTRAINT scan_jobs_resolver_is_one_address CHECK ((masklen(resolver) =
CASE family(resolver)
    WHEN 4 THEN 32
    ELSE 128
END)),
  CONSTRAINT scan_jobs_retries_check CHECK (((retries >= 0) AND (retries <= 10))),
  CONSTRAINT scan_jobs_runs_have_a_name CHECK (((schedule_run_id IS NULL) OR (schedule_name IS NOT NULL))),
  CONSTRAINT scan_jobs_scan_type_values CHECK ((scan_type IN ('auto', 'connect', 'syn', 'udp', 'ack', 'version', 'aggressive', 'comprehensive', 'discovery', 'import'))),
  CONSTRAINT scan_jobs_schedule_name_check CHECK ((schedule_name <> '')),
  CONSTRAINT scan_jobs_scripts_values CHECK ((scripts IN ('none', 'default', 'safe'))),
  CONSTRAINT scan_jobs_status_has_its_times CHECK (
CASE status
    WHEN 'pending' THEN (completed_at IS NULL)
    WHEN 'running' THEN ((started_at IS NOT NULL) AND (completed_at IS NULL))
    WHEN 'completed' THEN ((started_at IS NOT NULL) AND (completed_at IS NOT NULL))
    ELSE (completed_at IS NOT NULL)
END),
  CONSTRAINT scan_jobs_status_values CHECK ((status IN ('pending', 'running', 'completed', 'failed', 'cancelled'))),
  CONSTRAINT scan_jobs_discovery_methods_when_discovery CHECK ((((engine = 'discovery') = (discovery_methods IS NOT NULL)) AND ((engine = 'discovery') = (scan_type = 'discovery')) AND (cardinality(discovery_methods) > 0))),
  CONSTRAINT scan_jobs_discovery_methods_values CHECK ((discovery_methods <@ ARRAY['arp', 'ndp', 'ping', 'tcp', 'dns'])),
  CONSTRAINT scan_jobs_target_ranges_check CHECK ((cardinality(target_ranges) > 0)),
  CONSTRAINT scan_jobs_targets_check CHECK ((cardinality(targets) > 0)),
  CONSTRAINT scan_jobs_timeout_ms_check CHECK (((timeout_ms >= 50) AND (timeout_ms <= 10000))),
  CONSTRAINT scan_jobs_times_in_order CHECK (((started_at >= created_at) AND (completed_at >= COALESCE(started_at, created_at)))),
  CONSTRAINT scan_jobs_timing_values CHECK ((timing IN ('paranoid', 'sneaky', 'polite', 'normal', 'aggressive'))),
  CONSTRAINT scan_jobs_version_intensity_check CHECK (((version_intensity >= 0) AND (version_intensity <= 9))),
  CONSTRAINT scan_jobs_found_by_once UNIQUE (found_by_job_id),
  CONSTRAINT scan_jobs_pkey PRIMARY KEY (id),
  CONSTRAINT scan_jobs_uid_key UNIQUE (uid),
  CONSTRAINT scan_jobs_found_by_job_id_fkey FOREIGN KEY (found_by_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT,
  CONSTRAINT scan_jobs_id_fkey FOREIGN KEY (id) REFERENCES scan_numbers(id) ON DELETE RESTRICT,
  CONSTRAINT scan_jobs_network_id_fkey FOREIGN KEY (network_id) REFERENCES networks(id) ON DELETE SET NULL,
  CONSTRAINT scan_jobs_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES scan_profiles(id) ON DELETE SET NULL,
  CONSTRAINT scan_jobs_schedule_run_id_fkey FOREIGN KEY (schedule_run_id) REFERENCES schedule_runs(id) ON DELETE SET NULL,
  CONSTRAINT scan_jobs_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
);

CREATE INDEX scan_jobs_builtin_profile ON scan_jobs (builtin_profile) WHERE (builtin_profile IS NOT NULL);

CREATE INDEX scan_jobs_deleted ON scan_jobs (created_at DESC, id DESC) WHERE (deleted_at IS NOT NULL);

CREATE INDEX scan_jobs_network ON scan_jobs (network_id) WHERE (network_id IS NOT NULL);

CREATE INDEX scan_jobs_newest ON scan_jobs (created_at DESC, id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX scan_jobs_newest_discoveries ON scan_jobs (created_at DESC, id DESC) WHERE ((engine = 'discovery') AND (deleted_at IS NULL));

CREATE INDEX scan_jobs_os_scan_requested ON scan_jobs (id) WHERE ((os_scan = 'requested') AND (status = 'completed'));

CREATE INDEX scan_jobs_profile ON scan_jobs (profile_id) WHERE (profile_id IS NOT NULL);

CREATE INDEX scan_jobs_schedule_run ON scan_jobs (schedule_run_id) WHERE (schedule_run_id IS NOT NULL);

CREATE INDEX scan_jobs_active ON scan_jobs (status) WHERE (status IN ('pending', 'running'));

CREATE INDEX scan_jobs_values ON scan_jobs USING gin (scan_search_terms(COALESCE(name, ''), targets)) WHERE (deleted_at IS NULL);

CREATE TABLE device_identified_scans (
  job_id bigint NOT NULL,
  scan_completed_at timestamp with time zone NOT NULL,
  CONSTRAINT device_identified_scans_pkey PRIMARY KEY (job_id),
  CONSTRAINT device_identified_scans_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  job_id bigint,
  payload jsonb DEFAULT '{}'::jsonb NOT NULL,
  recorded_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT events_kind_values CHECK ((kind IN ('scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed', 'scan.stopping', 'scan.cancelled', 'scan.resumed', 'scan.waiting', 'scan.tagged', 'exclusion.added', 'exclusion.removed', 'settings.changed', 'scan.deleted', 'scan.restored', 'scan.purged', 'host.deleted', 'host.restored', 'host.purged', 'host.up', 'host.down', 'host.gone', 'host.flapping', 'host.timeout', 'host.changed', 'worker.started', 'worker.draining', 'worker.resumed', 'worker.lost', 'worker.returned', 'worker.stopped', 'worker.removed', 'schedule.changed', 'schedule.run', 'schedule.stopped'))),
  CONSTRAINT events_payload_check CHECK ((jsonb_typeof(payload) = 'object')),
  CONSTRAINT events_pkey PRIMARY KEY (id),
  CONSTRAINT events_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE INDEX events_job ON events (job_id) WHERE (job_id IS NOT NULL);

CREATE INDEX events_drained_after_failure ON events (((payload ->> 'failed_scan'))) WHERE (kind = 'worker.draining');

CREATE TABLE port_scans (
  job_id bigint NOT NULL,
  host_id bigint NOT NULL,
  protocol text NOT NULL,
  port integer NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  shard_number integer NOT NULL,
  "position" bigint NOT NULL,
  round_trip_us integer,
  observed_at timestamp with time zone NOT NULL,
  scanned_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT port_scans_port_check CHECK (((port >= 0) AND (port <= 65535))),
  CONSTRAINT port_scans_position_check CHECK (("position" >= 0)),
  CONSTRAINT port_scans_protocol_values CHECK ((protocol IN ('tcp', 'udp'))),
  CONSTRAINT port_scans_reason_values CHECK ((reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'))),
  CONSTRAINT port_scans_round_trip_us_check CHECK ((round_trip_us >= 0)),
  CONSTRAINT port_scans_state_values CHECK ((state IN ('open', 'open|filtered'))),
  CONSTRAINT port_scans_pkey PRIMARY KEY (job_id, host_id, protocol, port, scanned_at),
  CONSTRAINT port_scans_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT port_scans_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
) PARTITION BY RANGE (scanned_at);

CREATE INDEX port_scans_host_port_state ON port_scans (host_id, port, state);

CREATE TABLE port_scans_default PARTITION OF port_scans DEFAULT;

CREATE TABLE rate_shares (
  site_id bigint NOT NULL,
  job_id bigint,
  program uuid NOT NULL,
  parts integer NOT NULL,
  request_number bigint NOT NULL,
  valid_until timestamp with time zone NOT NULL,
  CONSTRAINT rate_shares_parts_check CHECK (((parts >= 0) AND (parts <= 720720))),
  CONSTRAINT rate_shares_once UNIQUE NULLS NOT DISTINCT (site_id, job_id, program),
  CONSTRAINT rate_shares_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE,
  CONSTRAINT rate_shares_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE CASCADE
);

CREATE INDEX rate_shares_job ON rate_shares (job_id);

CREATE TABLE scan_coverage (
  job_id bigint NOT NULL,
  site_id bigint NOT NULL,
  address inet NOT NULL,
  protocol text NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  ports int4multirange NOT NULL,
  shard_number integer NOT NULL,
  observed_at timestamp with time zone NOT NULL,
  CONSTRAINT scan_coverage_host_is_port_0 CHECK (((protocol <> 'host') OR (ports = '{[0,1)}'::int4multirange))),
    CONSTRAINT scan_coverage_one_address CHECK ((masklen(address) =
CASE family(address)
    WHEN 4 THEN 32
    ELSE 128
END)),
    CONSTRAINT scan_coverage_ports_check CHECK (((NOT isempty(ports)) AND (ports <@ int4multirange(int4range(0, 65536))))),
    CONSTRAINT scan_coverage_protocol_values CHECK ((protocol IN ('tcp', 'udp', 'host'))),
    CONSTRAINT scan_coverage_reason_values CHECK ((reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'))),
    CONSTRAINT scan_coverage_state_values CHECK ((state IN ('open', 'closed', 'filtered', 'open|filtered', 'unfiltered', 'unknown'))),
  CONSTRAINT scan_coverage_pkey PRIMARY KEY (job_id, address, protocol, state, reason),
  CONSTRAINT scan_coverage_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE,
  CONSTRAINT scan_coverage_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
);

CREATE INDEX scan_coverage_address ON scan_coverage (site_id, address, observed_at);

CREATE INDEX scan_coverage_impostors ON scan_coverage (job_id, address) WHERE (reason IN ('answers-all', 'tarpit'));

CREATE TABLE scan_findings (
  job_id bigint NOT NULL,
  host_id bigint NOT NULL,
  fact text NOT NULL,
  protocol text,
  port integer,
  value text NOT NULL,
  reason text,
  shard_number integer NOT NULL,
  observed_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT scan_findings_fact_values CHECK ((fact IN ('hostname', 'mac_address', 'vendor', 'os_family', 'os_name', 'service', 'ssh_host_key', 'tls_certificate'))),
  CONSTRAINT scan_findings_of_ports_have_one CHECK (((fact IN ('service', 'ssh_host_key', 'tls_certificate')) = (port IS NOT NULL))),
  CONSTRAINT scan_findings_port_check CHECK (((port >= 0) AND (port <= 65535))),
  CONSTRAINT scan_findings_ports_have_a_protocol CHECK (((protocol IS NULL) = (port IS NULL))),
  CONSTRAINT scan_findings_protocol_values CHECK ((protocol IN ('tcp', 'udp'))),
  CONSTRAINT scan_findings_value_check CHECK ((value <> '')),
  CONSTRAINT scan_findings_once UNIQUE NULLS NOT DISTINCT (job_id, host_id, fact, protocol, port),
  CONSTRAINT scan_findings_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT scan_findings_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE INDEX scan_findings_host ON scan_findings (host_id, fact);

CREATE TABLE scan_hosts (
  job_id bigint NOT NULL,
  host_id bigint NOT NULL,
  reason text NOT NULL,
  observed_at timestamp with time zone NOT NULL,
  round_trip_us integer,
  seen tstzmultirange DEFAULT '{}'::tstzmultirange NOT NULL,
  CONSTRAINT scan_hosts_reason_values CHECK ((reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'))),
  CONSTRAINT scan_hosts_round_trip_us_check CHECK ((round_trip_us >= 0)),
  CONSTRAINT scan_hosts_pkey PRIMARY KEY (job_id, host_id),
  CONSTRAINT scan_hosts_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT scan_hosts_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE INDEX scan_hosts_host ON scan_hosts (host_id);

CREATE TABLE scan_imports (
  job_id bigint NOT NULL,
  site_id bigint NOT NULL,
  sha256 bytea NOT NULL,
  size_bytes bigint NOT NULL,
  format text NOT NULL,
  file_name text,
  account jsonb NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT scan_imports_account_check CHECK ((jsonb_typeof(account) = 'object')),
  CONSTRAINT scan_imports_format_values CHECK ((format = 'nmap-xml')),
  CONSTRAINT scan_imports_sha256_check CHECK ((octet_length(sha256) = 32)),
  CONSTRAINT scan_imports_size_bytes_check CHECK ((size_bytes > 0)),
  CONSTRAINT scan_imports_once UNIQUE (site_id, sha256),
  CONSTRAINT scan_imports_pkey PRIMARY KEY (job_id),
  CONSTRAINT scan_imports_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE,
  CONSTRAINT scan_imports_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
);

CREATE TABLE scan_misses (
  job_id bigint NOT NULL,
  host_id bigint NOT NULL,
  probed_at timestamp with time zone NOT NULL,
  down_after_misses integer NOT NULL,
  gone_after_days integer NOT NULL,
  unanswered text[] DEFAULT '{}'::text[] NOT NULL,
  recorded_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT scan_misses_gone_after_days_check CHECK (((gone_after_days >= 1) AND (gone_after_days <= 3650))),
  CONSTRAINT scan_misses_down_after_misses_check CHECK (((down_after_misses >= 1) AND (down_after_misses <= 100))),
  CONSTRAINT scan_misses_pkey PRIMARY KEY (job_id, host_id),
  CONSTRAINT scan_misses_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT scan_misses_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE INDEX scan_misses_host ON scan_misses (host_id, probed_at);

CREATE TABLE scan_names (
  job_id bigint NOT NULL,
  address inet NOT NULL,
  name text NOT NULL,
  observed_at timestamp with time zone NOT NULL,
  CONSTRAINT scan_names_address_check CHECK ((masklen(address) =
CASE family(address)
    WHEN 4 THEN 32
    ELSE 128
END)),
  CONSTRAINT scan_names_name_check CHECK ((name <> '')),
  CONSTRAINT scan_names_pkey PRIMARY KEY (job_id, address),
  CONSTRAINT scan_names_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE TABLE scan_warnings (
  job_id bigint NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  detail text NOT NULL,
  answered integer,
  probed integer,
  recorded_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT scan_warnings_answered_check CHECK ((answered >= 0)),
  CONSTRAINT scan_warnings_check CHECK ((probed >= answered)),
  CONSTRAINT scan_warnings_count_both CHECK (((answered IS NULL) = (probed IS NULL))),
  CONSTRAINT scan_warnings_kind_values CHECK ((kind IN ('proxy-arp', 'proxy-ndp', 'answers-for-all', 'method-missing', 'not-probed', 'excluded'))),
  CONSTRAINT scan_warnings_subject_check CHECK ((subject <> '')),
  CONSTRAINT scan_warnings_pkey PRIMARY KEY (job_id, kind, subject),
  CONSTRAINT scan_warnings_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE TABLE scan_rows_removed (
  job_id bigint NOT NULL,
  cause text NOT NULL,
  month date,
  listed_ports bigint DEFAULT 0 NOT NULL,
  covered_ports bigint DEFAULT 0 NOT NULL,
  hosts bigint DEFAULT 0 NOT NULL,
  first_observed_at timestamp with time zone,
  last_observed_at timestamp with time zone,
  removed_at timestamp with time zone DEFAULT now() NOT NULL,
  findings bigint DEFAULT 0 NOT NULL,
  CONSTRAINT scan_rows_removed_cause_values CHECK ((cause IN ('partition', 'coverage', 'host'))),
  CONSTRAINT scan_rows_removed_check CHECK ((first_observed_at <= last_observed_at)),
  CONSTRAINT scan_rows_removed_covered_ports_check CHECK ((covered_ports >= 0)),
  CONSTRAINT scan_rows_removed_findings_check CHECK ((findings >= 0)),
  CONSTRAINT scan_rows_removed_hosts_check CHECK ((hosts >= 0)),
  CONSTRAINT scan_rows_removed_listed_ports_check CHECK ((listed_ports >= 0)),
  CONSTRAINT scan_rows_removed_months_of_partitions CHECK (((cause = 'partition') = (month IS NOT NULL))),
  CONSTRAINT scan_rows_removed_once UNIQUE NULLS NOT DISTINCT (job_id, cause, month),
  CONSTRAINT scan_rows_removed_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE TABLE scan_shards (
  id bigint GENERATED ALWAYS AS IDENTITY,
  job_id bigint NOT NULL,
  number integer NOT NULL,
  first_position bigint NOT NULL,
  end_position bigint NOT NULL,
  checkpoint bigint NOT NULL,
  next_batch bigint DEFAULT 0 NOT NULL,
  block_started_at timestamp with time zone,
  lease_token bigint DEFAULT 0 NOT NULL,
  lease_owner text,
  lease_expires_at timestamp with time zone,
  probes_sent bigint DEFAULT 0 NOT NULL,
  probes_answered bigint DEFAULT 0 NOT NULL,
  listed_ports bigint DEFAULT 0 NOT NULL,
  hosts_up bigint DEFAULT 0 NOT NULL,
  partial_reason text,
  skipped bigint DEFAULT 0 NOT NULL,
  probed_from inet[] DEFAULT '{}'::inet[] NOT NULL,
  CONSTRAINT scan_shards_check CHECK ((first_position < end_position)),
  CONSTRAINT scan_shards_check1 CHECK (((checkpoint >= first_position) AND (checkpoint <= end_position))),
  CONSTRAINT scan_shards_check2 CHECK (((lease_owner IS NULL) = (lease_expires_at IS NULL))),
  CONSTRAINT scan_shards_first_position_check CHECK ((first_position >= 0)),
  CONSTRAINT scan_shards_hosts_up_check CHECK ((hosts_up >= 0)),
  CONSTRAINT scan_shards_lease_token_check CHECK ((lease_token >= 0)),
  CONSTRAINT scan_shards_listed_ports_check CHECK ((listed_ports >= 0)),
  CONSTRAINT scan_shards_next_batch_check CHECK ((next_batch >= 0)),
  CONSTRAINT scan_shards_number_check CHECK ((number >= 0)),
  CONSTRAINT scan_shards_partial_reason_check CHECK ((partial_reason <> '')),
  CONSTRAINT scan_shards_probes_answered_check CHECK ((probes_answered >= 0)),
  CONSTRAINT scan_shards_probes_sent_check CHECK ((probes_sent >= 0)),
  CONSTRAINT scan_shards_skipped_check CHECK ((skipped >= 0)),
  CONSTRAINT scan_shards_job_id_number_key UNIQUE (job_id, number),
  CONSTRAINT scan_shards_pkey PRIMARY KEY (id),
  CONSTRAINT scan_shards_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE INDEX scan_shards_held ON scan_shards (lease_owner) WHERE (lease_owner IS NOT NULL);

CREATE INDEX scan_shards_runnable ON scan_shards (lease_expires_at) WHERE (checkpoint < end_position);

CREATE TABLE scan_batches (
  shard_id bigint NOT NULL,
  seq bigint NOT NULL,
  job_id bigint NOT NULL,
  lease_token bigint NOT NULL,
  first_position bigint NOT NULL,
  end_position bigint NOT NULL,
  listed_ports integer NOT NULL,
  covered_ports integer NOT NULL,
  skipped integer NOT NULL,
  hosts_up integer NOT NULL,
  probes_sent bigint NOT NULL,
  probes_answered bigint NOT NULL,
  observed_from timestamp with time zone NOT NULL,
  observed_to timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone DEFAULT now() NOT NULL,
  findings integer,
  warnings integer,
  CONSTRAINT scan_batches_add_up CHECK (((end_position - first_position) = ((listed_ports + covered_ports) + skipped))),
  CONSTRAINT scan_batches_check CHECK ((first_position < end_position)),
  CONSTRAINT scan_batches_check1 CHECK ((observed_from <= observed_to)),
  CONSTRAINT scan_batches_covered_ports_check CHECK ((covered_ports >= 0)),
  CONSTRAINT scan_batches_findings_check CHECK ((findings >= 0)),
  CONSTRAINT scan_batches_first_position_check CHECK ((first_position >= 0)),
  CONSTRAINT scan_batches_hosts_up_check CHECK ((hosts_up >= 0)),
  CONSTRAINT scan_batches_lease_token_check CHECK ((lease_token >= 1)),
  CONSTRAINT scan_batches_listed_ports_check CHECK ((listed_ports >= 0)),
  CONSTRAINT scan_batches_probes_answered_check CHECK ((probes_answered >= 0)),
  CONSTRAINT scan_batches_probes_sent_check CHECK ((probes_sent >= 0)),
  CONSTRAINT scan_batches_warnings_check CHECK ((warnings >= 0)),
  CONSTRAINT scan_batches_seq_check CHECK ((seq >= 0)),
  CONSTRAINT scan_batches_skipped_check CHECK ((skipped >= 0)),
  CONSTRAINT scan_batches_pkey PRIMARY KEY (shard_id, seq),
  CONSTRAINT scan_batches_shard_id_first_position_key UNIQUE (shard_id, first_position),
  CONSTRAINT scan_batches_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE,
  CONSTRAINT scan_batches_shard_id_fkey FOREIGN KEY (shard_id) REFERENCES scan_shards(id) ON DELETE CASCADE
);

CREATE INDEX scan_batches_job ON scan_batches (job_id);

CREATE TABLE scan_unresponsive_ranges (
  job_id bigint NOT NULL,
  shard_number integer NOT NULL,
  first_address inet NOT NULL,
  last_address inet NOT NULL,
  observed_at timestamp with time zone NOT NULL,
  CONSTRAINT scan_unresponsive_ranges_in_order CHECK (((family(first_address) = family(last_address)) AND (first_address <= last_address))),
  CONSTRAINT scan_unresponsive_ranges_pkey PRIMARY KEY (job_id, first_address, last_address, observed_at),
  CONSTRAINT scan_unresponsive_ranges_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE INDEX scan_unresponsive_ranges_observed ON scan_unresponsive_ranges (observed_at);

CREATE TABLE scan_statistics (
  job_id bigint NOT NULL,
  fingerprint bytea NOT NULL,
  first_address inet NOT NULL,
  last_address inet NOT NULL,
  hosts_up bigint NOT NULL,
  open_ports bigint NOT NULL,
  covered_ports bigint NOT NULL,
  skipped bigint NOT NULL,
  positions bigint NOT NULL,
  batches bigint NOT NULL,
  probes_sent bigint NOT NULL,
  probes_answered bigint NOT NULL,
  duration_ms bigint NOT NULL,
  observed_from timestamp with time zone NOT NULL,
  observed_to timestamp with time zone NOT NULL,
  base_job_id bigint,
  hosts_new bigint,
  hosts_not_seen bigint,
  ports_opened bigint,
  ports_closed bigint,
  ports_changed bigint,
  services_changed bigint,
  recorded_at timestamp with time zone DEFAULT now() NOT NULL,
  hosts_changed bigint,
  CONSTRAINT scan_statistics_add_up CHECK ((positions = ((open_ports + covered_ports) + skipped))),
  CONSTRAINT scan_statistics_batches_check CHECK ((batches > 0)),
  CONSTRAINT scan_statistics_counted_all_or_none CHECK ((num_nulls(hosts_new, hosts_not_seen, ports_opened, ports_closed, ports_changed, services_changed) IN (0, 6))),
  CONSTRAINT scan_statistics_covered_ports_check CHECK ((covered_ports >= 0)),
  CONSTRAINT scan_statistics_duration_ms_check CHECK ((duration_ms >= 0)),
  CONSTRAINT scan_statistics_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
  CONSTRAINT scan_statistics_hosts_changed_check CHECK ((hosts_changed >= 0)),
  CONSTRAINT scan_statistics_hosts_counted_with_others CHECK (((hosts_changed IS NULL) OR (hosts_new IS NOT NULL))),
  CONSTRAINT scan_statistics_hosts_new_check CHECK ((hosts_new >= 0)),
  CONSTRAINT scan_statistics_hosts_not_seen_check CHECK ((hosts_not_seen >= 0)),
  CONSTRAINT scan_statistics_hosts_up_check CHECK ((hosts_up >= 0)),
  CONSTRAINT scan_statistics_not_its_own_base CHECK ((base_job_id <> job_id)),
  CONSTRAINT scan_statistics_open_ports_check CHECK ((open_ports >= 0)),
  CONSTRAINT scan_statistics_ports_changed_check CHECK ((ports_changed >= 0)),
  CONSTRAINT scan_statistics_ports_closed_check CHECK ((ports_closed >= 0)),
  CONSTRAINT scan_statistics_ports_opened_check CHECK ((ports_opened >= 0)),
  CONSTRAINT scan_statistics_positions_check CHECK ((positions > 0)),
  CONSTRAINT scan_statistics_probes_answered_check CHECK ((probes_answered >= 0)),
  CONSTRAINT scan_statistics_probes_sent_check CHECK ((probes_sent >= 0)),
  CONSTRAINT scan_statistics_services_changed_check CHECK ((services_changed >= 0)),
  CONSTRAINT scan_statistics_skipped_check CHECK ((skipped >= 0)),
  CONSTRAINT scan_statistics_times_in_order CHECK ((observed_from <= observed_to)),
  CONSTRAINT scan_statistics_pkey PRIMARY KEY (job_id),
  CONSTRAINT scan_statistics_base_job_id_fkey FOREIGN KEY (base_job_id) REFERENCES scan_jobs(id) ON DELETE SET NULL,
  CONSTRAINT scan_statistics_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE INDEX scan_statistics_alike ON scan_statistics (fingerprint, observed_to);

CREATE INDEX scan_statistics_base ON scan_statistics (base_job_id) WHERE (base_job_id IS NOT NULL);

CREATE TABLE scan_tag_edits (
  edit_id bigint NOT NULL,
  job_id bigint NOT NULL,
  subject uuid NOT NULL,
  added boolean NOT NULL,
  reaffirmed boolean DEFAULT false NOT NULL,
  CONSTRAINT scan_tag_edits_pkey PRIMARY KEY (edit_id, subject, job_id),
  CONSTRAINT scan_tag_edits_edit_id_fkey FOREIGN KEY (edit_id) REFERENCES edits(id) ON DELETE RESTRICT,
  CONSTRAINT scan_tag_edits_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
);

CREATE INDEX scan_tag_edits_of_scan ON scan_tag_edits (job_id, subject);

CREATE TABLE site_scopes (
  site_id bigint NOT NULL,
  cidr cidr NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT site_scopes_pkey PRIMARY KEY (site_id, cidr),
  CONSTRAINT site_scopes_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE CASCADE
);

CREATE TABLE smart_scan_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY,
  host_id bigint NOT NULL,
  job_id bigint NOT NULL,
  stage text NOT NULL,
  started_at timestamp with time zone NOT NULL,
  points_before integer NOT NULL,
  points_after integer,
  ended_at timestamp with time zone,
  received boolean DEFAULT false NOT NULL,
  CONSTRAINT smart_scan_attempts_end_all_or_none CHECK ((((points_after IS NULL) = (ended_at IS NULL)) AND ((NOT received) OR (ended_at IS NOT NULL)))),
  CONSTRAINT smart_scan_attempts_points_after_check CHECK (((points_after >= 0) AND (points_after <= 20))),
  CONSTRAINT smart_scan_attempts_points_before_check CHECK (((points_before >= 0) AND (points_before <= 20))),
  CONSTRAINT smart_scan_attempts_stage_values CHECK ((stage IN ('refresh', 'port_expansion', 'service_scan', 'os_detection', 'identity'))),
  CONSTRAINT smart_scan_attempts_once UNIQUE (job_id, host_id),
  CONSTRAINT smart_scan_attempts_pkey PRIMARY KEY (id),
  CONSTRAINT smart_scan_attempts_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT smart_scan_attempts_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
);

CREATE INDEX smart_scan_attempts_host ON smart_scan_attempts (host_id, stage, started_at);

CREATE TABLE smart_scan_refusals (
  host_id bigint NOT NULL,
  stage text NOT NULL,
  refused_at timestamp with time zone NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  CONSTRAINT smart_scan_refusals_code_check CHECK ((code <> '')),
  CONSTRAINT smart_scan_refusals_stage_values CHECK ((stage IN ('refresh', 'port_expansion', 'service_scan', 'os_detection', 'identity'))),
  CONSTRAINT smart_scan_refusals_pkey PRIMARY KEY (host_id),
  CONSTRAINT smart_scan_refusals_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
);

CREATE TABLE tags (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  color text,
  created_by text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT tags_color_form CHECK ((color ~ '^#[0-9a-f]{6}$')),
  CONSTRAINT tags_name_form CHECK ((((char_length(name) >= 1) AND (char_length(name) <= 64)) AND (name = btrim(name)) AND (name !~ '[[:cntrl:],"]'))),
  CONSTRAINT tags_key_once UNIQUE (key),
  CONSTRAINT tags_pkey PRIMARY KEY (id),
  CONSTRAINT tags_uid_key UNIQUE (uid)
);

CREATE TABLE host_tags (
  host_id bigint NOT NULL,
  tag_id bigint NOT NULL,
  CONSTRAINT host_tags_pkey PRIMARY KEY (host_id, tag_id),
  CONSTRAINT host_tags_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE,
  CONSTRAINT host_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
);

CREATE INDEX host_tags_tag ON host_tags (tag_id, host_id);

CREATE TABLE scan_tags (
  job_id bigint NOT NULL,
  tag_id bigint NOT NULL,
  CONSTRAINT scan_tags_pkey PRIMARY KEY (job_id, tag_id),
  CONSTRAINT scan_tags_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE,
  CONSTRAINT scan_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
);

CREATE INDEX scan_tags_tag ON scan_tags (tag_id, job_id);

CREATE TABLE workers (
  id bigint GENERATED ALWAYS AS IDENTITY,
  uid uuid NOT NULL,
  name text NOT NULL,
  site_id bigint,
  version text NOT NULL,
  schema_version integer NOT NULL,
  concurrency integer NOT NULL,
  heartbeat_ms integer NOT NULL,
  capabilities jsonb NOT NULL,
  started_at timestamp with time zone DEFAULT now() NOT NULL,
  heartbeat_at timestamp with time zone DEFAULT now() NOT NULL,
  draining_at timestamp with time zone,
  drain_reason text,
  lost_at timestamp with time zone,
  stopped_at timestamp with time zone,
  CONSTRAINT workers_capabilities_have_a_shape CHECK (((jsonb_typeof((capabilities -> 'available')) = 'array') AND (jsonb_typeof((capabilities -> 'missing')) = 'array') AND (jsonb_typeof((capabilities -> 'facts')) = 'object'))),
  CONSTRAINT workers_concurrency_check CHECK (((concurrency >= 1) AND (concurrency <= 64))),
  CONSTRAINT workers_drain_for_a_reason CHECK (((draining_at IS NULL) = (drain_reason IS NULL))),
  CONSTRAINT workers_heartbeat_ms_check CHECK (((heartbeat_ms >= 10) AND (heartbeat_ms <= 600000))),
  CONSTRAINT workers_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 400))),
  CONSTRAINT workers_schema_version_check CHECK ((schema_version > 0)),
  CONSTRAINT workers_times_in_order CHECK (((heartbeat_at >= started_at) AND (draining_at >= started_at) AND (lost_at >= started_at) AND (stopped_at >= started_at))),
  CONSTRAINT workers_version_check CHECK ((version <> '')),
  CONSTRAINT workers_name_key UNIQUE (name),
  CONSTRAINT workers_pkey PRIMARY KEY (id),
  CONSTRAINT workers_uid_key UNIQUE (uid),
  CONSTRAINT workers_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE CASCADE
);

CREATE INDEX workers_heartbeat ON workers (heartbeat_at);

CREATE INDEX workers_site ON workers (site_id);

CREATE TRIGGER scan_jobs_transition BEFORE UPDATE OF status ON scan_jobs FOR EACH ROW WHEN ((old.status IS DISTINCT FROM new.status)) EXECUTE FUNCTION refuse_forbidden_scan_transition();

CREATE TRIGGER sites_default_keeps_its_name BEFORE UPDATE OF name ON sites FOR EACH ROW WHEN (((old.name = 'default') AND (new.name <> 'default'))) EXECUTE FUNCTION keep_default_site();

CREATE TRIGGER sites_default_kept BEFORE DELETE ON sites FOR EACH ROW WHEN ((old.name = 'default')) EXECUTE FUNCTION keep_default_site();

COMMENT ON TABLE scan_rows_removed IS 'Per scan, what retention or the purge of a host removed: ledger = stored rows + sums of this table.';

SELECT make_port_scan_partitions(3);

INSERT INTO scan_status_transitions VALUES ('pending', 'running');
INSERT INTO scan_status_transitions VALUES ('pending', 'failed');
INSERT INTO scan_status_transitions VALUES ('pending', 'cancelled');
INSERT INTO scan_status_transitions VALUES ('running', 'completed');
INSERT INTO scan_status_transitions VALUES ('running', 'failed');
INSERT INTO scan_status_transitions VALUES ('running', 'cancelled');
INSERT INTO scan_status_transitions VALUES ('failed', 'pending');
INSERT INTO scan_status_transitions VALUES ('cancelled', 'pending');
INSERT INTO scan_status_transitions VALUES ('running', 'pending');
INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'default');
