import { describe, expect, it } from 'vitest';
import {
  assertNoCycle,
  type GroupRule,
  MAX_EXPANDED_TERMS,
  MAX_RULE_DEPTH,
  withGroupRules,
} from '#domain/filter/group-rules.js';
import { parseFilter } from '#domain/filter/parse.js';
import { printFilter } from '#domain/filter/print.js';

const rulesOf = (rules: Readonly<Record<string, string>>): readonly GroupRule[] =>
  Object.entries(rules).map(([name, rule]) => ({ name, rule: parseFilter(rule) }));
const expanded = (text: string, rules: Readonly<Record<string, string>>) =>
  printFilter(withGroupRules(parseFilter(text), rulesOf(rules)));

/** Groups of which each names the next, and the last one a port. */
const chain = (length: number) =>
  Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `g${index}`,
      index === length - 1 ? 'port:1' : `group:g${index + 1}`,
    ]),
  );

describe('withGroupRules', () => {
  const rules = { printers: 'port:9100', Office: 'group:printers or tag:desk' };
  it.each([
    ['status:up', 'status:up'],
    ['group:nobody', 'group:nobody'],
    ['group:PRINTERS', 'group:PRINTERS or port:9100'],
    ['not group:printers', 'not (group:printers or port:9100)'],
    ['group:office and status:up', '(group:office or group:printers or port:9100 or tag:desk) and status:up'],
    ['group:nobody,print*', 'group:nobody,print* or port:9100'],
  ])('%s is %s', (text, complete) => {
    expect(expanded(text, rules)).toBe(complete);
  });

  it('asks for a group in two ways without taking that for a circle', () => {
    const diamond = { a: 'group:b or group:c', b: 'group:d', c: 'group:d', d: 'port:1' };
    expect(() => expanded('group:a', diamond)).not.toThrow();
  });

  it('follows rules through so many groups, and no further', () => {
    expect(() => expanded('group:g0', chain(MAX_RULE_DEPTH))).not.toThrow();
    expect(() => expanded('group:g0', chain(MAX_RULE_DEPTH + 1))).toThrow(
      expect.objectContaining({ code: 'conflict', at: 'g0', message: expect.stringContaining('32 rules') }),
    );
    expect(() => assertNoCycle(rulesOf(chain(MAX_RULE_DEPTH + 2)))).toThrow(
      expect.objectContaining({ code: 'conflict' }),
    );
  });

  it('does not let rules in rules grow without bounds', () => {
    const doubling = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [
        `g${index}`,
        `group:g${index + 1} or not group:g${index + 1}`,
      ]),
    );
    expect(() => expanded('group:g0', doubling)).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: expect.stringContaining(String(MAX_EXPANDED_TERMS)),
      }),
    );
  });
});

describe('assertNoCycle', () => {
  it.each([
    [{ a: 'group:a' }, 'The rule of the group "a" leads to itself.', ['a', 'a']],
    [{ a: 'port:1 or not group:A' }, 'The rule of the group "a" leads to itself.', ['a', 'a']],
    [
      { a: 'group:b', b: 'tag:x and (port:1 or group:c)', c: 'group:a' },
      'The rule of the group "a" leads to itself, by way of "b" and "c".',
      ['a', 'b', 'c', 'a'],
    ],
    [{ all: 'group:*' }, 'The rule of the group "all" leads to itself.', ['all', 'all']],
  ])('refuses %j', (rules, message, groups) => {
    expect(() => assertNoCycle(rulesOf(rules))).toThrow(
      expect.objectContaining({ code: 'group_cycle', message, facts: { groups } }),
    );
  });

  it('passes what leads nowhere twice', () => {
    assertNoCycle(rulesOf({ a: 'group:b', b: 'group:nobody', c: 'group:a,b' }));
  });
});
