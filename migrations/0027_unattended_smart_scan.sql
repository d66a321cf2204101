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

-- A smart scan by schedule may be of one site; without one it is of all of them.
ALTER TABLE schedules DROP CONSTRAINT schedules_of_a_site;
ALTER TABLE schedules ADD CONSTRAINT schedules_of_a_site
  CHECK (kind = 'smart_scan' OR (kind IN ('scan', 'discovery')) = (site_id IS NOT NULL));
