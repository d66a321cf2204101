-- How the programs that run scans divide the rates between them, and settings that are no retention.

-- A row is what one program may use, until an instant, of the rates of a site (job_id is null: those that nobody named, which
-- all scans of the site share) or of one scan. Those of one site or scan are never more than the whole together, which is
-- 720720 parts. Nobody writes here but renew_rate_shares.
CREATE TABLE rate_shares (
  site_id     bigint NOT NULL REFERENCES sites ON DELETE CASCADE,
  job_id      bigint REFERENCES scan_jobs ON DELETE CASCADE,
  program     uuid NOT NULL,
  parts       integer NOT NULL CHECK (parts BETWEEN 0 AND 720720),
  -- Counts the requests of the program: one that arrives after a later one is nothing.
  turn        bigint NOT NULL,
  good_until  timestamptz NOT NULL,
  CONSTRAINT rate_shares_once UNIQUE NULLS NOT DISTINCT (site_id, job_id, program)
);
CREATE INDEX rate_shares_job ON rate_shares (job_id);

-- One request of one program, for all sites and scans whose packets it sends (job 0: the site itself), in one round trip, so
-- that no lock is ever held by a program that stands still. Gives what it may use from now on. What it says to be in use is
-- kept from the others meanwhile, as far as it holds it: a part shrinks for its program first, and for the others when
-- nothing is sent by the old one any more.
CREATE FUNCTION renew_rate_shares(asking uuid, its_turn bigint, good_for interval, sites bigint[], jobs bigint[], in_use integer[])
RETURNS TABLE (site bigint, job bigint, granted integer) LANGUAGE plpgsql AS $$
BEGIN
  -- "rate" in ASCII. One at a time for each site, in the order of their ids.
  PERFORM pg_advisory_xact_lock(1918989413, one.id::integer)
    FROM (SELECT DISTINCT unnest(sites) AS id ORDER BY 1) AS one;
  DELETE FROM rate_shares WHERE site_id = ANY (sites) AND good_until <= now();
  RETURN QUERY
  WITH asked AS (
    SELECT row.site, nullif(row.job, 0) AS job, row.used FROM unnest(sites, jobs, in_use) AS row(site, job, used)
    WHERE row.job = 0 OR EXISTS (SELECT FROM scan_jobs WHERE scan_jobs.id = row.job)
  ), divided AS (
    SELECT asked.site, asked.job, asked.used, coalesce(max(share.parts) FILTER (WHERE share.program = asking), 0) AS held,
      least(720720 / (1 + count(*) FILTER (WHERE share.program <> asking)),
        720720 - coalesce(sum(share.parts) FILTER (WHERE share.program <> asking), 0))::integer AS part
    FROM asked LEFT JOIN rate_shares share ON share.site_id = asked.site AND share.job_id IS NOT DISTINCT FROM asked.job
    GROUP BY asked.site, asked.job, asked.used
  ), renewed AS (
    INSERT INTO rate_shares AS share (site_id, job_id, program, parts, turn, good_until)
    SELECT divided.site, divided.job, asking, greatest(divided.part, least(divided.used, divided.held)), its_turn, now() + good_for
    FROM divided
    ON CONFLICT ON CONSTRAINT rate_shares_once DO UPDATE SET
      parts = excluded.parts, turn = excluded.turn, good_until = excluded.good_until
    WHERE share.turn < excluded.turn
    RETURNING share.site_id, share.job_id
  )
  SELECT divided.site, coalesce(divided.job, 0), divided.part
  FROM divided JOIN renewed ON renewed.site_id = divided.site AND renewed.job_id IS NOT DISTINCT FROM divided.job;
END $$;

-- The program alone knows which settings there are and what each may be: a new one needs no migration.
ALTER TABLE settings DROP CONSTRAINT settings_name_words,
  ADD CONSTRAINT settings_name_has_a_form CHECK (name ~ '^[a-z_]{1,50}([.][a-z_]{1,50})+$'),
  ADD CONSTRAINT settings_value_is_short CHECK (length(value) BETWEEN 1 AND 100);

ALTER TABLE events DROP CONSTRAINT events_kind_words;
ALTER TABLE events ADD CONSTRAINT events_kind_words CHECK (kind IN (
  'scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed',
  'scan.stopping', 'scan.cancelled', 'scan.resumed', 'scan.waiting',
  'exclusion.added', 'exclusion.removed', 'settings.changed',
  'scan.deleted', 'scan.restored', 'scan.purged', 'host.deleted', 'host.restored', 'host.purged',
  'host.up', 'host.down', 'host.gone', 'host.flapping', 'host.timeout', 'host.changed'));
