import { ScanoramaError } from '#domain/errors/error.js';
import { assertNoCycle } from '#domain/filter/group-rules.js';
import { filterToJson } from '#domain/filter/json.js';
import { isNamedIn, type Named } from '#domain/filter/names.js';
import { readFilter } from '#domain/filter/read.js';
import type { LabelKind } from '#domain/hosts/host-edit-kind.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { readGroupRules, resolveFilter } from '#store/groups/group-rules.js';
import type { RuleTexts } from '#store/groups/host-groups.js';
import { assertNoScheduleFilters, assertNoScheduleGives } from '#work/schedules/schedule-references.js';

/** Reads the rule of a group. Throws `invalid_filter`. */
export function readRule(text: string): RuleTexts {
  return { text: text.trim(), meaning: filterToJson(readFilter(text)) };
}

/** Refuses rules that cannot be asked as they are stored now: `group_cycle`, `conflict` for one that became too large. */
export async function assertRuleLimits(executor: Executor): Promise<void> {
  const rules = await readGroupRules(executor);
  assertNoCycle(rules);
  for (const { rule } of rules) await resolveFilter(executor, rule);
}

/**
 * Refuses with `conflict` what would leave the rule of a group or the filter of a schedule without what it names; one with a
 * `*` in its place does not count.
 */
export async function assertNoRuleNames(executor: Executor, named: Named, command: string): Promise<void> {
  await assertNoScheduleFilters(executor, named, command);
  const groups = (await readGroupRules(executor)).filter(({ rule }) => isNamedIn(rule, named));
  if (groups.length === 0) return;
  const list = groups.map(({ name }) => quote(name)).join(', ');
  throw new ScanoramaError(
    'conflict',
    `The ${named.field} ${quote(named.name)} cannot be ${command}: the rule of ${groups.length === 1 ? 'the group' : 'the groups'} ${list} names it.`,
    {
      at: named.name,
      hint: 'Change the rule first: `scanorama groups edit NAME --rule FILTER`.',
      facts: { groups: groups.map(({ name }) => name) },
    },
  );
}

/** Refuses with `conflict` the removal of what a rule or a schedule names. */
export async function assertNothingNames(
  executor: Executor,
  { kind, name }: { readonly kind: LabelKind; readonly name: string },
): Promise<void> {
  await assertNoRuleNames(executor, { field: kind, name }, 'removed');
  if (kind === 'tag') await assertNoScheduleGives(executor, name, 'removed');
}
