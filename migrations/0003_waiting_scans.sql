-- A scan whose worker went away before it was done waits for the next one, and says so.
INSERT INTO scan_status_transitions (from_status, to_status) VALUES ('running', 'pending');

ALTER TABLE events DROP CONSTRAINT events_kind_words;
ALTER TABLE events ADD CONSTRAINT events_kind_words CHECK (kind IN (
  'scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed',
  'scan.stopping', 'scan.cancelled', 'scan.resumed', 'scan.waiting'));
