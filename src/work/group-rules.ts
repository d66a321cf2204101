import { ScanoramaError } from '#domain/error.js';
import { comparisonsOf, type Filter } from '#domain/filter/filter.js';
import { assertNoCycle } from '#domain/filter/group-rules.js';
import { filterToJson } from '#domain/filter/json.js';
import { readFilter } from '#domain/filter/read.js';
import { labelKey } from '#domain/label-name.js';
import { quote } from '#domain/quote.js';
import type { Executor } from '#store/database.js';
import { readGroupRules, resolveFilter } from '#store/group-rules.js';
import type { RuleWords } from '#store/host-groups.js';

/** Reads the rule of a group. Throws `invalid_filter`. */
export function readRule(text: string): RuleWords {
  return { text: text.trim(), meaning: filterToJson(readFilter(text)) };
}

/** Refuses rules that cannot be asked as they are stored now: `group_cycle`, `conflict` for one that became too large. */
export async function assertRulesHold(executor: Executor): Promise<void> {
  const rules = await readGroupRules(executor);
  assertNoCycle(rules);
  for (const { rule } of rules) await resolveFilter(executor, rule);
}

/** Something that a rule can name. */
export interface Named {
  readonly field: 'tag' | 'group' | 'owner' | 'field' | 'network' | 'site';
  readonly name: string;
}

/** Refuses with `conflict` what would leave a rule without what it names; one with a `*` in its place does not count. */
export async function assertNoRuleNames(executor: Executor, named: Named, verb: string): Promise<void> {
  const groups = (await readGroupRules(executor)).filter(({ rule }) => names(rule, named));
  if (groups.length === 0) return;
  const list = groups.map(({ name }) => quote(name)).join(', ');
  throw new ScanoramaError(
    'conflict',
    `The ${named.field} ${quote(named.name)} cannot be ${verb}: the rule of ${groups.length === 1 ? 'the group' : 'the groups'} ${list} names it.`,
    {
      at: named.name,
      hint: 'Change the rule first: `scanorama groups edit NAME --rule FILTER`.',
      facts: { groups: groups.map(({ name }) => name) },
    },
  );
}

function names(rule: Filter, { field, name }: Named): boolean {
  return comparisonsOf(rule).some((comparison) => {
    if (comparison.field !== field) return false;
    if (field === 'field') return comparison.own === name;
    return comparison.values.some(
      (value) =>
        value.type === 'text' &&
        value.pattern.length === 1 &&
        labelKey(value.pattern[0] ?? '') === labelKey(name),
    );
  });
}
