import { type RawBuilder, sql } from 'kysely';
import { ScanoramaError } from '#domain/error.js';
import { comparisonsOf, type Filter } from '#domain/filter/filter.js';
import { type GroupRule, withGroupRules } from '#domain/filter/group-rules.js';
import { filterOfJson } from '#domain/filter/json.js';
import { quote } from '#domain/quote.js';
import type { Executor } from '#store/database.js';
import { filterScope, hostsMatching } from '#store/host-filter.js';
import { isNow, type Moment } from '#store/moment.js';

/** The rules of all groups that have one, by name. */
export async function readGroupRules(executor: Executor): Promise<readonly GroupRule[]> {
  const { rows } = await sql<{ name: string; rule: unknown }>`
    SELECT name, rule FROM host_groups WHERE kind = 'rule' ORDER BY key COLLATE "C"`.execute(executor);
  return rows.map(({ name, rule }) => ({ name, rule: filterOfJson(rule) }));
}

/**
 * A filter with everything in it that only the database knows: the rules of its groups. Throws `not_found` where it asks
 * for a field that nobody has defined, and what `withGroupRules` throws.
 */
export async function resolveFilter(executor: Executor, filter: Filter): Promise<Filter> {
  const isOfGroups = comparisonsOf(filter).some(({ field }) => field === 'group');
  const resolved = isOfGroups ? withGroupRules(filter, await readGroupRules(executor)) : filter;
  await assertFieldsDefined(executor, resolved);
  return resolved;
}

async function assertFieldsDefined(executor: Executor, filter: Filter): Promise<void> {
  const names = [...new Set(comparisonsOf(filter).flatMap(({ own }) => own ?? []))];
  if (names.length === 0) return;
  const { rows } = await sql<{ name: string }>`
    SELECT given.name FROM unnest(${names}::text[]) AS given(name)
    WHERE NOT EXISTS (SELECT FROM custom_fields field WHERE field.name = given.name)`.execute(executor);
  const [missing] = rows;
  if (missing === undefined) return;
  throw new ScanoramaError('not_found', `There is no field called ${quote(missing.name)}.`, {
    at: `field.${missing.name}`,
    hint: '`scanorama fields list` shows the fields.',
  });
}

export interface Resolved {
  readonly matching: Filter | undefined;
  readonly moment: Moment;
  readonly now: Date;
}

/** The condition that the row `host` is what a filter asks for, its groups included; true for none. */
export async function matchingHosts(
  executor: Executor,
  { matching, moment, now }: Resolved,
): Promise<RawBuilder<unknown>> {
  if (matching === undefined) return sql`true`;
  // What history cannot tell is refused before the present is asked for it.
  if (!isNow(moment)) return hostsMatching(matching, filterScope(moment, now));
  return hostsMatching(await resolveFilter(executor, matching), filterScope(moment, now));
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
