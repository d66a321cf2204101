-- Programs that run the shards of scans, on however many machines, and what keeps them of one mind.

CREATE TABLE workers (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid            uuid NOT NULL UNIQUE,
  -- As leases name their holder; each start of a program is another one.
  name           text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 400),
  -- NULL: every site that has no worker of its own. Whoever removes a site removes what is known of workers of then.
  site_id        bigint REFERENCES sites ON DELETE CASCADE,
  version        text NOT NULL CHECK (version <> ''),
  schema_version integer NOT NULL CHECK (schema_version > 0),
  concurrency    integer NOT NULL CHECK (concurrency BETWEEN 1 AND 64),
  -- How often it says that it is there.
  heartbeat_ms   integer NOT NULL CHECK (heartbeat_ms BETWEEN 10 AND 600000),
  -- What its prober found out about its machine: engines, what is missing and why, and facts.
  capabilities   jsonb NOT NULL CONSTRAINT workers_capabilities_have_a_shape CHECK (
    jsonb_typeof(capabilities -> 'available') = 'array' AND jsonb_typeof(capabilities -> 'missing') = 'array'
    AND jsonb_typeof(capabilities -> 'facts') = 'object'),
  -- All by PostgreSQL's clock.
  started_at     timestamptz NOT NULL DEFAULT now(),
  heartbeat_at   timestamptz NOT NULL DEFAULT now(),
  draining_at    timestamptz,
  drain_reason   text,
  -- When somebody noticed that it is silent; NULL again once it is heard.
  lost_at        timestamptz,
  stopped_at     timestamptz,
  CONSTRAINT workers_times_in_order CHECK (heartbeat_at >= started_at AND draining_at >= started_at
    AND lost_at >= started_at AND stopped_at >= started_at),
  CONSTRAINT workers_drain_for_a_reason CHECK ((draining_at IS NULL) = (drain_reason IS NULL))
);
CREATE INDEX workers_site ON workers (site_id);
CREATE INDEX workers_heartbeat ON workers (heartbeat_at);
-- Each heartbeat asks what a worker holds.
CREATE INDEX scan_shards_held ON scan_shards (lease_owner) WHERE lease_owner IS NOT NULL;

-- The version of the server that started last; a worker of another one takes no work. One row at most.
CREATE TABLE installation (
  id      boolean PRIMARY KEY DEFAULT true CHECK (id),
  version text NOT NULL CHECK (version <> ''),
  set_at  timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE events DROP CONSTRAINT events_kind_words;
ALTER TABLE events ADD CONSTRAINT events_kind_words CHECK (kind IN (
  'scan.created', 'scan.started', 'scan.progressed', 'scan.completed', 'scan.failed',
  'scan.stopping', 'scan.cancelled', 'scan.resumed', 'scan.waiting',
  'exclusion.added', 'exclusion.removed', 'settings.changed',
  'scan.deleted', 'scan.restored', 'scan.purged', 'host.deleted', 'host.restored', 'host.purged',
  'host.up', 'host.down', 'host.gone', 'host.flapping', 'host.timeout', 'host.changed',
  'worker.started', 'worker.draining', 'worker.resumed', 'worker.lost', 'worker.returned', 'worker.stopped', 'worker.removed',
  'schedule.changed', 'schedule.run', 'schedule.stopped'));
