-- A discovery run is a scan that asks one question of each address: is somebody there (ADR 20).
ALTER TABLE scan_jobs DROP CONSTRAINT scan_jobs_scan_type_words,
  ADD CONSTRAINT scan_jobs_scan_type_words CHECK (scan_type IN ('auto', 'connect', 'syn', 'udp', 'ack', 'version', 'aggressive', 'comprehensive', 'discovery', 'import'));
ALTER TABLE scan_jobs DROP CONSTRAINT scan_jobs_engine_words,
  ADD CONSTRAINT scan_jobs_engine_words CHECK (engine IN ('connect', 'syn', 'udp', 'ack', 'nmap', 'sweep', 'import'));
ALTER TABLE scan_jobs DROP CONSTRAINT scan_jobs_ports_check,
  ADD CONSTRAINT scan_jobs_ports_check CHECK (ports <> '' OR engine IN ('sweep', 'import'));

ALTER TABLE scan_jobs
  -- How it looks for hosts, and whom it asks for their names.
  ADD COLUMN sweep_methods text[],
  ADD COLUMN resolver inet,
  ADD CONSTRAINT scan_jobs_sweep_methods_words CHECK (sweep_methods <@ ARRAY['arp', 'ndp', 'ping', 'tcp', 'dns']),
  ADD CONSTRAINT scan_jobs_sweep_is_whole CHECK ((engine = 'sweep') = (sweep_methods IS NOT NULL)
    AND (engine = 'sweep') = (scan_type = 'discovery') AND cardinality(sweep_methods) > 0),
  ADD CONSTRAINT scan_jobs_names_have_a_resolver CHECK ((resolver IS NOT NULL) = (coalesce('dns' = ANY(sweep_methods), false))),
  ADD CONSTRAINT scan_jobs_resolver_is_one_address CHECK (masklen(resolver) = CASE family(resolver) WHEN 4 THEN 32 ELSE 128 END);
-- Lists show discovery runs apart from scans of ports.
CREATE INDEX scan_jobs_newest_discoveries ON scan_jobs (created_at DESC, id DESC) WHERE engine = 'sweep' AND deleted_at IS NULL;

-- `host` is the host itself, told as its port 0: by which answer it showed itself, or that it kept silent.
ALTER TABLE scan_coverage DROP CONSTRAINT scan_coverage_protocol_words,
  ADD CONSTRAINT scan_coverage_protocol_words CHECK (protocol IN ('tcp', 'udp', 'host')),
  ADD CONSTRAINT scan_coverage_host_is_port_0 CHECK (protocol <> 'host' OR ports = '{[0,1)}'::int4multirange);

-- From asking to the answer that proved the host; NULL where it was not measured.
ALTER TABLE scan_hosts ADD COLUMN round_trip_us integer CHECK (round_trip_us >= 0);

-- Names of addresses where no host is known. A name is no sign of life, so it makes no host.
CREATE TABLE scan_names (
  job_id      bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  address     inet NOT NULL CHECK (masklen(address) = CASE family(address) WHEN 4 THEN 32 ELSE 128 END),
  name        text NOT NULL CHECK (name <> ''),
  observed_at timestamptz NOT NULL,
  PRIMARY KEY (job_id, address)
);

-- Addresses that could not be asked, and why.
ALTER TABLE scan_remarks DROP CONSTRAINT scan_remarks_kind_words,
  ADD CONSTRAINT scan_remarks_kind_words CHECK (kind IN
    ('proxy-arp', 'proxy-ndp', 'answers-for-all', 'method-missing', 'not-asked', 'excluded'));

-- How many hardware addresses and names of hosts are others now. NULL of scans that were compared when nobody counted it.
ALTER TABLE scan_statistics ADD COLUMN hosts_changed bigint CHECK (hosts_changed >= 0),
  ADD CONSTRAINT scan_statistics_hosts_counted_with_others CHECK (hosts_changed IS NULL OR hosts_new IS NOT NULL);
