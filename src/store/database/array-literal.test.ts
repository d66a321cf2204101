import { expect, it } from 'vitest';
import { PORT_STATES, REASONS } from '#domain/ports/port-state.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { arrayLiteral } from '#store/database/array-literal.js';

it('writes numbers, words and nothing as PostgreSQL reads them', () => {
  expect(arrayLiteral([1, null, 2_147_483_648])).toBe('{1,NULL,2147483648}');
  expect(arrayLiteral(['open', 'open|filtered', null])).toBe('{open,open|filtered,NULL}');
  expect(arrayLiteral([])).toBe('{}');
});

it.each([...PROTOCOLS, ...PORT_STATES, ...REASONS])('may hold the word %s without quotes', (term) => {
  expect(term).toMatch(/^[a-z][a-z|-]*$/);
  expect(term.toUpperCase()).not.toBe('NULL');
});
