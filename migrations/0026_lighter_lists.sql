-- A device is asked for by a MAC address that it has.
CREATE INDEX device_stays_mac ON device_stays (mac) WHERE mac IS NOT NULL;

-- Lists leave out hosts that are ignored: with the mark in the index how many there are is counted without reading the hosts.
DROP INDEX hosts_by_last_seen, hosts_by_status;
CREATE INDEX hosts_by_last_seen ON hosts (last_seen, id) INCLUDE (ignored) WHERE deleted_at IS NULL;
CREATE INDEX hosts_by_status ON hosts (status, last_seen, id) INCLUDE (ignored) WHERE deleted_at IS NULL;
