-- Hosts that smart scan would have scanned where nobody was there to be asked, and whose scan was refused: the last time of
-- each, until a scan is started for it.

CREATE TABLE smart_scan_refusals (
  host_id     bigint PRIMARY KEY REFERENCES hosts ON DELETE CASCADE,
  stage       text NOT NULL CONSTRAINT smart_scan_refusals_stage_words
                CHECK (stage IN ('refresh', 'port_expansion', 'service_scan', 'os_detection', 'identity')),
  refused_at  timestamptz NOT NULL,
  code        text NOT NULL CHECK (code <> ''),
  message     text NOT NULL
);
