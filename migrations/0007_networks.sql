-- What a person manages of places: sites with their scope, networks, and the addresses that get no packet.

ALTER TABLE networks
  ADD COLUMN enabled boolean NOT NULL DEFAULT true,
  -- Without a name of its own a network is called by its CIDR, which no other can be called.
  ADD CONSTRAINT networks_name_form CHECK (name = cidr::text OR name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$');
CREATE UNIQUE INDEX networks_name_once ON networks (site_id, lower(name));

-- A person has said once that a site without a scope may be scanned anywhere.
ALTER TABLE sites
  ADD COLUMN unscoped_accepted_at timestamptz,
  ADD COLUMN unscoped_accepted_by text,
  ADD CONSTRAINT sites_acceptance_is_whole CHECK ((unscoped_accepted_at IS NULL) = (unscoped_accepted_by IS NULL));

-- What may be scanned at a site; no row: nobody has said.
CREATE TABLE site_scopes (
  site_id    bigint NOT NULL REFERENCES sites ON DELETE CASCADE,
  cidr       cidr NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (site_id, cidr)
);

-- An administrator has started the scan outside the scope of its site.
ALTER TABLE scan_jobs ADD COLUMN outside_scope boolean NOT NULL DEFAULT false;

-- The site `default` is always there.
CREATE FUNCTION keep_default_site() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the site default can be neither removed nor renamed'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'sites_default_stays';
END $$;
CREATE TRIGGER sites_default_stays BEFORE DELETE ON sites
  FOR EACH ROW WHEN (OLD.name = 'default') EXECUTE FUNCTION keep_default_site();
CREATE TRIGGER sites_default_keeps_its_name BEFORE UPDATE OF name ON sites
  FOR EACH ROW WHEN (OLD.name = 'default' AND NEW.name <> 'default') EXECUTE FUNCTION keep_default_site();

-- Addresses that get no packet: everywhere (neither site nor network), at a site, or as part of a network, and then
-- at its site. An exclusion keeps the place it was made for: nothing takes one away but a person.
CREATE TABLE network_exclusions (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid           uuid NOT NULL UNIQUE,
  site_id       bigint REFERENCES sites ON DELETE RESTRICT,
  network_id    bigint REFERENCES networks ON DELETE RESTRICT,
  first_address inet NOT NULL,
  last_address  inet NOT NULL,
  reason        text CHECK (char_length(reason) BETWEEN 1 AND 500),
  created_by    text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT network_exclusions_one_place CHECK (site_id IS NULL OR network_id IS NULL),
  CONSTRAINT network_exclusions_one_address_each CHECK (
    masklen(first_address) = CASE family(first_address) WHEN 4 THEN 32 ELSE 128 END
    AND masklen(last_address) = CASE family(last_address) WHEN 4 THEN 32 ELSE 128 END),
  CONSTRAINT network_exclusions_in_order CHECK (family(first_address) = family(last_address) AND first_address <= last_address),
  CONSTRAINT network_exclusions_once UNIQUE NULLS NOT DISTINCT (site_id, network_id, first_address, last_address)
);
CREATE INDEX network_exclusions_network ON network_exclusions (network_id) WHERE network_id IS NOT NULL;

ALTER TABLE events DROP CONSTRAINT events_kind_words,
  ADD CONSTRAINT events_kind_words CHECK (kind IN (
    'scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed',
    'scan.stopping', 'scan.cancelled', 'scan.resumed', 'scan.waiting',
    'exclusion.added', 'exclusion.removed'));

-- Which targets of a scan a stored exclusion kept from being asked, and why.
ALTER TABLE scan_remarks DROP CONSTRAINT scan_remarks_kind_words,
  ADD CONSTRAINT scan_remarks_kind_words CHECK (kind IN
    ('proxy-arp', 'proxy-ndp', 'answers-for-all', 'method-missing', 'excluded'));
