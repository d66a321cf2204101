-- Devices: who was behind an address, and when. What scans saw is evidence; what people decide is kept beside it; who is who
-- is computed from both, and can be computed again.

-- One value that was seen at one address, and when: from the first to the last sighting of each time, and 25 hours on, so
-- that daily sightings are one time. Sightings add up in any order and twice is once. It outlives the scans that saw it.
CREATE TABLE device_evidence (
  site_id       bigint NOT NULL REFERENCES sites ON DELETE RESTRICT,
  host_id       bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  kind          text NOT NULL CONSTRAINT device_evidence_kind_words CHECK (kind IN
                  ('mac', 'randomised_mac', 'virtual_mac', 'ssh_host_key', 'tls_certificate', 'name', 'generic_name')),
  port          integer CHECK (port BETWEEN 0 AND 65535),
  value         text NOT NULL CHECK (char_length(value) BETWEEN 1 AND 300),
  seen          tstzmultirange NOT NULL CONSTRAINT device_evidence_was_seen CHECK (NOT isempty(seen)),
  first_job_id  bigint NOT NULL REFERENCES scan_numbers ON DELETE RESTRICT,
  last_job_id   bigint NOT NULL REFERENCES scan_numbers ON DELETE RESTRICT,
  CONSTRAINT device_evidence_once UNIQUE NULLS NOT DISTINCT (host_id, kind, value, port)
);
CREATE INDEX device_evidence_value ON device_evidence (site_id, kind, value, host_id);

-- Settled scans whose findings were read as evidence. One that was resumed and settled again is read again.
CREATE TABLE device_readings (
  job_id      bigint PRIMARY KEY REFERENCES scan_jobs ON DELETE CASCADE,
  settled_at  timestamptz NOT NULL
);

-- Hosts of which something was learnt that their devices do not tell yet.
CREATE TABLE device_work (
  host_id  bigint PRIMARY KEY REFERENCES hosts ON DELETE CASCADE
);

-- Whoever was behind one address under one MAC address; NULL while none was seen that tells machines apart. It is made once
-- and keeps its id, by which its device is called.
CREATE TABLE device_stays (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid      uuid NOT NULL UNIQUE,
  host_id  bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  mac      macaddr,
  CONSTRAINT device_stays_once UNIQUE NULLS NOT DISTINCT (host_id, mac)
);

-- A device is the stays that are one; it has the id of its oldest, and those of the others lead to it.
CREATE TABLE devices (
  id       bigint PRIMARY KEY REFERENCES device_stays ON DELETE CASCADE,
  site_id  bigint NOT NULL REFERENCES sites ON DELETE RESTRICT,
  kind     text NOT NULL CONSTRAINT devices_kind_words CHECK (kind IN ('identified', 'provisional', 'floating'))
);
CREATE INDEX devices_of_site ON devices (site_id, kind, id);

-- Since when an address belongs to a stay and its device, until its next row: no overlap can be written. The first one of an
-- address begins with time itself.
CREATE TABLE device_hosts (
  host_id    bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  since      timestamptz NOT NULL,
  stay_id    bigint NOT NULL REFERENCES device_stays ON DELETE CASCADE,
  device_id  bigint NOT NULL REFERENCES devices ON DELETE CASCADE,
  PRIMARY KEY (host_id, since)
);
CREATE INDEX device_hosts_device ON device_hosts (device_id, host_id);
CREATE INDEX device_hosts_stay ON device_hosts (stay_id);

-- Devices that may be one, and why; computed, like the devices.
CREATE TABLE device_suggestions (
  uid       uuid PRIMARY KEY,
  one_id    bigint NOT NULL REFERENCES devices ON DELETE CASCADE,
  other_id  bigint NOT NULL REFERENCES devices ON DELETE CASCADE,
  score     integer NOT NULL CONSTRAINT device_suggestions_score CHECK (score BETWEEN 0 AND 100),
  reasons   text[] NOT NULL,
  -- What speaks against it.
  veto      text,
  CONSTRAINT device_suggestions_once UNIQUE (one_id, other_id),
  CONSTRAINT device_suggestions_of_two CHECK (one_id <> other_id)
);
CREATE INDEX device_suggestions_other ON device_suggestions (other_id);

-- What a person decided. Never changed or removed; an undo is a decision that takes another back.
CREATE TABLE device_decisions (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid      uuid NOT NULL UNIQUE,
  site_id  bigint NOT NULL REFERENCES sites ON DELETE CASCADE,
  kind     text NOT NULL CONSTRAINT device_decisions_kind_words CHECK (kind IN ('merge', 'split', 'dismiss', 'undo')),
  actor    text NOT NULL,
  undoes   bigint CONSTRAINT device_decisions_undone_once UNIQUE REFERENCES device_decisions ON DELETE CASCADE,
  made_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT device_decisions_undo_something CHECK ((kind = 'undo') = (undoes IS NOT NULL)),
  CONSTRAINT device_decisions_not_their_own_undo CHECK (undoes <> id)
);

-- Of a merge: all that are one. Of the others: those of each side are not those of the other.
CREATE TABLE device_decision_stays (
  decision_id  bigint NOT NULL REFERENCES device_decisions ON DELETE RESTRICT,
  stay_id      bigint NOT NULL REFERENCES device_stays ON DELETE CASCADE,
  side         integer NOT NULL CHECK (side IN (0, 1)),
  PRIMARY KEY (decision_id, stay_id)
);
CREATE INDEX device_decision_stays_stay ON device_decision_stays (stay_id);
