import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { matchingHosts, type Resolved, readGroupRules } from '#store/groups/group-rules.js';
import type { GroupView } from '#store/groups/host-groups.js';

/** How many members some groups have now, by the id of the group; deleted and ignored hosts are left out, as in its list. */
export async function countMembers(
  executor: Executor,
  groups: readonly GroupView[],
  now: Date,
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ groupId: number; hosts: number }>`
    SELECT member.group_id AS "groupId", count(*) AS hosts
    FROM host_group_members member JOIN hosts host ON host.id = member.host_id
    WHERE member.group_id = ANY(${groups.map(({ id }) => id)}::bigint[]) AND host.deleted_at IS NULL AND NOT host.ignored
    GROUP BY member.group_id`.execute(executor);
  const counts = new Map(rows.map(({ groupId, hosts }) => [groupId, hosts]));
  const byRule = groups.filter(({ kind }) => kind === 'rule');
  const rules = byRule.length === 0 ? [] : await readGroupRules(executor);
  for (const { id, name } of byRule) {
    const matching = rules.find((rule) => rule.name === name)?.rule;
    counts.set(id, await countMatching(executor, { matching, asOf: {}, now }));
  }
  return counts;
}

async function countMatching(executor: Executor, probed: Resolved): Promise<number> {
  const condition = await matchingHosts(executor, probed);
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM hosts host WHERE host.deleted_at IS NULL AND NOT host.ignored AND ${condition}`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}
