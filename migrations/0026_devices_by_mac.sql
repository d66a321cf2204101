-- A device is asked for by a MAC address that it has.
CREATE INDEX device_stays_mac ON device_stays (mac) WHERE mac IS NOT NULL;
