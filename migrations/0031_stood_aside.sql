-- Whether a worker took itself out because of a scan is asked in the transaction that decides whether the next one does:
-- without this the whole outbox was read there, in which nearly all rows are of other kinds.
CREATE INDEX events_stood_aside ON events ((payload ->> 'failed_scan')) WHERE kind = 'worker.draining';
