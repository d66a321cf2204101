import { afterAll, beforeAll, expect, test } from 'vitest';
import { isTransient, sqlStateOf } from '#store/database/failure.js';
import { SQLSTATE_RULES } from '#store/database/sqlstate.js';
import { runStatementText } from '#store/database/statement-text.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

const CONDITIONS = [...SQLSTATE_RULES].map(([sqlState, rule]) => ({ sqlState, ...rule }));

// The expected SQLSTATE of each name in the documentation comes from PostgreSQL itself.
test.each(CONDITIONS)('$sqlState is $condition, transient: $isTransient', async (rule) => {
  const raising = `DO $$ BEGIN RAISE ${rule.condition}; END $$`;
  const error: unknown = await runStatementText(db.store.read, raising).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(sqlStateOf(error)).toBe(rule.sqlState);
  expect(isTransient(error)).toBe(rule.isTransient);
});

test.each([
  ['23503', 'foreign_key_violation'],
  ['42P01', 'undefined_table'],
  ['XX001', 'data_corrupted'],
  ['28P01', 'invalid_password'],
])('%s (%s) is not in the table and never retried', async (sqlState, condition) => {
  const raising = `DO $$ BEGIN RAISE ${condition}; END $$`;
  await expect(runStatementText(db.store.read, raising)).rejects.toSatisfy(
    (error) => sqlStateOf(error) === sqlState && !isTransient(error),
  );
});
