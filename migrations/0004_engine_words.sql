-- Words of the engines that ask with raw packets, of nmap, and of reports that other programs wrote.
ALTER TABLE scan_jobs DROP CONSTRAINT scan_jobs_scan_type_words,
  ADD CONSTRAINT scan_jobs_scan_type_words CHECK (scan_type IN ('auto', 'connect', 'syn', 'udp', 'ack', 'version', 'aggressive', 'comprehensive', 'import'));
ALTER TABLE scan_jobs DROP CONSTRAINT scan_jobs_engine_words,
  ADD CONSTRAINT scan_jobs_engine_words CHECK (engine IN ('connect', 'syn', 'udp', 'ack', 'nmap', 'import'));
ALTER TABLE scan_coverage DROP CONSTRAINT scan_coverage_reason_words,
  ADD CONSTRAINT scan_coverage_reason_words CHECK (reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'));
ALTER TABLE hosts DROP CONSTRAINT hosts_reason_words,
  ADD CONSTRAINT hosts_reason_words CHECK (status_reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'));
ALTER TABLE scan_hosts DROP CONSTRAINT scan_hosts_reason_words,
  ADD CONSTRAINT scan_hosts_reason_words CHECK (reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'));
ALTER TABLE port_scans DROP CONSTRAINT port_scans_reason_words,
  ADD CONSTRAINT port_scans_reason_words CHECK (reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'));
ALTER TABLE host_ports DROP CONSTRAINT host_ports_reason_words,
  ADD CONSTRAINT host_ports_reason_words CHECK (reason IN ('syn-ack', 'conn-refused', 'no-response', 'host-unreach', 'net-unreach', 'port-unreach', 'proto-unreach', 'admin-prohibited', 'conn-reset', 'udp-response', 'rst', 'ttl-exceeded', 'echo-reply', 'timestamp-reply', 'arp-response', 'nd-response', 'answers-all', 'tarpit', 'unreported'));
