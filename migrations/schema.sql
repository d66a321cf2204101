-- The schema after all migrations, for readers and for a test that compares it. Made by `npm run schema`.
table api_keys
  id bigint not null identity
  uid uuid not null
  name text not null
  prefix text not null
  secret_hash bytea not null
  created_by text not null
  created_at timestamp with time zone not null default now()
  expires_at timestamp with time zone
  revoked_at timestamp with time zone
  constraint api_keys_check CHECK ((expires_at > created_at))
  constraint api_keys_check1 CHECK ((revoked_at >= created_at))
  constraint api_keys_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100)))
  constraint api_keys_pkey PRIMARY KEY (id)
  constraint api_keys_prefix_check CHECK ((prefix ~ '^scn_[a-z2-7]{8}$'::text))
  constraint api_keys_prefix_key UNIQUE (prefix)
  constraint api_keys_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
  constraint api_keys_uid_key UNIQUE (uid)
table custom_fields
  id bigint not null identity
  uid uuid not null
  name text not null
  type text not null
  choices text[]
  description text
  created_by text not null
  created_at timestamp with time zone not null default now()
  updated_by text not null
  updated_at timestamp with time zone not null default now()
  constraint custom_fields_choices_length CHECK (((cardinality(choices) >= 1) AND (cardinality(choices) <= 100)))
  constraint custom_fields_choices_of_a_choice CHECK (((type = 'choice'::text) = (choices IS NOT NULL)))
  constraint custom_fields_description_length CHECK (((char_length(description) >= 1) AND (char_length(description) <= 2000)))
  constraint custom_fields_name_form CHECK ((name ~ '^[a-z][a-z0-9_-]{0,63}$'::text))
  constraint custom_fields_name_once UNIQUE (name)
  constraint custom_fields_pkey PRIMARY KEY (id)
  constraint custom_fields_type_values CHECK ((type = ANY (ARRAY['text'::text, 'number'::text, 'date'::text, 'flag'::text, 'choice'::text])))
  constraint custom_fields_uid_key UNIQUE (uid)
table device_bindings
  id bigint not null identity
  uid uuid not null
  host_id bigint not null
  mac macaddr
  constraint device_bindings_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint device_bindings_once UNIQUE NULLS NOT DISTINCT (host_id, mac)
  constraint device_bindings_pkey PRIMARY KEY (id)
  constraint device_bindings_uid_key UNIQUE (uid)
  CREATE INDEX device_bindings_mac ON public.device_bindings USING btree (mac) WHERE (mac IS NOT NULL)
table device_decision_bindings
  decision_id bigint not null
  binding_id bigint not null
  side integer not null
  constraint device_decision_bindings_binding_id_fkey FOREIGN KEY (binding_id) REFERENCES device_bindings(id) ON DELETE CASCADE
  constraint device_decision_bindings_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES device_decisions(id) ON DELETE RESTRICT
  constraint device_decision_bindings_pkey PRIMARY KEY (decision_id, binding_id)
  constraint device_decision_bindings_side_check CHECK ((side = ANY (ARRAY[0, 1])))
  CREATE INDEX device_decision_bindings_binding ON public.device_decision_bindings USING btree (binding_id)
table device_decisions
  id bigint not null identity
  uid uuid not null
  site_id bigint not null
  kind text not null
  actor text not null
  undoes bigint
  created_at timestamp with time zone not null default clock_timestamp()
  constraint device_decisions_kind_values CHECK ((kind = ANY (ARRAY['merge'::text, 'split'::text, 'dismiss'::text, 'undo'::text])))
  constraint device_decisions_not_their_own_undo CHECK ((undoes <> id))
  constraint device_decisions_pkey PRIMARY KEY (id)
  constraint device_decisions_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE CASCADE
  constraint device_decisions_uid_key UNIQUE (uid)
  constraint device_decisions_undo_something CHECK (((kind = 'undo'::text) = (undoes IS NOT NULL)))
  constraint device_decisions_undoes_fkey FOREIGN KEY (undoes) REFERENCES device_decisions(id) ON DELETE CASCADE
  constraint device_decisions_undone_once UNIQUE (undoes)
table device_evidence
  site_id bigint not null
  host_id bigint not null
  kind text not null
  port integer
  value text not null
  seen tstzmultirange not null
  first_job_id bigint not null
  last_job_id bigint not null
  constraint device_evidence_first_job_id_fkey FOREIGN KEY (first_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint device_evidence_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint device_evidence_kind_values CHECK ((kind = ANY (ARRAY['mac'::text, 'randomized_mac'::text, 'virtual_mac'::text, 'ssh_host_key'::text, 'tls_certificate'::text, 'name'::text, 'generic_name'::text])))
  constraint device_evidence_last_job_id_fkey FOREIGN KEY (last_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint device_evidence_once UNIQUE NULLS NOT DISTINCT (host_id, kind, value, port)
  constraint device_evidence_port_check CHECK (((port >= 0) AND (port <= 65535)))
  constraint device_evidence_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
  constraint device_evidence_value_check CHECK (((char_length(value) >= 1) AND (char_length(value) <= 300)))
  constraint device_evidence_was_seen CHECK ((NOT isempty(seen)))
  CREATE INDEX device_evidence_value ON public.device_evidence USING btree (site_id, kind, value, host_id)
table device_hosts
  host_id bigint not null
  since timestamp with time zone not null
  binding_id bigint not null
  device_id bigint not null
  constraint device_hosts_binding_id_fkey FOREIGN KEY (binding_id) REFERENCES device_bindings(id) ON DELETE CASCADE
  constraint device_hosts_device_id_fkey FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE
  constraint device_hosts_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint device_hosts_pkey PRIMARY KEY (host_id, since)
  CREATE INDEX device_hosts_binding ON public.device_hosts USING btree (binding_id)
  CREATE INDEX device_hosts_device ON public.device_hosts USING btree (device_id, host_id)
table device_identified_scans
  job_id bigint not null
  scan_completed_at timestamp with time zone not null
  constraint device_identified_scans_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint device_identified_scans_pkey PRIMARY KEY (job_id)
table device_queue
  host_id bigint not null
  constraint device_queue_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint device_queue_pkey PRIMARY KEY (host_id)
table device_suggestions
  uid uuid not null
  one_id bigint not null
  other_id bigint not null
  score integer not null
  reasons text[] not null
  veto text
  constraint device_suggestions_of_two CHECK ((one_id <> other_id))
  constraint device_suggestions_once UNIQUE (one_id, other_id)
  constraint device_suggestions_one_id_fkey FOREIGN KEY (one_id) REFERENCES devices(id) ON DELETE CASCADE
  constraint device_suggestions_other_id_fkey FOREIGN KEY (other_id) REFERENCES devices(id) ON DELETE CASCADE
  constraint device_suggestions_pkey PRIMARY KEY (uid)
  constraint device_suggestions_score CHECK (((score >= 0) AND (score <= 100)))
  CREATE INDEX device_suggestions_other ON public.device_suggestions USING btree (other_id)
table devices
  id bigint not null
  site_id bigint not null
  kind text not null
  constraint devices_id_fkey FOREIGN KEY (id) REFERENCES device_bindings(id) ON DELETE CASCADE
  constraint devices_kind_values CHECK ((kind = ANY (ARRAY['identified'::text, 'provisional'::text, 'floating'::text])))
  constraint devices_pkey PRIMARY KEY (id)
  constraint devices_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
  CREATE INDEX devices_of_site ON public.devices USING btree (site_id, kind, id)
table edits
  id bigint not null identity
  uid uuid not null
  actor text not null
  summary text not null
  undoes bigint
  created_at timestamp with time zone not null default now()
  constraint edits_not_their_own_undo CHECK ((undoes <> id))
  constraint edits_pkey PRIMARY KEY (id)
  constraint edits_summary_check CHECK (((char_length(summary) >= 1) AND (char_length(summary) <= 500)))
  constraint edits_uid_key UNIQUE (uid)
  constraint edits_undoes_fkey FOREIGN KEY (undoes) REFERENCES edits(id) ON DELETE RESTRICT
  constraint edits_undone_once UNIQUE (undoes)
table events
  id bigint not null identity
  kind text not null
  job_id bigint
  payload jsonb not null default '{}'::jsonb
  recorded_at timestamp with time zone not null default now()
  constraint events_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint events_kind_values CHECK ((kind = ANY (ARRAY['scan.created'::text, 'scan.started'::text, 'scan.progressed'::text, 'scan.completed'::text, 'scan.failed'::text, 'scan.stopping'::text, 'scan.cancelled'::text, 'scan.resumed'::text, 'scan.waiting'::text, 'scan.tagged'::text, 'exclusion.added'::text, 'exclusion.removed'::text, 'settings.changed'::text, 'scan.deleted'::text, 'scan.restored'::text, 'scan.purged'::text, 'host.deleted'::text, 'host.restored'::text, 'host.purged'::text, 'host.up'::text, 'host.down'::text, 'host.gone'::text, 'host.flapping'::text, 'host.timeout'::text, 'host.changed'::text, 'worker.started'::text, 'worker.draining'::text, 'worker.resumed'::text, 'worker.lost'::text, 'worker.returned'::text, 'worker.stopped'::text, 'worker.removed'::text, 'schedule.changed'::text, 'schedule.run'::text, 'schedule.stopped'::text])))
  constraint events_payload_check CHECK ((jsonb_typeof(payload) = 'object'::text))
  constraint events_pkey PRIMARY KEY (id)
  CREATE INDEX events_drained_after_failure ON public.events USING btree (((payload ->> 'failed_scan'::text))) WHERE (kind = 'worker.draining'::text)
  CREATE INDEX events_job ON public.events USING btree (job_id) WHERE (job_id IS NOT NULL)
table host_edits
  id bigint not null identity
  edit_id bigint not null
  host_id bigint not null
  kind text not null
  subject uuid
  label text
  old_value text
  new_value text
  old_owner uuid
  new_owner uuid
  created_at timestamp with time zone not null default clock_timestamp()
  constraint host_edits_change_something CHECK (((old_value IS DISTINCT FROM new_value) OR (old_owner IS DISTINCT FROM new_owner)))
  constraint host_edits_edit_id_fkey FOREIGN KEY (edit_id) REFERENCES edits(id) ON DELETE RESTRICT
  constraint host_edits_fields_have_a_label CHECK (((kind = 'field'::text) = (label IS NOT NULL)))
  constraint host_edits_have_a_subject CHECK (((kind = ANY (ARRAY['tag'::text, 'group'::text, 'field'::text, 'note'::text])) = (subject IS NOT NULL)))
  constraint host_edits_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint host_edits_kind_values CHECK ((kind = ANY (ARRAY['tag'::text, 'group'::text, 'owner'::text, 'field'::text, 'note'::text, 'custom_name'::text, 'ignored'::text, 'down_after_misses'::text, 'gone_after_days'::text])))
  constraint host_edits_owners_alone CHECK (((kind = 'owner'::text) OR (num_nonnulls(old_owner, new_owner) = 0)))
  constraint host_edits_owners_are_named CHECK (((((old_owner IS NULL) = (old_value IS NULL)) AND ((new_owner IS NULL) = (new_value IS NULL))) OR (kind <> 'owner'::text)))
  constraint host_edits_pkey PRIMARY KEY (id)
  CREATE INDEX host_edits_of_edit ON public.host_edits USING btree (edit_id, host_id)
  CREATE INDEX host_edits_of_host ON public.host_edits USING btree (host_id, kind, subject, id)
table host_facts
  host_id bigint not null
  fact text not null
  protocol text
  port integer
  value text not null
  reason text
  observed_at timestamp with time zone not null
  job_id bigint
  shard_number integer
  constraint host_facts_fact_values CHECK ((fact = ANY (ARRAY['hostname'::text, 'mac_address'::text, 'vendor'::text, 'os_family'::text, 'os_name'::text, 'service'::text, 'ssh_host_key'::text, 'tls_certificate'::text])))
  constraint host_facts_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint host_facts_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint host_facts_of_ports_have_one CHECK (((fact = ANY (ARRAY['service'::text, 'ssh_host_key'::text, 'tls_certificate'::text])) = (port IS NOT NULL)))
  constraint host_facts_once UNIQUE NULLS NOT DISTINCT (host_id, fact, protocol, port)
  constraint host_facts_port_check CHECK (((port >= 0) AND (port <= 65535)))
  constraint host_facts_ports_have_a_protocol CHECK (((protocol IS NULL) = (port IS NULL)))
  constraint host_facts_protocol_values CHECK ((protocol = ANY (ARRAY['tcp'::text, 'udp'::text])))
  constraint host_facts_value_check CHECK ((value <> ''::text))
  CREATE INDEX host_facts_service ON public.host_facts USING btree (lower((service_part(value, 'name'::text) COLLATE "C")), host_id) WHERE (fact = 'service'::text)
table host_field_values
  host_id bigint not null
  field_id bigint not null
  type text not null
  value text not null
  constraint host_field_values_field_id_fkey FOREIGN KEY (field_id) REFERENCES custom_fields(id) ON DELETE CASCADE
  constraint host_field_values_form CHECK (
CASE type
    WHEN 'number'::text THEN (value ~ '^-?(0|[1-9][0-9]{0,14})(\.[0-9]{0,8}[1-9])?$'::text)
    WHEN 'date'::text THEN (value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'::text)
    WHEN 'flag'::text THEN (value = ANY (ARRAY['true'::text, 'false'::text]))
    ELSE ((char_length(value) >= 1) AND (char_length(value) <= 500))
END)
  constraint host_field_values_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint host_field_values_pkey PRIMARY KEY (host_id, field_id)
  constraint host_field_values_type_values CHECK ((type = ANY (ARRAY['text'::text, 'number'::text, 'date'::text, 'flag'::text, 'choice'::text])))
  CREATE INDEX host_field_values_field ON public.host_field_values USING btree (field_id, value)
table host_group_members
  group_id bigint not null
  host_id bigint not null
  constraint host_group_members_group_id_fkey FOREIGN KEY (group_id) REFERENCES host_groups(id) ON DELETE CASCADE
  constraint host_group_members_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint host_group_members_pkey PRIMARY KEY (group_id, host_id)
  CREATE INDEX host_group_members_host ON public.host_group_members USING btree (host_id)
table host_groups
  id bigint not null identity
  uid uuid not null
  name text not null
  key text not null
  description text
  color text
  kind text not null
  rule_text text
  rule jsonb
  created_by text not null
  created_at timestamp with time zone not null default now()
  updated_by text not null
  updated_at timestamp with time zone not null default now()
  constraint host_groups_color_form CHECK ((color ~ '^#[0-9a-f]{6}$'::text))
  constraint host_groups_description_length CHECK (((char_length(description) >= 1) AND (char_length(description) <= 2000)))
  constraint host_groups_key_once UNIQUE (key)
  constraint host_groups_kind_values CHECK ((kind = ANY (ARRAY['static'::text, 'rule'::text])))
  constraint host_groups_name_form CHECK (((char_length(name) >= 1) AND (char_length(name) <= 64) AND (name = btrim(name)) AND (name !~ '[[:cntrl:],"]'::text)))
  constraint host_groups_pkey PRIMARY KEY (id)
  constraint host_groups_rule_form CHECK ((jsonb_typeof(rule) = 'object'::text))
  constraint host_groups_rule_length CHECK (((char_length(rule_text) >= 1) AND (char_length(rule_text) <= 4096)))
  constraint host_groups_rules_have_one CHECK ((num_nonnulls(rule_text, rule) =
CASE kind
    WHEN 'rule'::text THEN 2
    ELSE 0
END))
  constraint host_groups_uid_key UNIQUE (uid)
table host_history
  id bigint not null identity
  host_id bigint not null
  fact text not null
  protocol text
  port integer
  old_value text
  new_value text
  reason text
  job_id bigint
  shard_number integer
  position bigint
  actor text
  observed_at timestamp with time zone not null
  recorded_at timestamp with time zone not null default now()
  constraint host_history_check1 CHECK (((protocol IS NULL) = (port IS NULL)))
  constraint host_history_check2 CHECK ((old_value IS DISTINCT FROM new_value))
  constraint host_history_fact_values CHECK ((fact = ANY (ARRAY['status'::text, 'hostname'::text, 'mac_address'::text, 'vendor'::text, 'os_family'::text, 'os_name'::text, 'port'::text, 'service'::text, 'ssh_host_key'::text, 'tls_certificate'::text, 'deleted'::text, 'flapping'::text, 'ignored'::text, 'custom_name'::text, 'down_after_misses'::text, 'gone_after_days'::text])))
  constraint host_history_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint host_history_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint host_history_pkey PRIMARY KEY (id)
  constraint host_history_port_check CHECK (((port >= 0) AND (port <= 65535)))
  constraint host_history_ports_have_one CHECK (((fact = ANY (ARRAY['port'::text, 'service'::text, 'ssh_host_key'::text, 'tls_certificate'::text])) = (port IS NOT NULL)))
  constraint host_history_protocol_values CHECK ((protocol = ANY (ARRAY['tcp'::text, 'udp'::text])))
  CREATE UNIQUE INDEX host_history_begins_once ON public.host_history USING btree (host_id, fact, protocol, port, observed_at, COALESCE(job_id, (- id)), shard_number, "position") NULLS NOT DISTINCT
  CREATE INDEX host_history_observed ON public.host_history USING brin (observed_at) WITH (pages_per_range='32', autosummarize='on')
  CREATE INDEX host_history_of_host ON public.host_history USING btree (host_id, fact, observed_at) INCLUDE (recorded_at) WHERE (port IS NULL)
table host_notes
  id bigint not null identity
  uid uuid not null
  host_id bigint not null
  text text not null
  author text not null
  written_at timestamp with time zone not null default now()
  removed_at timestamp with time zone
  constraint host_notes_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint host_notes_length CHECK (((char_length(text) >= 1) AND (char_length(text) <= 4000)))
  constraint host_notes_pkey PRIMARY KEY (id)
  constraint host_notes_times_in_order CHECK ((removed_at >= written_at))
  constraint host_notes_uid_key UNIQUE (uid)
  CREATE INDEX host_notes_host ON public.host_notes USING btree (host_id, id)
table host_owners
  host_id bigint not null
  owner_id bigint not null
  constraint host_owners_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint host_owners_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owners(id) ON DELETE RESTRICT
  constraint host_owners_pkey PRIMARY KEY (host_id)
  CREATE INDEX host_owners_owner ON public.host_owners USING btree (owner_id)
table host_ports
  host_id bigint not null
  protocol text not null
  port integer not null
  state text not null
  reason text not null
  observed_at timestamp with time zone not null
  job_id bigint
  shard_number integer
  position bigint
  first_seen timestamp with time zone not null
  last_seen timestamp with time zone not null
  constraint host_ports_check CHECK ((first_seen <= last_seen))
  constraint host_ports_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint host_ports_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint host_ports_pkey PRIMARY KEY (host_id, protocol, port)
  constraint host_ports_port_check CHECK (((port >= 0) AND (port <= 65535)))
  constraint host_ports_protocol_values CHECK ((protocol = ANY (ARRAY['tcp'::text, 'udp'::text])))
  constraint host_ports_reason_values CHECK ((reason = ANY (ARRAY['syn-ack'::text, 'conn-refused'::text, 'no-response'::text, 'host-unreach'::text, 'net-unreach'::text, 'port-unreach'::text, 'proto-unreach'::text, 'admin-prohibited'::text, 'conn-reset'::text, 'udp-response'::text, 'rst'::text, 'ttl-exceeded'::text, 'echo-reply'::text, 'timestamp-reply'::text, 'arp-response'::text, 'nd-response'::text, 'answers-all'::text, 'tarpit'::text, 'unreported'::text])))
  constraint host_ports_state_values CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text, 'filtered'::text, 'open|filtered'::text, 'unfiltered'::text, 'unknown'::text])))
  CREATE INDEX host_ports_open ON public.host_ports USING btree (port, protocol, host_id) WHERE (state = ANY (ARRAY['open'::text, 'open|filtered'::text]))
table host_tags
  host_id bigint not null
  tag_id bigint not null
  constraint host_tags_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint host_tags_pkey PRIMARY KEY (host_id, tag_id)
  constraint host_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
  CREATE INDEX host_tags_tag ON public.host_tags USING btree (tag_id, host_id)
table hosts
  id bigint not null identity
  uid uuid not null
  site_id bigint not null
  ip_address inet not null
  hostname text
  mac_address macaddr
  vendor text
  os_family text
  status text not null
  status_reason text
  status_observed_at timestamp with time zone not null
  status_job_id bigint
  status_shard integer
  status_position bigint
  first_seen timestamp with time zone not null
  last_seen timestamp with time zone not null
  created_at timestamp with time zone not null default now()
  deleted_at timestamp with time zone
  os_name text
  down_after_misses integer
  gone_after_days integer
  answers_since timestamp with time zone
  misses integer not null default 0
  missed_at timestamp with time zone
  status_changed_at timestamp with time zone
  status_changed_job_id bigint
  flapping boolean not null default false
  ignored boolean not null default false
  custom_name text
  rtt_count bigint not null default 0
  rtt_sum_us bigint
  rtt_min_us bigint
  rtt_max_us bigint
  search_terms tsvector generated 
CASE
    WHEN ((hostname IS NOT NULL) OR (vendor IS NOT NULL) OR (custom_name IS NOT NULL)) THEN search_terms(((((COALESCE(hostname, ''::text) || ' '::text) || COALESCE(vendor, ''::text)) || ' '::text) || COALESCE(custom_name, ''::text)))
    ELSE NULL::tsvector
END
  constraint hosts_check CHECK ((first_seen <= last_seen))
  constraint hosts_custom_name_length CHECK (((char_length(custom_name) >= 1) AND (char_length(custom_name) <= 255)))
  constraint hosts_down_after_misses_bound CHECK (((down_after_misses >= 1) AND (down_after_misses <= 100)))
  constraint hosts_gone_after_days_bound CHECK (((gone_after_days >= 1) AND (gone_after_days <= 3650)))
  constraint hosts_hostname_check CHECK (((char_length(hostname) >= 1) AND (char_length(hostname) <= 255)))
  constraint hosts_misses_count CHECK ((misses >= 0))
  constraint hosts_one_address CHECK ((masklen(ip_address) =
CASE family(ip_address)
    WHEN 4 THEN 32
    ELSE 128
END))
  constraint hosts_os_name_check CHECK (((char_length(os_name) >= 1) AND (char_length(os_name) <= 255)))
  constraint hosts_pkey PRIMARY KEY (id)
  constraint hosts_reason_values CHECK ((status_reason = ANY (ARRAY['syn-ack'::text, 'conn-refused'::text, 'no-response'::text, 'host-unreach'::text, 'net-unreach'::text, 'port-unreach'::text, 'proto-unreach'::text, 'admin-prohibited'::text, 'conn-reset'::text, 'udp-response'::text, 'rst'::text, 'ttl-exceeded'::text, 'echo-reply'::text, 'timestamp-reply'::text, 'arp-response'::text, 'nd-response'::text, 'answers-all'::text, 'tarpit'::text, 'unreported'::text])))
  constraint hosts_rtt_all_or_none CHECK (
CASE
    WHEN (rtt_count = 0) THEN (num_nonnulls(rtt_sum_us, rtt_min_us, rtt_max_us) = 0)
    ELSE ((rtt_count > 0) AND (rtt_min_us >= 0) AND ((rtt_sum_us >= (rtt_min_us * rtt_count)) AND (rtt_sum_us <= (rtt_max_us * rtt_count))))
END)
  constraint hosts_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
  constraint hosts_site_id_ip_address_key UNIQUE (site_id, ip_address)
  constraint hosts_status_changed_job_id_fkey FOREIGN KEY (status_changed_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint hosts_status_job_id_fkey FOREIGN KEY (status_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint hosts_status_values CHECK ((status = ANY (ARRAY['up'::text, 'down'::text, 'unknown'::text, 'gone'::text])))
  constraint hosts_uid_key UNIQUE (uid)
  CREATE INDEX hosts_address ON public.hosts USING btree (ip_address, id)
  CREATE INDEX hosts_by_last_seen ON public.hosts USING btree (last_seen, id) INCLUDE (ignored) WHERE (deleted_at IS NULL)
  CREATE INDEX hosts_by_status ON public.hosts USING btree (status, last_seen, id) INCLUDE (ignored) WHERE (deleted_at IS NULL)
  CREATE INDEX hosts_deleted ON public.hosts USING btree (ip_address, id) WHERE (deleted_at IS NOT NULL)
  CREATE INDEX hosts_mac ON public.hosts USING btree (mac_address) WHERE (mac_address IS NOT NULL)
  CREATE INDEX hosts_values ON public.hosts USING gin (search_terms) WHERE (search_terms IS NOT NULL)
table installation
  id boolean not null default true
  version text not null
  set_at timestamp with time zone not null default now()
  constraint installation_id_check CHECK (id)
  constraint installation_pkey PRIMARY KEY (id)
  constraint installation_version_check CHECK ((version <> ''::text))
table integrity_checks
  id bigint not null identity
  started_at timestamp with time zone not null
  duration_ms bigint not null
  checks jsonb not null
  recorded_at timestamp with time zone not null default now()
  constraint integrity_checks_checks_check CHECK ((jsonb_typeof(checks) = 'array'::text))
  constraint integrity_checks_duration_ms_check CHECK ((duration_ms >= 0))
  constraint integrity_checks_pkey PRIMARY KEY (id)
table label_edits
  edit_id bigint not null
  kind text not null
  subject uuid not null
  old_definition jsonb
  new_definition jsonb
  constraint label_edits_edit_id_fkey FOREIGN KEY (edit_id) REFERENCES edits(id) ON DELETE RESTRICT
  constraint label_edits_kind_values CHECK ((kind = ANY (ARRAY['tag'::text, 'group'::text, 'field'::text])))
  constraint label_edits_pkey PRIMARY KEY (edit_id, subject)
  constraint label_edits_remove_or_create CHECK ((num_nonnulls(old_definition, new_definition) = 1))
  CREATE INDEX label_edits_of_subject ON public.label_edits USING btree (subject, edit_id)
table network_exclusions
  id bigint not null identity
  uid uuid not null
  site_id bigint
  network_id bigint
  first_address inet not null
  last_address inet not null
  reason text
  created_by text not null
  created_at timestamp with time zone not null default now()
  constraint network_exclusions_in_order CHECK (((family(first_address) = family(last_address)) AND (first_address <= last_address)))
  constraint network_exclusions_network_id_fkey FOREIGN KEY (network_id) REFERENCES networks(id) ON DELETE RESTRICT
  constraint network_exclusions_once UNIQUE NULLS NOT DISTINCT (site_id, network_id, first_address, last_address)
  constraint network_exclusions_one_address_each CHECK (((masklen(first_address) =
CASE family(first_address)
    WHEN 4 THEN 32
    ELSE 128
END) AND (masklen(last_address) =
CASE family(last_address)
    WHEN 4 THEN 32
    ELSE 128
END)))
  constraint network_exclusions_one_place CHECK (((site_id IS NULL) OR (network_id IS NULL)))
  constraint network_exclusions_pkey PRIMARY KEY (id)
  constraint network_exclusions_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 500)))
  constraint network_exclusions_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
  constraint network_exclusions_uid_key UNIQUE (uid)
  CREATE INDEX network_exclusions_network ON public.network_exclusions USING btree (network_id) WHERE (network_id IS NOT NULL)
table network_owners
  network_id bigint not null
  owner_id bigint not null
  assigned_by text not null
  assigned_at timestamp with time zone not null default now()
  constraint network_owners_network_id_fkey FOREIGN KEY (network_id) REFERENCES networks(id) ON DELETE CASCADE
  constraint network_owners_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owners(id) ON DELETE RESTRICT
  constraint network_owners_pkey PRIMARY KEY (network_id)
  CREATE INDEX network_owners_owner ON public.network_owners USING btree (owner_id)
table networks
  id bigint not null identity
  uid uuid not null
  site_id bigint not null
  cidr cidr not null
  name text not null
  description text
  created_at timestamp with time zone not null default now()
  updated_at timestamp with time zone not null default now()
  enabled boolean not null default true
  down_after_misses integer
  gone_after_days integer
  constraint networks_check CHECK ((updated_at >= created_at))
  constraint networks_down_after_misses_bound CHECK (((down_after_misses >= 1) AND (down_after_misses <= 100)))
  constraint networks_gone_after_days_bound CHECK (((gone_after_days >= 1) AND (gone_after_days <= 3650)))
  constraint networks_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100)))
  constraint networks_name_form CHECK (((name = (cidr)::text) OR (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$'::text)))
  constraint networks_pkey PRIMARY KEY (id)
  constraint networks_site_id_cidr_key UNIQUE (site_id, cidr)
  constraint networks_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
  constraint networks_site_id_name_key UNIQUE (site_id, name)
  constraint networks_uid_key UNIQUE (uid)
  CREATE UNIQUE INDEX networks_name_once ON public.networks USING btree (site_id, lower(name))
table owners
  id bigint not null identity
  uid uuid not null
  name text not null
  key text not null
  contact text
  created_by text not null
  created_at timestamp with time zone not null default now()
  updated_by text not null
  updated_at timestamp with time zone not null default now()
  constraint owners_contact_length CHECK (((char_length(contact) >= 1) AND (char_length(contact) <= 500)))
  constraint owners_key_once UNIQUE (key)
  constraint owners_name_form CHECK (((char_length(name) >= 1) AND (char_length(name) <= 64) AND (name = btrim(name)) AND (name !~ '[[:cntrl:],"]'::text)))
  constraint owners_pkey PRIMARY KEY (id)
  constraint owners_uid_key UNIQUE (uid)
table port_scans
  job_id bigint not null
  host_id bigint not null
  protocol text not null
  port integer not null
  state text not null
  reason text not null
  shard_number integer not null
  position bigint not null
  round_trip_us integer
  observed_at timestamp with time zone not null
  scanned_at timestamp with time zone not null default now()
  constraint port_scans_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint port_scans_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint port_scans_pkey PRIMARY KEY (job_id, host_id, protocol, port, scanned_at)
  constraint port_scans_port_check CHECK (((port >= 0) AND (port <= 65535)))
  constraint port_scans_position_check CHECK (("position" >= 0))
  constraint port_scans_protocol_values CHECK ((protocol = ANY (ARRAY['tcp'::text, 'udp'::text])))
  constraint port_scans_reason_values CHECK ((reason = ANY (ARRAY['syn-ack'::text, 'conn-refused'::text, 'no-response'::text, 'host-unreach'::text, 'net-unreach'::text, 'port-unreach'::text, 'proto-unreach'::text, 'admin-prohibited'::text, 'conn-reset'::text, 'udp-response'::text, 'rst'::text, 'ttl-exceeded'::text, 'echo-reply'::text, 'timestamp-reply'::text, 'arp-response'::text, 'nd-response'::text, 'answers-all'::text, 'tarpit'::text, 'unreported'::text])))
  constraint port_scans_round_trip_us_check CHECK ((round_trip_us >= 0))
  constraint port_scans_state_values CHECK ((state = ANY (ARRAY['open'::text, 'open|filtered'::text])))
  CREATE INDEX port_scans_host_port_state ON ONLY public.port_scans USING btree (host_id, port, state)
table port_scans_default
  job_id bigint not null
  host_id bigint not null
  protocol text not null
  port integer not null
  state text not null
  reason text not null
  shard_number integer not null
  position bigint not null
  round_trip_us integer
  observed_at timestamp with time zone not null
  scanned_at timestamp with time zone not null default now()
  constraint port_scans_default_pkey PRIMARY KEY (job_id, host_id, protocol, port, scanned_at)
  constraint port_scans_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint port_scans_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint port_scans_port_check CHECK (((port >= 0) AND (port <= 65535)))
  constraint port_scans_position_check CHECK (("position" >= 0))
  constraint port_scans_protocol_values CHECK ((protocol = ANY (ARRAY['tcp'::text, 'udp'::text])))
  constraint port_scans_reason_values CHECK ((reason = ANY (ARRAY['syn-ack'::text, 'conn-refused'::text, 'no-response'::text, 'host-unreach'::text, 'net-unreach'::text, 'port-unreach'::text, 'proto-unreach'::text, 'admin-prohibited'::text, 'conn-reset'::text, 'udp-response'::text, 'rst'::text, 'ttl-exceeded'::text, 'echo-reply'::text, 'timestamp-reply'::text, 'arp-response'::text, 'nd-response'::text, 'answers-all'::text, 'tarpit'::text, 'unreported'::text])))
  constraint port_scans_round_trip_us_check CHECK ((round_trip_us >= 0))
  constraint port_scans_state_values CHECK ((state = ANY (ARRAY['open'::text, 'open|filtered'::text])))
  CREATE INDEX port_scans_default_host_id_port_state_idx ON public.port_scans_default USING btree (host_id, port, state)
table rate_shares
  site_id bigint not null
  job_id bigint
  program uuid not null
  parts integer not null
  request_number bigint not null
  valid_until timestamp with time zone not null
  constraint rate_shares_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint rate_shares_once UNIQUE NULLS NOT DISTINCT (site_id, job_id, program)
  constraint rate_shares_parts_check CHECK (((parts >= 0) AND (parts <= 720720)))
  constraint rate_shares_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE CASCADE
  CREATE INDEX rate_shares_job ON public.rate_shares USING btree (job_id)
table retention_horizons
  kind text not null
  horizon timestamp with time zone not null
  done boolean not null default false
  updated_at timestamp with time zone not null default now()
  constraint retention_horizons_kind_values CHECK ((kind = ANY (ARRAY['port_scans'::text, 'coverage'::text, 'history'::text, 'events'::text])))
  constraint retention_horizons_pkey PRIMARY KEY (kind)
table scan_batches
  shard_id bigint not null
  seq bigint not null
  job_id bigint not null
  lease_token bigint not null
  first_position bigint not null
  end_position bigint not null
  listed_ports integer not null
  covered_ports integer not null
  skipped integer not null
  hosts_up integer not null
  probes_sent bigint not null
  probes_answered bigint not null
  observed_from timestamp with time zone not null
  observed_to timestamp with time zone not null
  recorded_at timestamp with time zone not null default now()
  findings integer
  warnings integer
  constraint scan_batches_add_up CHECK (((end_position - first_position) = ((listed_ports + covered_ports) + skipped)))
  constraint scan_batches_check CHECK ((first_position < end_position))
  constraint scan_batches_check1 CHECK ((observed_from <= observed_to))
  constraint scan_batches_covered_ports_check CHECK ((covered_ports >= 0))
  constraint scan_batches_findings_check CHECK ((findings >= 0))
  constraint scan_batches_first_position_check CHECK ((first_position >= 0))
  constraint scan_batches_hosts_up_check CHECK ((hosts_up >= 0))
  constraint scan_batches_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_batches_lease_token_check CHECK ((lease_token >= 1))
  constraint scan_batches_listed_ports_check CHECK ((listed_ports >= 0))
  constraint scan_batches_pkey PRIMARY KEY (shard_id, seq)
  constraint scan_batches_probes_answered_check CHECK ((probes_answered >= 0))
  constraint scan_batches_probes_sent_check CHECK ((probes_sent >= 0))
  constraint scan_batches_seq_check CHECK ((seq >= 0))
  constraint scan_batches_shard_id_first_position_key UNIQUE (shard_id, first_position)
  constraint scan_batches_shard_id_fkey FOREIGN KEY (shard_id) REFERENCES scan_shards(id) ON DELETE CASCADE
  constraint scan_batches_skipped_check CHECK ((skipped >= 0))
  constraint scan_batches_warnings_check CHECK ((warnings >= 0))
  CREATE INDEX scan_batches_job ON public.scan_batches USING btree (job_id)
table scan_coverage
  job_id bigint not null
  site_id bigint not null
  address inet not null
  protocol text not null
  state text not null
  reason text not null
  ports int4multirange not null
  shard_number integer not null
  observed_at timestamp with time zone not null
  constraint scan_coverage_host_is_port_0 CHECK (((protocol <> 'host'::text) OR (ports = '{[0,1)}'::int4multirange)))
  constraint scan_coverage_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_coverage_one_address CHECK ((masklen(address) =
CASE family(address)
    WHEN 4 THEN 32
    ELSE 128
END))
  constraint scan_coverage_pkey PRIMARY KEY (job_id, address, protocol, state, reason)
  constraint scan_coverage_ports_check CHECK (((NOT isempty(ports)) AND (ports <@ int4multirange(int4range(0, 65536)))))
  constraint scan_coverage_protocol_values CHECK ((protocol = ANY (ARRAY['tcp'::text, 'udp'::text, 'host'::text])))
  constraint scan_coverage_reason_values CHECK ((reason = ANY (ARRAY['syn-ack'::text, 'conn-refused'::text, 'no-response'::text, 'host-unreach'::text, 'net-unreach'::text, 'port-unreach'::text, 'proto-unreach'::text, 'admin-prohibited'::text, 'conn-reset'::text, 'udp-response'::text, 'rst'::text, 'ttl-exceeded'::text, 'echo-reply'::text, 'timestamp-reply'::text, 'arp-response'::text, 'nd-response'::text, 'answers-all'::text, 'tarpit'::text, 'unreported'::text])))
  constraint scan_coverage_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
  constraint scan_coverage_state_values CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text, 'filtered'::text, 'open|filtered'::text, 'unfiltered'::text, 'unknown'::text])))
  CREATE INDEX scan_coverage_address ON public.scan_coverage USING btree (site_id, address, observed_at)
  CREATE INDEX scan_coverage_impostors ON public.scan_coverage USING btree (job_id, address) WHERE (reason = ANY (ARRAY['answers-all'::text, 'tarpit'::text]))
table scan_findings
  job_id bigint not null
  host_id bigint not null
  fact text not null
  protocol text
  port integer
  value text not null
  reason text
  shard_number integer not null
  observed_at timestamp with time zone not null
  recorded_at timestamp with time zone not null default now()
  constraint scan_findings_fact_values CHECK ((fact = ANY (ARRAY['hostname'::text, 'mac_address'::text, 'vendor'::text, 'os_family'::text, 'os_name'::text, 'service'::text, 'ssh_host_key'::text, 'tls_certificate'::text])))
  constraint scan_findings_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint scan_findings_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_findings_of_ports_have_one CHECK (((fact = ANY (ARRAY['service'::text, 'ssh_host_key'::text, 'tls_certificate'::text])) = (port IS NOT NULL)))
  constraint scan_findings_once UNIQUE NULLS NOT DISTINCT (job_id, host_id, fact, protocol, port)
  constraint scan_findings_port_check CHECK (((port >= 0) AND (port <= 65535)))
  constraint scan_findings_ports_have_a_protocol CHECK (((protocol IS NULL) = (port IS NULL)))
  constraint scan_findings_protocol_values CHECK ((protocol = ANY (ARRAY['tcp'::text, 'udp'::text])))
  constraint scan_findings_value_check CHECK ((value <> ''::text))
  CREATE INDEX scan_findings_host ON public.scan_findings USING btree (host_id, fact)
table scan_hosts
  job_id bigint not null
  host_id bigint not null
  reason text not null
  observed_at timestamp with time zone not null
  round_trip_us integer
  seen tstzmultirange not null default '{}'::tstzmultirange
  constraint scan_hosts_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint scan_hosts_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_hosts_pkey PRIMARY KEY (job_id, host_id)
  constraint scan_hosts_reason_values CHECK ((reason = ANY (ARRAY['syn-ack'::text, 'conn-refused'::text, 'no-response'::text, 'host-unreach'::text, 'net-unreach'::text, 'port-unreach'::text, 'proto-unreach'::text, 'admin-prohibited'::text, 'conn-reset'::text, 'udp-response'::text, 'rst'::text, 'ttl-exceeded'::text, 'echo-reply'::text, 'timestamp-reply'::text, 'arp-response'::text, 'nd-response'::text, 'answers-all'::text, 'tarpit'::text, 'unreported'::text])))
  constraint scan_hosts_round_trip_us_check CHECK ((round_trip_us >= 0))
  CREATE INDEX scan_hosts_host ON public.scan_hosts USING btree (host_id)
table scan_imports
  job_id bigint not null
  site_id bigint not null
  sha256 bytea not null
  size_bytes bigint not null
  format text not null
  file_name text
  account jsonb not null
  created_at timestamp with time zone not null default now()
  constraint scan_imports_account_check CHECK ((jsonb_typeof(account) = 'object'::text))
  constraint scan_imports_format_values CHECK ((format = 'nmap-xml'::text))
  constraint scan_imports_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_imports_once UNIQUE (site_id, sha256)
  constraint scan_imports_pkey PRIMARY KEY (job_id)
  constraint scan_imports_sha256_check CHECK ((octet_length(sha256) = 32))
  constraint scan_imports_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
  constraint scan_imports_size_bytes_check CHECK ((size_bytes > 0))
table scan_jobs
  id bigint not null default new_scan_number()
  uid uuid not null
  site_id bigint not null
  network_id bigint
  name text
  description text
  status text not null default 'pending'::text
  partial boolean not null default false
  error_code text
  error_message text
  scan_type text not null
  engine text not null
  targets text[] not null
  excluded text[] not null default '{}'::text[]
  resolved jsonb not null default '[]'::jsonb
  plan_version integer not null
  target_ranges text[] not null
  ports text not null
  seed bigint not null
  positions bigint not null
  packets_per_second integer
  packets_per_second_per_host integer
  unlimited boolean not null default false
  created_by text not null
  created_at timestamp with time zone not null default now()
  started_at timestamp with time zone
  stop_requested_at timestamp with time zone
  completed_at timestamp with time zone
  deleted_at timestamp with time zone
  live_hosts boolean not null default false
  engine_note text
  outside_scope boolean not null default false
  deleted_by text
  profile_id bigint
  builtin_profile text
  profile_name text
  profile_overrides text[] not null default '{}'::text[]
  retries integer
  timeout_ms integer
  concurrency integer
  timing text
  version_intensity integer
  scripts text
  os_detection boolean
  discovery_methods text[]
  resolver inet
  schedule_run_id bigint
  schedule_name text
  enrich text[]
  os_scan text
  found_by_job_id bigint
  constraint scan_jobs_builtin_profile_check CHECK ((builtin_profile <> ''::text))
  constraint scan_jobs_check CHECK ((NOT (unlimited AND (packets_per_second IS NOT NULL))))
  constraint scan_jobs_concurrency_check CHECK (((concurrency >= 1) AND (concurrency <= 10000)))
  constraint scan_jobs_deleted_by_when_deleted CHECK (((deleted_by IS NULL) OR (deleted_at IS NOT NULL)))
  constraint scan_jobs_description_check CHECK ((char_length(description) <= 2000))
  constraint scan_jobs_detection_is_of_nmap CHECK (((engine = 'nmap'::text) OR (num_nonnulls(timing, version_intensity, scripts, os_detection) = 0)))
  constraint scan_jobs_discovery_methods_values CHECK ((discovery_methods <@ ARRAY['arp'::text, 'ndp'::text, 'ping'::text, 'tcp'::text, 'dns'::text]))
  constraint scan_jobs_discovery_methods_when_discovery CHECK ((((engine = 'discovery'::text) = (discovery_methods IS NOT NULL)) AND ((engine = 'discovery'::text) = (scan_type = 'discovery'::text)) AND (cardinality(discovery_methods) > 0)))
  constraint scan_jobs_engine_note_check CHECK ((engine_note <> ''::text))
  constraint scan_jobs_engine_values CHECK ((engine = ANY (ARRAY['connect'::text, 'syn'::text, 'udp'::text, 'ack'::text, 'nmap'::text, 'discovery'::text, 'import'::text])))
  constraint scan_jobs_enrich_has_a_type CHECK (((enrich IS NULL) OR (scan_type = ANY (ARRAY['auto'::text, 'connect'::text, 'syn'::text]))))
  constraint scan_jobs_enrich_values CHECK ((enrich <@ ARRAY['ssh'::text, 'tls'::text]))
  constraint scan_jobs_error_all_or_none CHECK (((error_code IS NULL) = (error_message IS NULL)))
  constraint scan_jobs_failed_has_error CHECK (
CASE status
    WHEN 'failed'::text THEN (error_code IS NOT NULL)
    WHEN 'cancelled'::text THEN true
    ELSE (error_code IS NULL)
END)
  constraint scan_jobs_found_by_is_of_nmap CHECK (((found_by_job_id IS NULL) OR (engine = 'nmap'::text)))
  constraint scan_jobs_found_by_job_id_fkey FOREIGN KEY (found_by_job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint scan_jobs_found_by_once UNIQUE (found_by_job_id)
  constraint scan_jobs_id_fkey FOREIGN KEY (id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint scan_jobs_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100)))
  constraint scan_jobs_names_have_a_resolver CHECK (((resolver IS NOT NULL) = COALESCE(('dns'::text = ANY (discovery_methods)), false)))
  constraint scan_jobs_network_id_fkey FOREIGN KEY (network_id) REFERENCES networks(id) ON DELETE SET NULL
  constraint scan_jobs_one_profile CHECK ((num_nonnulls(profile_id, builtin_profile) <= 1))
  constraint scan_jobs_os_scan_is_of_a_discovery CHECK (((os_scan IS NULL) OR (engine = 'discovery'::text)))
  constraint scan_jobs_os_scan_values CHECK ((os_scan = ANY (ARRAY['requested'::text, 'started'::text, 'no_hosts'::text, 'refused'::text])))
  constraint scan_jobs_packets_per_second_check CHECK ((packets_per_second > 0))
  constraint scan_jobs_packets_per_second_per_host_check CHECK ((packets_per_second_per_host > 0))
  constraint scan_jobs_partial_only_when_completed CHECK (((NOT partial) OR (status = 'completed'::text)))
  constraint scan_jobs_pkey PRIMARY KEY (id)
  constraint scan_jobs_plan_version_check CHECK ((plan_version >= 1))
  constraint scan_jobs_ports_check CHECK (((ports <> ''::text) OR (engine = ANY (ARRAY['discovery'::text, 'import'::text]))))
  constraint scan_jobs_positions_check CHECK ((positions > 0))
  constraint scan_jobs_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES scan_profiles(id) ON DELETE SET NULL
  constraint scan_jobs_profile_name_check CHECK ((profile_name <> ''::text))
  constraint scan_jobs_profile_overrides_values CHECK ((profile_overrides <@ ARRAY['scan_type'::text, 'ports'::text, 'live_hosts'::text, 'rate'::text, 'per_host_rate'::text, 'retries'::text, 'timeout_ms'::text, 'concurrency'::text, 'timing'::text, 'version_intensity'::text, 'scripts'::text, 'os_detection'::text, 'enrich'::text]))
  constraint scan_jobs_profiles_have_a_name CHECK (((profile_name IS NOT NULL) OR ((num_nonnulls(profile_id, builtin_profile) = 0) AND (profile_overrides = '{}'::text[]))))
  constraint scan_jobs_resolved_check CHECK ((jsonb_typeof(resolved) = 'array'::text))
  constraint scan_jobs_resolver_is_one_address CHECK ((masklen(resolver) =
CASE family(resolver)
    WHEN 4 THEN 32
    ELSE 128
END))
  constraint scan_jobs_retries_check CHECK (((retries >= 0) AND (retries <= 10)))
  constraint scan_jobs_runs_have_a_name CHECK (((schedule_run_id IS NULL) OR (schedule_name IS NOT NULL)))
  constraint scan_jobs_scan_type_values CHECK ((scan_type = ANY (ARRAY['auto'::text, 'connect'::text, 'syn'::text, 'udp'::text, 'ack'::text, 'version'::text, 'aggressive'::text, 'comprehensive'::text, 'discovery'::text, 'import'::text])))
  constraint scan_jobs_schedule_name_check CHECK ((schedule_name <> ''::text))
  constraint scan_jobs_schedule_run_id_fkey FOREIGN KEY (schedule_run_id) REFERENCES schedule_runs(id) ON DELETE SET NULL
  constraint scan_jobs_scripts_values CHECK ((scripts = ANY (ARRAY['none'::text, 'default'::text, 'safe'::text])))
  constraint scan_jobs_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
  constraint scan_jobs_status_has_its_times CHECK (
CASE status
    WHEN 'pending'::text THEN (completed_at IS NULL)
    WHEN 'running'::text THEN ((started_at IS NOT NULL) AND (completed_at IS NULL))
    WHEN 'completed'::text THEN ((started_at IS NOT NULL) AND (completed_at IS NOT NULL))
    ELSE (completed_at IS NOT NULL)
END)
  constraint scan_jobs_status_values CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
  constraint scan_jobs_target_ranges_check CHECK ((cardinality(target_ranges) > 0))
  constraint scan_jobs_targets_check CHECK ((cardinality(targets) > 0))
  constraint scan_jobs_timeout_ms_check CHECK (((timeout_ms >= 50) AND (timeout_ms <= 10000)))
  constraint scan_jobs_times_in_order CHECK (((started_at >= created_at) AND (completed_at >= COALESCE(started_at, created_at))))
  constraint scan_jobs_timing_values CHECK ((timing = ANY (ARRAY['paranoid'::text, 'sneaky'::text, 'polite'::text, 'normal'::text, 'aggressive'::text])))
  constraint scan_jobs_uid_key UNIQUE (uid)
  constraint scan_jobs_version_intensity_check CHECK (((version_intensity >= 0) AND (version_intensity <= 9)))
  CREATE INDEX scan_jobs_active ON public.scan_jobs USING btree (status) WHERE (status = ANY (ARRAY['pending'::text, 'running'::text]))
  CREATE INDEX scan_jobs_builtin_profile ON public.scan_jobs USING btree (builtin_profile) WHERE (builtin_profile IS NOT NULL)
  CREATE INDEX scan_jobs_deleted ON public.scan_jobs USING btree (created_at DESC, id DESC) WHERE (deleted_at IS NOT NULL)
  CREATE INDEX scan_jobs_network ON public.scan_jobs USING btree (network_id) WHERE (network_id IS NOT NULL)
  CREATE INDEX scan_jobs_newest ON public.scan_jobs USING btree (created_at DESC, id DESC) WHERE (deleted_at IS NULL)
  CREATE INDEX scan_jobs_newest_discoveries ON public.scan_jobs USING btree (created_at DESC, id DESC) WHERE ((engine = 'discovery'::text) AND (deleted_at IS NULL))
  CREATE INDEX scan_jobs_os_scan_requested ON public.scan_jobs USING btree (id) WHERE ((os_scan = 'requested'::text) AND (status = 'completed'::text))
  CREATE INDEX scan_jobs_profile ON public.scan_jobs USING btree (profile_id) WHERE (profile_id IS NOT NULL)
  CREATE INDEX scan_jobs_schedule_run ON public.scan_jobs USING btree (schedule_run_id) WHERE (schedule_run_id IS NOT NULL)
  CREATE INDEX scan_jobs_values ON public.scan_jobs USING gin (scan_search_terms(COALESCE(name, ''::text), targets)) WHERE (deleted_at IS NULL)
  CREATE TRIGGER scan_jobs_transition BEFORE UPDATE OF status ON public.scan_jobs FOR EACH ROW WHEN ((old.status IS DISTINCT FROM new.status)) EXECUTE FUNCTION refuse_forbidden_scan_transition()
table scan_misses
  job_id bigint not null
  host_id bigint not null
  probed_at timestamp with time zone not null
  down_after_misses integer not null
  gone_after_days integer not null
  unanswered text[] not null default '{}'::text[]
  recorded_at timestamp with time zone not null default now()
  constraint scan_misses_down_after_misses_check CHECK (((down_after_misses >= 1) AND (down_after_misses <= 100)))
  constraint scan_misses_gone_after_days_check CHECK (((gone_after_days >= 1) AND (gone_after_days <= 3650)))
  constraint scan_misses_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint scan_misses_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_misses_pkey PRIMARY KEY (job_id, host_id)
  CREATE INDEX scan_misses_host ON public.scan_misses USING btree (host_id, probed_at)
table scan_names
  job_id bigint not null
  address inet not null
  name text not null
  observed_at timestamp with time zone not null
  constraint scan_names_address_check CHECK ((masklen(address) =
CASE family(address)
    WHEN 4 THEN 32
    ELSE 128
END))
  constraint scan_names_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_names_name_check CHECK ((name <> ''::text))
  constraint scan_names_pkey PRIMARY KEY (job_id, address)
table scan_numbers
  id bigint not null identity
  constraint scan_numbers_pkey PRIMARY KEY (id)
table scan_profiles
  id bigint not null identity
  uid uuid not null
  name text not null
  description text
  scan_type text
  ports text
  live_hosts boolean
  packets_per_second integer
  packets_per_second_per_host integer
  unlimited boolean not null default false
  retries integer
  timeout_ms integer
  concurrency integer
  timing text
  version_intensity integer
  scripts text
  os_detection boolean
  created_by text not null
  created_at timestamp with time zone not null default now()
  updated_at timestamp with time zone not null default now()
  enrich text[]
  constraint scan_profiles_concurrency_check CHECK (((concurrency >= 1) AND (concurrency <= 10000)))
  constraint scan_profiles_description_check CHECK ((char_length(description) <= 2000))
  constraint scan_profiles_enrich_values CHECK ((enrich <@ ARRAY['ssh'::text, 'tls'::text]))
  constraint scan_profiles_name_form CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$'::text))
  constraint scan_profiles_one_rate CHECK ((NOT (unlimited AND (packets_per_second IS NOT NULL))))
  constraint scan_profiles_packets_per_second_check CHECK ((packets_per_second > 0))
  constraint scan_profiles_packets_per_second_per_host_check CHECK ((packets_per_second_per_host > 0))
  constraint scan_profiles_pkey PRIMARY KEY (id)
  constraint scan_profiles_ports_check CHECK (((char_length(ports) >= 1) AND (char_length(ports) <= 20000)))
  constraint scan_profiles_retries_check CHECK (((retries >= 0) AND (retries <= 10)))
  constraint scan_profiles_scan_type_values CHECK ((scan_type = ANY (ARRAY['auto'::text, 'connect'::text, 'syn'::text, 'udp'::text, 'ack'::text, 'version'::text, 'aggressive'::text, 'comprehensive'::text])))
  constraint scan_profiles_scripts_values CHECK ((scripts = ANY (ARRAY['none'::text, 'default'::text, 'safe'::text])))
  constraint scan_profiles_timeout_ms_check CHECK (((timeout_ms >= 50) AND (timeout_ms <= 10000)))
  constraint scan_profiles_times_in_order CHECK ((updated_at >= created_at))
  constraint scan_profiles_timing_values CHECK ((timing = ANY (ARRAY['paranoid'::text, 'sneaky'::text, 'polite'::text, 'normal'::text, 'aggressive'::text])))
  constraint scan_profiles_uid_key UNIQUE (uid)
  constraint scan_profiles_version_intensity_check CHECK (((version_intensity >= 0) AND (version_intensity <= 9)))
  CREATE UNIQUE INDEX scan_profiles_name_once ON public.scan_profiles USING btree (lower(name))
table scan_rows_removed
  job_id bigint not null
  cause text not null
  month date
  listed_ports bigint not null default 0
  covered_ports bigint not null default 0
  hosts bigint not null default 0
  first_observed_at timestamp with time zone
  last_observed_at timestamp with time zone
  removed_at timestamp with time zone not null default now()
  findings bigint not null default 0
  constraint scan_rows_removed_cause_values CHECK ((cause = ANY (ARRAY['partition'::text, 'coverage'::text, 'host'::text])))
  constraint scan_rows_removed_check CHECK ((first_observed_at <= last_observed_at))
  constraint scan_rows_removed_covered_ports_check CHECK ((covered_ports >= 0))
  constraint scan_rows_removed_findings_check CHECK ((findings >= 0))
  constraint scan_rows_removed_hosts_check CHECK ((hosts >= 0))
  constraint scan_rows_removed_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_rows_removed_listed_ports_check CHECK ((listed_ports >= 0))
  constraint scan_rows_removed_months_of_partitions CHECK (((cause = 'partition'::text) = (month IS NOT NULL)))
  constraint scan_rows_removed_once UNIQUE NULLS NOT DISTINCT (job_id, cause, month)
table scan_shards
  id bigint not null identity
  job_id bigint not null
  number integer not null
  first_position bigint not null
  end_position bigint not null
  checkpoint bigint not null
  next_batch bigint not null default 0
  block_started_at timestamp with time zone
  lease_token bigint not null default 0
  lease_owner text
  lease_expires_at timestamp with time zone
  probes_sent bigint not null default 0
  probes_answered bigint not null default 0
  listed_ports bigint not null default 0
  hosts_up bigint not null default 0
  partial_reason text
  skipped bigint not null default 0
  probed_from inet[] not null default '{}'::inet[]
  constraint scan_shards_check CHECK ((first_position < end_position))
  constraint scan_shards_check1 CHECK (((checkpoint >= first_position) AND (checkpoint <= end_position)))
  constraint scan_shards_check2 CHECK (((lease_owner IS NULL) = (lease_expires_at IS NULL)))
  constraint scan_shards_first_position_check CHECK ((first_position >= 0))
  constraint scan_shards_hosts_up_check CHECK ((hosts_up >= 0))
  constraint scan_shards_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_shards_job_id_number_key UNIQUE (job_id, number)
  constraint scan_shards_lease_token_check CHECK ((lease_token >= 0))
  constraint scan_shards_listed_ports_check CHECK ((listed_ports >= 0))
  constraint scan_shards_next_batch_check CHECK ((next_batch >= 0))
  constraint scan_shards_number_check CHECK ((number >= 0))
  constraint scan_shards_partial_reason_check CHECK ((partial_reason <> ''::text))
  constraint scan_shards_pkey PRIMARY KEY (id)
  constraint scan_shards_probes_answered_check CHECK ((probes_answered >= 0))
  constraint scan_shards_probes_sent_check CHECK ((probes_sent >= 0))
  constraint scan_shards_skipped_check CHECK ((skipped >= 0))
  CREATE INDEX scan_shards_held ON public.scan_shards USING btree (lease_owner) WHERE (lease_owner IS NOT NULL)
  CREATE INDEX scan_shards_runnable ON public.scan_shards USING btree (lease_expires_at) WHERE (checkpoint < end_position)
table scan_statistics
  job_id bigint not null
  fingerprint bytea not null
  first_address inet not null
  last_address inet not null
  hosts_up bigint not null
  open_ports bigint not null
  covered_ports bigint not null
  skipped bigint not null
  positions bigint not null
  batches bigint not null
  probes_sent bigint not null
  probes_answered bigint not null
  duration_ms bigint not null
  observed_from timestamp with time zone not null
  observed_to timestamp with time zone not null
  base_job_id bigint
  hosts_new bigint
  hosts_not_seen bigint
  ports_opened bigint
  ports_closed bigint
  ports_changed bigint
  services_changed bigint
  recorded_at timestamp with time zone not null default now()
  hosts_changed bigint
  constraint scan_statistics_add_up CHECK ((positions = ((open_ports + covered_ports) + skipped)))
  constraint scan_statistics_base_job_id_fkey FOREIGN KEY (base_job_id) REFERENCES scan_jobs(id) ON DELETE SET NULL
  constraint scan_statistics_batches_check CHECK ((batches > 0))
  constraint scan_statistics_counted_all_or_none CHECK ((num_nulls(hosts_new, hosts_not_seen, ports_opened, ports_closed, ports_changed, services_changed) = ANY (ARRAY[0, 6])))
  constraint scan_statistics_covered_ports_check CHECK ((covered_ports >= 0))
  constraint scan_statistics_duration_ms_check CHECK ((duration_ms >= 0))
  constraint scan_statistics_fingerprint_check CHECK ((octet_length(fingerprint) = 32))
  constraint scan_statistics_hosts_changed_check CHECK ((hosts_changed >= 0))
  constraint scan_statistics_hosts_counted_with_others CHECK (((hosts_changed IS NULL) OR (hosts_new IS NOT NULL)))
  constraint scan_statistics_hosts_new_check CHECK ((hosts_new >= 0))
  constraint scan_statistics_hosts_not_seen_check CHECK ((hosts_not_seen >= 0))
  constraint scan_statistics_hosts_up_check CHECK ((hosts_up >= 0))
  constraint scan_statistics_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_statistics_not_its_own_base CHECK ((base_job_id <> job_id))
  constraint scan_statistics_open_ports_check CHECK ((open_ports >= 0))
  constraint scan_statistics_pkey PRIMARY KEY (job_id)
  constraint scan_statistics_ports_changed_check CHECK ((ports_changed >= 0))
  constraint scan_statistics_ports_closed_check CHECK ((ports_closed >= 0))
  constraint scan_statistics_ports_opened_check CHECK ((ports_opened >= 0))
  constraint scan_statistics_positions_check CHECK ((positions > 0))
  constraint scan_statistics_probes_answered_check CHECK ((probes_answered >= 0))
  constraint scan_statistics_probes_sent_check CHECK ((probes_sent >= 0))
  constraint scan_statistics_services_changed_check CHECK ((services_changed >= 0))
  constraint scan_statistics_skipped_check CHECK ((skipped >= 0))
  constraint scan_statistics_times_in_order CHECK ((observed_from <= observed_to))
  CREATE INDEX scan_statistics_alike ON public.scan_statistics USING btree (fingerprint, observed_to)
  CREATE INDEX scan_statistics_base ON public.scan_statistics USING btree (base_job_id) WHERE (base_job_id IS NOT NULL)
table scan_status_transitions
  from_status text not null
  to_status text not null
  constraint scan_status_transitions_pkey PRIMARY KEY (from_status, to_status)
table scan_tag_edits
  edit_id bigint not null
  job_id bigint not null
  subject uuid not null
  added boolean not null
  reaffirmed boolean not null default false
  constraint scan_tag_edits_edit_id_fkey FOREIGN KEY (edit_id) REFERENCES edits(id) ON DELETE RESTRICT
  constraint scan_tag_edits_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_tag_edits_pkey PRIMARY KEY (edit_id, subject, job_id)
  CREATE INDEX scan_tag_edits_of_scan ON public.scan_tag_edits USING btree (job_id, subject)
table scan_tags
  job_id bigint not null
  tag_id bigint not null
  constraint scan_tags_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_tags_pkey PRIMARY KEY (job_id, tag_id)
  constraint scan_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags(id) ON DELETE CASCADE
  CREATE INDEX scan_tags_tag ON public.scan_tags USING btree (tag_id, job_id)
table scan_unresponsive_ranges
  job_id bigint not null
  shard_number integer not null
  first_address inet not null
  last_address inet not null
  observed_at timestamp with time zone not null
  constraint scan_unresponsive_ranges_in_order CHECK (((family(first_address) = family(last_address)) AND (first_address <= last_address)))
  constraint scan_unresponsive_ranges_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_unresponsive_ranges_pkey PRIMARY KEY (job_id, first_address, last_address, observed_at)
  CREATE INDEX scan_unresponsive_ranges_observed ON public.scan_unresponsive_ranges USING btree (observed_at)
table scan_warnings
  job_id bigint not null
  kind text not null
  subject text not null
  detail text not null
  answered integer
  probed integer
  recorded_at timestamp with time zone not null default now()
  constraint scan_warnings_answered_check CHECK ((answered >= 0))
  constraint scan_warnings_check CHECK ((probed >= answered))
  constraint scan_warnings_count_both CHECK (((answered IS NULL) = (probed IS NULL)))
  constraint scan_warnings_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_jobs(id) ON DELETE CASCADE
  constraint scan_warnings_kind_values CHECK ((kind = ANY (ARRAY['proxy-arp'::text, 'proxy-ndp'::text, 'answers-for-all'::text, 'method-missing'::text, 'not-probed'::text, 'excluded'::text])))
  constraint scan_warnings_pkey PRIMARY KEY (job_id, kind, subject)
  constraint scan_warnings_subject_check CHECK ((subject <> ''::text))
table schedule_runs
  id bigint not null identity
  uid uuid not null
  schedule_id bigint not null
  due_at timestamp with time zone not null
  cause text not null
  requested_by text
  state text not null
  skip_reason text
  missed_from timestamp with time zone
  starts_at timestamp with time zone not null
  attempt integer not null default 0
  started_at timestamp with time zone
  finished_at timestamp with time zone
  error_code text
  error_message text
  owner text
  lease_expires_at timestamp with time zone
  created_at timestamp with time zone not null default now()
  constraint schedule_runs_attempt_check CHECK ((attempt >= 0))
  constraint schedule_runs_begun CHECK (((state <> ALL (ARRAY['running'::text, 'completed'::text])) OR ((started_at IS NOT NULL) AND (attempt > 0))))
  constraint schedule_runs_cause_values CHECK ((cause = ANY (ARRAY['due'::text, 'catch_up'::text, 'manual'::text])))
  constraint schedule_runs_check CHECK ((missed_from < due_at))
  constraint schedule_runs_ended CHECK (((state = ANY (ARRAY['pending'::text, 'running'::text])) = (finished_at IS NULL)))
  constraint schedule_runs_error_all_or_none CHECK ((num_nonnulls(error_code, error_message) = ANY (ARRAY[0, 2])))
  constraint schedule_runs_failed_with_reason CHECK (((state <> 'failed'::text) OR (error_code IS NOT NULL)))
  constraint schedule_runs_lease_all_or_none CHECK ((num_nonnulls(owner, lease_expires_at) = ANY (ARRAY[0, 2])))
  constraint schedule_runs_leases_are_running CHECK (((state = 'running'::text) OR (owner IS NULL)))
  constraint schedule_runs_once UNIQUE (schedule_id, due_at)
  constraint schedule_runs_pkey PRIMARY KEY (id)
  constraint schedule_runs_requested_by_when_manual CHECK (((cause = 'manual'::text) = (requested_by IS NOT NULL)))
  constraint schedule_runs_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES schedules(id) ON DELETE CASCADE
  constraint schedule_runs_skip_reason_values CHECK ((skip_reason = ANY (ARRAY['overlap'::text, 'queue_full'::text, 'missed'::text, 'paused'::text, 'changed'::text])))
  constraint schedule_runs_skipped_with_reason CHECK (((state = 'skipped'::text) = (skip_reason IS NOT NULL)))
  constraint schedule_runs_state_values CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text, 'skipped'::text])))
  constraint schedule_runs_times_in_order CHECK ((finished_at >= started_at))
  constraint schedule_runs_uid_key UNIQUE (uid)
  CREATE INDEX schedule_runs_ended_at ON public.schedule_runs USING btree (finished_at) WHERE (finished_at IS NOT NULL)
  CREATE INDEX schedule_runs_open ON public.schedule_runs USING btree (starts_at) WHERE (state = ANY (ARRAY['pending'::text, 'running'::text]))
table schedules
  id bigint not null identity
  uid uuid not null
  name text not null
  description text
  kind text not null
  site_id bigint
  cron text not null
  timezone text not null
  task jsonb not null
  profile_id bigint
  builtin_profile text
  enabled boolean not null
  stopped_reason text
  jitter_ms integer not null
  catch_up text not null
  overlap text not null
  max_failures integer
  retries integer not null
  retry_delay_ms integer not null
  failures integer not null default 0
  revision bigint not null default 1
  next_due_at timestamp with time zone
  created_by text not null
  created_at timestamp with time zone not null default now()
  updated_by text not null
  updated_at timestamp with time zone not null default now()
  constraint schedules_builtin_profile_check CHECK ((builtin_profile <> ''::text))
  constraint schedules_catch_up_values CHECK ((catch_up = ANY (ARRAY['none'::text, 'latest'::text, 'all'::text])))
  constraint schedules_cron_check CHECK (((char_length(cron) >= 9) AND (char_length(cron) <= 100)))
  constraint schedules_description_check CHECK ((char_length(description) <= 2000))
  constraint schedules_due_while_enabled CHECK ((enabled = (next_due_at IS NOT NULL)))
  constraint schedules_failures_check CHECK ((failures >= 0))
  constraint schedules_jitter_ms_check CHECK (((jitter_ms >= 0) AND (jitter_ms <= 86400000)))
  constraint schedules_kind_values CHECK ((kind = ANY (ARRAY['scan'::text, 'discovery'::text, 'smart_scan'::text, 'verify'::text, 'retention'::text])))
  constraint schedules_max_failures_check CHECK (((max_failures >= 1) AND (max_failures <= 1000)))
  constraint schedules_name_form CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$'::text))
  constraint schedules_of_a_site CHECK (((kind = 'smart_scan'::text) OR ((kind = ANY (ARRAY['scan'::text, 'discovery'::text])) = (site_id IS NOT NULL))))
  constraint schedules_overlap_values CHECK ((overlap = ANY (ARRAY['skip'::text, 'queue'::text])))
  constraint schedules_pkey PRIMARY KEY (id)
  constraint schedules_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES scan_profiles(id) ON DELETE RESTRICT
  constraint schedules_profiles_are_of_scans CHECK ((num_nonnulls(profile_id, builtin_profile) <=
CASE kind
    WHEN 'scan'::text THEN 1
    ELSE 0
END))
  constraint schedules_retries_check CHECK (((retries >= 0) AND (retries <= 10)))
  constraint schedules_retry_delay_ms_check CHECK (((retry_delay_ms >= 0) AND (retry_delay_ms <= 86400000)))
  constraint schedules_revision_check CHECK ((revision > 0))
  constraint schedules_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE RESTRICT
  constraint schedules_stopped_is_not_enabled CHECK (((NOT enabled) OR (stopped_reason IS NULL)))
  constraint schedules_stopped_reason_check CHECK ((stopped_reason <> ''::text))
  constraint schedules_task_check CHECK ((jsonb_typeof(task) = 'object'::text))
  constraint schedules_times_in_order CHECK ((updated_at >= created_at))
  constraint schedules_timezone_check CHECK (((char_length(timezone) >= 1) AND (char_length(timezone) <= 64)))
  constraint schedules_uid_key UNIQUE (uid)
  CREATE INDEX schedules_due ON public.schedules USING btree (next_due_at) WHERE enabled
  CREATE UNIQUE INDEX schedules_name_once ON public.schedules USING btree (lower(name))
  CREATE INDEX schedules_profile ON public.schedules USING btree (profile_id) WHERE (profile_id IS NOT NULL)
  CREATE INDEX schedules_site ON public.schedules USING btree (site_id) WHERE (site_id IS NOT NULL)
table schema_migrations
  version integer not null
  name text not null
  checksum text not null
  applied_at timestamp with time zone not null default now()
  constraint schema_migrations_pkey PRIMARY KEY (version)
table sessions
  id bigint not null identity
  token_hash bytea not null
  actor text not null
  api_key_id bigint
  created_at timestamp with time zone not null default now()
  expires_at timestamp with time zone not null
  constraint sessions_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id) ON DELETE CASCADE
  constraint sessions_check CHECK ((expires_at > created_at))
  constraint sessions_pkey PRIMARY KEY (id)
  constraint sessions_token_hash_check CHECK ((octet_length(token_hash) = 32))
  constraint sessions_token_hash_key UNIQUE (token_hash)
  CREATE INDEX sessions_api_key ON public.sessions USING btree (api_key_id) WHERE (api_key_id IS NOT NULL)
table settings
  name text not null
  value text not null
  updated_by text not null
  updated_at timestamp with time zone not null default now()
  constraint settings_name_form CHECK ((name ~ '^[a-z_]{1,50}([.][a-z_]{1,50})+$'::text))
  constraint settings_pkey PRIMARY KEY (name)
  constraint settings_retention_duration CHECK (((name !~~ 'retention.%'::text) OR (value = 'forever'::text) OR (value ~ '^[1-9][0-9]{0,4} (days|months)$'::text)))
  constraint settings_value_length CHECK (((length(value) >= 1) AND (length(value) <= 100)))
table sign_in_tokens
  id bigint not null identity
  token_hash bytea not null
  created_by text not null
  created_at timestamp with time zone not null default now()
  expires_at timestamp with time zone not null
  used_at timestamp with time zone
  api_key_id bigint
  constraint sign_in_tokens_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id) ON DELETE CASCADE
  constraint sign_in_tokens_check CHECK ((expires_at > created_at))
  constraint sign_in_tokens_pkey PRIMARY KEY (id)
  constraint sign_in_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32))
  constraint sign_in_tokens_token_hash_key UNIQUE (token_hash)
  CREATE INDEX sign_in_tokens_api_key ON public.sign_in_tokens USING btree (api_key_id) WHERE (api_key_id IS NOT NULL)
table site_scopes
  site_id bigint not null
  cidr cidr not null
  created_by text not null
  created_at timestamp with time zone not null default now()
  constraint site_scopes_pkey PRIMARY KEY (site_id, cidr)
  constraint site_scopes_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE CASCADE
table sites
  id bigint not null identity
  uid uuid not null
  name text not null
  created_at timestamp with time zone not null default now()
  unscoped_accepted_at timestamp with time zone
  unscoped_accepted_by text
  constraint sites_acceptance_all_or_none CHECK (((unscoped_accepted_at IS NULL) = (unscoped_accepted_by IS NULL)))
  constraint sites_name_check CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$'::text))
  constraint sites_name_key UNIQUE (name)
  constraint sites_pkey PRIMARY KEY (id)
  constraint sites_uid_key UNIQUE (uid)
  CREATE TRIGGER sites_default_keeps_its_name BEFORE UPDATE OF name ON public.sites FOR EACH ROW WHEN (((old.name = 'default'::text) AND (new.name <> 'default'::text))) EXECUTE FUNCTION keep_default_site()
  CREATE TRIGGER sites_default_kept BEFORE DELETE ON public.sites FOR EACH ROW WHEN ((old.name = 'default'::text)) EXECUTE FUNCTION keep_default_site()
table smart_scan_attempts
  id bigint not null identity
  host_id bigint not null
  job_id bigint not null
  stage text not null
  started_at timestamp with time zone not null
  points_before integer not null
  points_after integer
  ended_at timestamp with time zone
  received boolean not null default false
  constraint smart_scan_attempts_end_all_or_none CHECK ((((points_after IS NULL) = (ended_at IS NULL)) AND ((NOT received) OR (ended_at IS NOT NULL))))
  constraint smart_scan_attempts_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint smart_scan_attempts_job_id_fkey FOREIGN KEY (job_id) REFERENCES scan_numbers(id) ON DELETE RESTRICT
  constraint smart_scan_attempts_once UNIQUE (job_id, host_id)
  constraint smart_scan_attempts_pkey PRIMARY KEY (id)
  constraint smart_scan_attempts_points_after_check CHECK (((points_after >= 0) AND (points_after <= 20)))
  constraint smart_scan_attempts_points_before_check CHECK (((points_before >= 0) AND (points_before <= 20)))
  constraint smart_scan_attempts_stage_values CHECK ((stage = ANY (ARRAY['refresh'::text, 'port_expansion'::text, 'service_scan'::text, 'os_detection'::text, 'identity'::text])))
  CREATE INDEX smart_scan_attempts_host ON public.smart_scan_attempts USING btree (host_id, stage, started_at)
table smart_scan_refusals
  host_id bigint not null
  stage text not null
  refused_at timestamp with time zone not null
  code text not null
  message text not null
  constraint smart_scan_refusals_code_check CHECK ((code <> ''::text))
  constraint smart_scan_refusals_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id) ON DELETE CASCADE
  constraint smart_scan_refusals_pkey PRIMARY KEY (host_id)
  constraint smart_scan_refusals_stage_values CHECK ((stage = ANY (ARRAY['refresh'::text, 'port_expansion'::text, 'service_scan'::text, 'os_detection'::text, 'identity'::text])))
table tags
  id bigint not null identity
  uid uuid not null
  name text not null
  key text not null
  color text
  created_by text not null
  created_at timestamp with time zone not null default now()
  updated_by text not null
  updated_at timestamp with time zone not null default now()
  constraint tags_color_form CHECK ((color ~ '^#[0-9a-f]{6}$'::text))
  constraint tags_key_once UNIQUE (key)
  constraint tags_name_form CHECK (((char_length(name) >= 1) AND (char_length(name) <= 64) AND (name = btrim(name)) AND (name !~ '[[:cntrl:],"]'::text)))
  constraint tags_pkey PRIMARY KEY (id)
  constraint tags_uid_key UNIQUE (uid)
table workers
  id bigint not null identity
  uid uuid not null
  name text not null
  site_id bigint
  version text not null
  schema_version integer not null
  concurrency integer not null
  heartbeat_ms integer not null
  capabilities jsonb not null
  started_at timestamp with time zone not null default now()
  heartbeat_at timestamp with time zone not null default now()
  draining_at timestamp with time zone
  drain_reason text
  lost_at timestamp with time zone
  stopped_at timestamp with time zone
  constraint workers_capabilities_have_a_shape CHECK (((jsonb_typeof((capabilities -> 'available'::text)) = 'array'::text) AND (jsonb_typeof((capabilities -> 'missing'::text)) = 'array'::text) AND (jsonb_typeof((capabilities -> 'facts'::text)) = 'object'::text)))
  constraint workers_concurrency_check CHECK (((concurrency >= 1) AND (concurrency <= 64)))
  constraint workers_drain_for_a_reason CHECK (((draining_at IS NULL) = (drain_reason IS NULL)))
  constraint workers_heartbeat_ms_check CHECK (((heartbeat_ms >= 10) AND (heartbeat_ms <= 600000)))
  constraint workers_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 400)))
  constraint workers_name_key UNIQUE (name)
  constraint workers_pkey PRIMARY KEY (id)
  constraint workers_schema_version_check CHECK ((schema_version > 0))
  constraint workers_site_id_fkey FOREIGN KEY (site_id) REFERENCES sites(id) ON DELETE CASCADE
  constraint workers_times_in_order CHECK (((heartbeat_at >= started_at) AND (draining_at >= started_at) AND (lost_at >= started_at) AND (stopped_at >= started_at)))
  constraint workers_uid_key UNIQUE (uid)
  constraint workers_version_check CHECK ((version <> ''::text))
  CREATE INDEX workers_heartbeat ON public.workers USING btree (heartbeat_at)
  CREATE INDEX workers_site ON public.workers USING btree (site_id)
function CREATE OR REPLACE FUNCTION public.keep_default_site()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'the site default can be neither removed nor renamed'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'sites_default_kept';
END $function$

function CREATE OR REPLACE FUNCTION public.make_port_scan_partitions(months_ahead integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
END $function$

function CREATE OR REPLACE FUNCTION public.new_scan_number()
 RETURNS bigint
 LANGUAGE sql
AS $function$ INSERT INTO scan_numbers DEFAULT VALUES RETURNING id $function$

function CREATE OR REPLACE FUNCTION public.refuse_forbidden_scan_transition()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF NOT EXISTS (SELECT FROM scan_status_transitions WHERE from_status = OLD.status AND to_status = NEW.status) THEN
    RAISE EXCEPTION 'scan % cannot go from % to %', OLD.uid, OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'scan_status_transitions';
  END IF;
  RETURN NEW;
END $function$

function CREATE OR REPLACE FUNCTION public.renew_rate_shares(requester uuid, new_request_number bigint, valid_for interval, sites bigint[], jobs bigint[], in_use integer[])
 RETURNS TABLE(site bigint, job bigint, granted integer)
 LANGUAGE plpgsql
AS $function$
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
END $function$

function CREATE OR REPLACE FUNCTION public.scan_search_terms(name text, targets text[])
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (search_terms(name) || array_to_tsvector(ARRAY(SELECT DISTINCT term.term FROM unnest((scan_search_terms.targets)[1:50]) target(target), LATERAL regexp_split_to_table(lower(("left"(target.target, 300) COLLATE "C")), '\s+'::text) term(term) WHERE (term.term <> ''::text))))

function CREATE OR REPLACE FUNCTION public.search_terms(value text)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(array_remove((regexp_split_to_array(lower(("left"(value, 500) COLLATE "C")), '\s+'::text) || regexp_split_to_array(lower(("left"(value, 500) COLLATE "C")), '[\s.,:;/_@()-]+'::text)), ''::text))

function CREATE OR REPLACE FUNCTION public.service_part(value text, key text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN "left"(regexp_replace("substring"(value, (('"'::text || key) || '":"((?:[^"\\]|\\.)*)"'::text)), '\\(["\\])'::text, '\1'::text, 'g'::text), 255)

