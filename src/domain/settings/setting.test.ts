import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SETTING_NAMES, settingFacts, settingNamed, settingValue } from '#domain/settings/setting.js';

describe.each([...SETTING_NAMES])('%s', (name) => {
  const { read, fallback, description, allowed } = settingFacts(name);

  it('has a default that it may be, in the form in which it is stored', () => {
    expect(read(fallback)).toBe(fallback);
    expect(description).toMatch(/^[A-Z].*\.$/);
    expect(allowed).not.toMatch(/\.$/);
  });

  it('takes the examples that it gives', () => {
    const [, examples] = allowed.split(' such as ');
    for (const example of examples?.split(/, | or /) ?? []) expect(read(example)).toBeDefined();
  });

  it('reads whatever a person writes into that form or not at all, and never throws', () => {
    const written = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.nat(), fc.constantFrom('', 's', ' ms', 'm', ' days', ' years'))
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(written, (text) => {
        const value = read(text);
        if (value === undefined) return;
        expect(read(value)).toBe(value);
        // What the table takes.
        expect(value).toMatch(/^.{1,100}$/);
      }),
    );
  });
});

it.each([
  ['rate.total', ['1', '1000000'], ['0', '1000001', '1e3', '-1', '']],
  ['rate.per_host', ['1', '100000'], ['0', '100001', '4.5']],
  [
    'scan.ports',
    ['22', 'top-100', '-', '22,80,8000-8100'],
    ['', '0', 'U:53', '70000', '22, 80', '1,'.repeat(51)],
  ],
  ['worker.shards', ['1', '16'], ['0', '17']],
  ['worker.lease', ['1s', '10m'], ['999ms', '601s', 'forever']],
] as const)('%s keeps to its bounds', (name, within, beyond) => {
  expect(within.map((text) => settingFacts(name).read(text))).toEqual(within);
  expect(beyond.map((text) => settingFacts(name).read(text))).toEqual(beyond.map(() => undefined));
});

it('holds the default where there is no value or none that it may be', () => {
  expect(settingValue({}, 'rate.total')).toBe('1000');
  expect(settingValue({ 'rate.total': 'much' }, 'rate.total')).toBe('1000');
  expect(settingValue({ 'rate.total': '7' }, 'rate.total')).toBe('7');
  expect([settingNamed('rate.total'), settingNamed('toString')]).toEqual(['rate.total', undefined]);
});
