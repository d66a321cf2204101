import { type RawBuilder, sql } from 'kysely';
import { comparisonsOf, type Filter } from '#domain/filter/filter.js';
import { type GroupRule, withGroupRules } from '#domain/filter/group-rules.js';
import { filterOfJson } from '#domain/filter/json.js';
import type { Executor } from '#store/database/database.js';
import { filterScope, hostsMatching } from '#store/filter/host-filter.js';
import { type AsOf, isNow } from '#store/history/as-of.js';

/** The rules of all groups that have one, by name. */
export async function readGroupRules(executor: Executor): Promise<readonly GroupRule[]> {
  const { rows } = await sql<{ name: string; rule: unknown }>`
    SELECT name, rule FROM host_groups WHERE kind = 'rule' ORDER BY key COLLATE "C"`.execute(executor);
  return rows.map(({ name, rule }) => ({ name, rule: filterOfJson(rule) }));
}

/** A filter with the rules of its groups in it. Throws what `withGroupRules` throws. */
export async function resolveFilter(executor: Executor, filter: Filter): Promise<Filter> {
  const isOfGroups = comparisonsOf(filter).some(({ field }) => field === 'group');
  return isOfGroups ? withGroupRules(filter, await readGroupRules(executor)) : filter;
}

export interface Resolved {
  readonly matching: Filter | undefined;
  readonly asOf: AsOf;
  readonly now: Date;
}

/** The condition that the row `host` is what a filter asks for, its groups included; true for none. */
export async function matchingHosts(
  executor: Executor,
  { matching, asOf, now }: Resolved,
): Promise<RawBuilder<unknown>> {
  if (matching === undefined) return sql`true`;
  // What history cannot tell is refused before the present is asked for it.
  if (!isNow(asOf)) return hostsMatching(matching, filterScope(asOf, now));
  return hostsMatching(await resolveFilter(executor, matching), filterScope(asOf, now));
}

/** The names of the groups by whose rules a host is a member now, by PostgreSQL's clock. */
export async function ruleGroupsOf(executor: Executor, hostId: number): Promise<readonly string[]> {
  const rules = await readGroupRules(executor);
  if (rules.length === 0) return [];
  const { rows: clock } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(executor);
  const scope = filterScope({}, clock[0]?.now ?? new Date(0));
  const conditions = rules.map(
    ({ rule }) => sql`((${hostsMatching(withGroupRules(rule, rules), scope)}) IS TRUE)`,
  );
  const { rows } = await sql<{ are: boolean[] }>`
    SELECT ARRAY[${sql.join(conditions)}] AS are FROM hosts host WHERE host.id = ${hostId}`.execute(executor);
  return rules.filter((_, index) => rows[0]?.are[index] === true).map(({ name }) => name);
}
