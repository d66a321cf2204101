-- Scans that ask live hosts alone, and what a scan has to tell beside hosts and ports.
ALTER TABLE scan_jobs ADD COLUMN live_hosts boolean NOT NULL DEFAULT false;

-- Positions that nobody asked: excluded, of a silent host, or given up.
ALTER TABLE scan_shards ADD COLUMN skipped bigint NOT NULL DEFAULT 0 CHECK (skipped >= 0);
UPDATE scan_shards shard SET skipped =
  (SELECT coalesce(sum(batch.skipped), 0) FROM scan_batches batch WHERE batch.shard_id = shard.id);

-- Who answered in place of hosts, and how hosts could not be looked for. What answers on every port of one host is
-- told by scan_coverage.
CREATE TABLE scan_remarks (
  job_id      bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  kind        text NOT NULL CONSTRAINT scan_remarks_kind_words
              CHECK (kind IN ('proxy-arp', 'proxy-ndp', 'answers-for-all', 'method-missing')),
  -- A range of addresses, or a method and a family.
  subject     text NOT NULL CHECK (subject <> ''),
  -- What the answers have in common, or the system's name for what is missing.
  detail      text NOT NULL,
  answered    integer CHECK (answered >= 0),
  asked       integer CHECK (asked >= answered),
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, kind, subject),
  CONSTRAINT scan_remarks_count_both CHECK ((answered IS NULL) = (asked IS NULL))
);

CREATE INDEX scan_coverage_impostors ON scan_coverage (job_id, address) WHERE reason IN ('answers-all', 'tarpit');
