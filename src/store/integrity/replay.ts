import { type RawBuilder, sql } from 'kysely';
import { FINDING_FACTS } from '#domain/enrichment/finding.js';
import type { HostFact } from '#domain/hosts/host-fact.js';
import { HOSTS } from '#store/integrity/axes.js';
import { HISTORY_HORIZON } from '#store/integrity/horizon.js';
import type { IntegrityQuestion } from '#store/integrity/question.js';
import type { Within } from '#store/integrity/slices.js';

/*
 * What host_history alone says of the present, by another way than that of storing: folding compares each batch with
 * what stands and writes history beside it; here nothing is known but history, and the newest value of each fact wins.
 * The two meet in `verify`, and in a test that empties the current tables and fills them from here.
 */

/**
 * The newest value of each of these facts: host_id, fact, protocol, port, value; `begun` is when anything was first known
 * of it, `first_listed` the first row that a listed port caused (null where there is none).
 */
export function replayed(within: Within, facts: readonly HostFact[]): RawBuilder<unknown> {
  return sql`
    SELECT DISTINCT ON (host_id, fact, protocol, port) host_id, fact, protocol, port, new_value AS value,
      min(observed_at) OVER of_fact AS begun,
      min(observed_at) FILTER (WHERE position IS NOT NULL) OVER of_fact AS first_listed
    FROM host_history past
    WHERE ${within('past.host_id')} AND fact = ANY(${[...facts]}::text[])
    WINDOW of_fact AS (PARTITION BY host_id, fact, protocol, port)
    ORDER BY host_id, fact, protocol, port, observed_at DESC, job_id DESC NULLS LAST, shard_number DESC NULLS LAST, id DESC`;
}

const FACTS_OF_HOSTS = [
  'status',
  'hostname',
  'mac_address',
  'vendor',
  'os_family',
  'os_name',
  'deleted',
  'flapping',
  'ignored',
  'custom_name',
  'down_after_misses',
  'gone_after_days',
] as const satisfies readonly HostFact[];

/** Hosts as history tells of them: those that exist, a column for each fact, and when their first status `begun`. */
export function replayedHosts(within: Within): RawBuilder<unknown> {
  const column = (fact: (typeof FACTS_OF_HOSTS)[number]) =>
    sql`max(value) FILTER (WHERE fact = ${fact}::text) AS ${sql.ref(fact)}`;
  return sql`
    SELECT host_id, ${sql.join(FACTS_OF_HOSTS.map(column))}, min(begun) FILTER (WHERE fact = 'status') AS begun
    FROM (${replayed(within, FACTS_OF_HOSTS)}) AS reported GROUP BY host_id`;
}

export function replayedPorts(within: Within): RawBuilder<unknown> {
  return replayed(within, ['port']);
}

export function replayedFacts(within: Within): RawBuilder<unknown> {
  return replayed(within, FINDING_FACTS);
}

/** Whether the current tables are what history says. Of what began before its horizon the beginning may be gone. */
export const REPLAY_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'current hosts equal history',
    description:
      'The hosts there are, their status, their names and what people said of them are those that replaying history gives.',
    axis: HOSTS,
    faults: (within) => sql`SELECT 'host ' || coalesce(host.uid::text, reported.host_id::text) AS fault
      FROM (SELECT * FROM hosts host WHERE ${within('host.id')}) AS host
        FULL JOIN (${replayedHosts(within)}) AS reported ON reported.host_id = host.id
      WHERE (host.status, host.hostname, host.mac_address::text, host.vendor, host.os_family, host.os_name,
          host.deleted_at IS NOT NULL, host.flapping, host.ignored, host.custom_name, host.down_after_misses, host.gone_after_days)
        IS DISTINCT FROM (reported.status, reported.hostname, lower(reported.mac_address), reported.vendor, reported.os_family, reported.os_name,
          coalesce(reported.deleted, 'false') <> 'false', coalesce(reported.flapping, 'false') <> 'false',
          coalesce(reported.ignored, 'false') <> 'false', reported.custom_name, reported.down_after_misses::int, reported.gone_after_days::int)
        OR host.first_seen > reported.begun`,
  },
  {
    name: 'current ports equal history',
    description:
      'The ports there are, their states and when each was first seen are those that replaying history gives.',
    axis: HOSTS,
    faults: (within) => sql`SELECT format('host %s %s/%s', host_id, protocol, port) AS fault
      FROM (SELECT * FROM host_ports standing WHERE ${within('standing.host_id')}) AS standing
        FULL JOIN (${replayedPorts(within)}) AS reported USING (host_id, protocol, port)
      WHERE standing.state IS DISTINCT FROM reported.value
        OR standing.first_seen < reported.begun AND standing.first_seen >= ${HISTORY_HORIZON} OR standing.first_seen > reported.first_listed`,
  },
  {
    name: 'current facts equal history',
    description: 'Each service, name and the like of a host is what replaying history gives.',
    axis: HOSTS,
    faults: (within) => sql`SELECT format('host %s %s %s', coalesce(standing.host_id, reported.host_id),
        coalesce(standing.fact, reported.fact), coalesce(standing.port, reported.port)) AS fault
      FROM (SELECT * FROM host_facts standing WHERE ${within('standing.host_id')}) AS standing
        FULL JOIN (${replayedFacts(within)}) AS reported ON reported.host_id = standing.host_id AND reported.fact = standing.fact
          AND coalesce(reported.protocol, '') = coalesce(standing.protocol, '')
          AND coalesce(reported.port, -1) = coalesce(standing.port, -1)
      WHERE standing.value IS DISTINCT FROM reported.value`,
  },
];
