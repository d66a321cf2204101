-- What open ports show beside that they are open: SSH host keys and TLS certificates, found by collectors.
ALTER TABLE scan_findings DROP CONSTRAINT scan_findings_fact_words, DROP CONSTRAINT scan_findings_services_have_a_port,
  ADD CONSTRAINT scan_findings_fact_words CHECK (fact IN
    ('hostname', 'mac_address', 'vendor', 'os_family', 'os_name', 'service', 'ssh_host_key', 'tls_certificate')),
  ADD CONSTRAINT scan_findings_of_ports_have_one CHECK ((fact IN ('service', 'ssh_host_key', 'tls_certificate')) = (port IS NOT NULL));
ALTER TABLE host_facts DROP CONSTRAINT host_facts_fact_words, DROP CONSTRAINT host_facts_services_have_a_port,
  ADD CONSTRAINT host_facts_fact_words CHECK (fact IN
    ('hostname', 'mac_address', 'vendor', 'os_family', 'os_name', 'service', 'ssh_host_key', 'tls_certificate')),
  ADD CONSTRAINT host_facts_of_ports_have_one CHECK ((fact IN ('service', 'ssh_host_key', 'tls_certificate')) = (port IS NOT NULL));
ALTER TABLE host_history DROP CONSTRAINT host_history_fact_words, DROP CONSTRAINT host_history_ports_have_one,
  ADD CONSTRAINT host_history_fact_words CHECK (fact IN ('status', 'hostname', 'mac_address', 'vendor', 'os_family', 'os_name',
    'port', 'service', 'ssh_host_key', 'tls_certificate', 'deleted', 'flapping', 'ignored', 'custom_name', 'grace_misses',
    'gone_after_days')),
  ADD CONSTRAINT host_history_ports_have_one CHECK ((fact IN ('port', 'service', 'ssh_host_key', 'tls_certificate')) = (port IS NOT NULL));

-- Which collectors ask what a scan finds open; NULL: its type asks nothing of open ports.
ALTER TABLE scan_profiles
  ADD COLUMN collect text[] CONSTRAINT scan_profiles_collect_words CHECK (collect <@ ARRAY['ssh', 'tls']);
ALTER TABLE scan_jobs
  ADD COLUMN collect text[] CONSTRAINT scan_jobs_collect_words CHECK (collect <@ ARRAY['ssh', 'tls']),
  ADD CONSTRAINT scan_jobs_collect_has_a_type CHECK (collect IS NULL OR scan_type = ANY (ARRAY['auto', 'connect', 'syn'])),
  DROP CONSTRAINT scan_jobs_profile_overrides_words,
  ADD CONSTRAINT scan_jobs_profile_overrides_words CHECK (profile_overrides <@
    ARRAY['scan_type', 'ports', 'live_hosts', 'rate', 'per_host_rate', 'retries', 'timeout_ms', 'concurrency', 'timing',
      'version_intensity', 'scripts', 'os_detection', 'collect']);
-- No scan of before collected anything.
UPDATE scan_jobs SET collect = '{}' WHERE scan_type IN ('auto', 'connect', 'syn') AND engine <> 'import';
