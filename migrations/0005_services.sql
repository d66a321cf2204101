-- What is found beside the state of a port: services, names, hardware addresses, operating systems. And reports
-- that other programs wrote, each stored once.
ALTER TABLE hosts ADD COLUMN os_name text CHECK (char_length(os_name) BETWEEN 1 AND 255);

ALTER TABLE host_history DROP CONSTRAINT host_history_check, DROP CONSTRAINT host_history_fact_words,
  ADD CONSTRAINT host_history_fact_words CHECK (fact IN
    ('status', 'hostname', 'mac_address', 'vendor', 'os_family', 'os_name', 'port', 'service', 'deleted')),
  ADD CONSTRAINT host_history_ports_have_one CHECK ((fact IN ('port', 'service')) = (port IS NOT NULL));

-- Raw: every value that a scan found, never changed. A scan tells one value of a fact.
CREATE TABLE scan_findings (
  job_id       bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  host_id      bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  fact         text NOT NULL CONSTRAINT scan_findings_fact_words CHECK (fact IN
                 ('hostname', 'mac_address', 'vendor', 'os_family', 'os_name', 'service')),
  protocol     text CONSTRAINT scan_findings_protocol_words CHECK (protocol IN ('tcp', 'udp')),
  port         integer CHECK (port BETWEEN 0 AND 65535),
  value        text NOT NULL CHECK (value <> ''),
  -- How it became known.
  reason       text,
  shard_number integer NOT NULL,
  observed_at  timestamptz NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT scan_findings_services_have_a_port CHECK ((fact = 'service') = (port IS NOT NULL)),
  CONSTRAINT scan_findings_ports_have_a_protocol CHECK ((protocol IS NULL) = (port IS NULL)),
  CONSTRAINT scan_findings_once UNIQUE NULLS NOT DISTINCT (job_id, host_id, fact, protocol, port)
);
CREATE INDEX scan_findings_host ON scan_findings (host_id, fact);

-- The current value of each: the newest finding by (observed_at, job, shard). Those of the host itself are
-- also columns of `hosts`, for lists.
CREATE TABLE host_facts (
  host_id      bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  fact         text NOT NULL CONSTRAINT host_facts_fact_words CHECK (fact IN
                 ('hostname', 'mac_address', 'vendor', 'os_family', 'os_name', 'service')),
  protocol     text CONSTRAINT host_facts_protocol_words CHECK (protocol IN ('tcp', 'udp')),
  port         integer CHECK (port BETWEEN 0 AND 65535),
  value        text NOT NULL CHECK (value <> ''),
  reason       text,
  observed_at  timestamptz NOT NULL,
  -- What a scan found outlives the scan.
  job_id       bigint REFERENCES scan_jobs ON DELETE SET NULL,
  shard_number integer,
  CONSTRAINT host_facts_services_have_a_port CHECK ((fact = 'service') = (port IS NOT NULL)),
  CONSTRAINT host_facts_ports_have_a_protocol CHECK ((protocol IS NULL) = (port IS NULL)),
  CONSTRAINT host_facts_once UNIQUE NULLS NOT DISTINCT (host_id, fact, protocol, port)
);
CREATE INDEX host_facts_job ON host_facts (job_id) WHERE job_id IS NOT NULL;

-- A report that was imported: the same bytes are stored once a site.
CREATE TABLE scan_imports (
  job_id       bigint PRIMARY KEY REFERENCES scan_jobs ON DELETE CASCADE,
  site_id      bigint NOT NULL REFERENCES sites ON DELETE RESTRICT,
  sha256       bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size_bytes   bigint NOT NULL CHECK (size_bytes > 0),
  format       text NOT NULL CONSTRAINT scan_imports_format_words CHECK (format IN ('nmap-xml')),
  file_name    text,
  -- What was taken, what was not and why, as it was told to whoever imported it.
  account      jsonb NOT NULL CHECK (jsonb_typeof(account) = 'object'),
  created_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT scan_imports_once UNIQUE (site_id, sha256)
);

-- A report of a ping sweep names no port.
ALTER TABLE scan_jobs DROP CONSTRAINT scan_jobs_ports_check,
  ADD CONSTRAINT scan_jobs_ports_check CHECK (ports <> '' OR engine = 'import');

-- What was before a change, and what is the newest, is asked for each fact of a host (folding, history, verify).
CREATE INDEX host_history_of_fact ON host_history (host_id, fact, protocol, port, observed_at);

-- Why a shard could not see everything that it was to ask; its scan completes as partial.
ALTER TABLE scan_shards ADD COLUMN partial_reason text CHECK (partial_reason <> '');
