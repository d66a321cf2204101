-- Storing the same open ports again wrote, for each of them, a new version of its current row and an entry in all three
-- indexes of host_ports, since job_id is in one of them. Without that index, and with room in its page, the new version
-- stays on the page of the old one and no index is touched. With the second change below, a repeated port writes 630
-- bytes of log instead of 1,000, and takes as much of the processor as 1.5 rows of COPY into port_scans instead of 1.9;
-- a new port 1,090 bytes instead of 1,280.
-- What it costs: purging a scan reads all of host_ports once, and its pages are half full from the beginning on, as
-- they were after the second scan.
DROP INDEX host_ports_job;
ALTER TABLE host_ports SET (fillfactor = 50);

-- One index serves what two did: it begins with the columns by which a fact is looked up, and it holds that what a scan
-- saw begins once. A purged scan leaves rows without a job, which may be alike: each has its id there then.
DROP INDEX host_history_of_fact, host_history_begins_once;
CREATE UNIQUE INDEX host_history_begins_once ON host_history
  (host_id, fact, protocol, port, observed_at, coalesce(job_id, -id), shard_number, position) NULLS NOT DISTINCT;
