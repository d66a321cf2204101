import { ScanoramaError } from '#domain/errors/error.js';
import { allOf, anyOf, type Comparison, type Filter, negate } from '#domain/filter/filter.js';
import { matchesLabel } from '#domain/filter/pattern.js';
import { quote } from '#domain/text/quote.js';

/** A group whose members are the hosts that a filter finds. */
export interface GroupRule {
  readonly name: string;
  readonly rule: Filter;
}

/** Comparisons and words of a filter with the rules of its groups in it: each is a condition of its own in the database. */
export const MAX_EXPANDED_TERMS = 2_000;

/** How many rules may stand in each other: a group whose rule names a group whose rule names … */
export const MAX_RULE_DEPTH = 32;

/**
 * The same filter, where beside each group stands what the rules of groups of that name find: what asks for a group asks
 * for those that are listed, and no more. Throws `group_cycle` where a rule leads to itself, `conflict` when it becomes
 * larger than `MAX_EXPANDED_TERMS` or rules stand deeper in each other than `MAX_RULE_DEPTH`.
 */
export function withGroupRules(filter: Filter, rules: readonly GroupRule[]): Filter {
  return new Expansion(rules).expand(filter, []);
}

/** Refuses rules that lead to themselves, as `withGroupRules` would. */
export function assertNoCycle(rules: readonly GroupRule[]): void {
  for (const { name, rule } of rules) new Expansion(rules).expand(rule, [name]);
}

class Expansion {
  readonly #rules: readonly GroupRule[];
  #terms = 0;

  constructor(rules: readonly GroupRule[]) {
    this.#rules = rules;
  }

  /** `trail`: the groups whose rules one is in, from the outermost. */
  expand(filter: Filter, trail: readonly string[]): Filter {
    switch (filter.kind) {
      case 'all':
        return allOf(filter.parts.map((part) => this.expand(part, trail)));
      case 'any':
        return anyOf(filter.parts.map((part) => this.expand(part, trail)));
      case 'not':
        return negate(this.expand(filter.part, trail));
      case 'term':
        this.#count(1);
        return filter;
      default:
        this.#count(filter.values.length);
        return filter.field === 'group' ? this.#group(filter, trail) : filter;
    }
  }

  #group(comparison: Comparison, trail: readonly string[]): Filter {
    const found = this.#rules.filter(({ name }) => isNamedBy(comparison, name));
    return anyOf([
      comparison,
      ...found.map(({ name, rule }) => {
        if (trail.includes(name)) throw cycle([...trail.slice(trail.indexOf(name)), name]);
        if (trail.length >= MAX_RULE_DEPTH) throw tooDeep(trail);
        return this.expand(rule, [...trail, name]);
      }),
    ]);
  }

  #count(terms: number): void {
    this.#terms += terms;
    if (this.#terms > MAX_EXPANDED_TERMS)
      throw new ScanoramaError(
        'conflict',
        `With the rules of its groups the filter has more than ${MAX_EXPANDED_TERMS} words and values.`,
        { hint: 'Make the rules of the groups shorter.' },
      );
  }
}

function tooDeep(trail: readonly string[]): ScanoramaError {
  const [first = ''] = trail;
  return new ScanoramaError(
    'conflict',
    `From the group ${quote(first)} on, more than ${MAX_RULE_DEPTH} rules of groups lead from one to the next.`,
    {
      at: first,
      hint: 'Let a rule say what the groups that it names find, instead of naming them.',
      facts: { groups: trail },
    },
  );
}

function cycle(trail: readonly string[]): ScanoramaError {
  const [first = '', ...others] = trail.map(quote);
  const way = others.length === 1 ? 'itself' : `itself, by way of ${others.slice(0, -1).join(' and ')}`;
  return new ScanoramaError('group_cycle', `The rule of the group ${first} leads to ${way}.`, {
    at: trail[0] ?? '',
    hint: 'A rule can name other groups, but none that ask for it in turn.',
    facts: { groups: trail },
  });
}

function isNamedBy({ values }: Comparison, name: string): boolean {
  return values.some((value) => value.type === 'text' && matchesLabel(value.pattern, name));
}
