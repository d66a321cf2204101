-- Scans and discovery runs have the tags that hosts have. A scan that is purged takes along that it had them, and a tag
-- that is removed is on no scan any more.
CREATE TABLE scan_tags (
  job_id  bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  tag_id  bigint NOT NULL REFERENCES tags ON DELETE CASCADE,
  PRIMARY KEY (job_id, tag_id)
);
CREATE INDEX scan_tags_tag ON scan_tags (tag_id, job_id);

ALTER TABLE events DROP CONSTRAINT events_kind_words;
ALTER TABLE events ADD CONSTRAINT events_kind_words CHECK (kind IN (
  'scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed',
  'scan.stopping', 'scan.cancelled', 'scan.resumed', 'scan.waiting', 'scan.tagged',
  'exclusion.added', 'exclusion.removed', 'settings.changed',
  'scan.deleted', 'scan.restored', 'scan.purged', 'host.deleted', 'host.restored', 'host.purged',
  'host.up', 'host.down', 'host.gone', 'host.flapping', 'host.timeout', 'host.changed',
  'worker.started', 'worker.draining', 'worker.resumed', 'worker.lost', 'worker.returned', 'worker.stopped', 'worker.removed',
  'schedule.changed', 'schedule.run', 'schedule.stopped'));
