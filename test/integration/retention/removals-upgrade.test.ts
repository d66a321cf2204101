import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import { applyMigration, migrate, readMigrations } from '#store/migrations/migrate.js';
import { undoEdit } from '#work/edits/undo-edit.js';
import { createEmptyDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

let database: Database;
beforeAll(async () => {
  database = openDatabase(await createEmptyDatabase(), () => undefined);
});
afterAll(() => database.close());

async function uidOf(statement: ReturnType<typeof sql<{ uid: string }>>): Promise<string> {
  const { rows } = await statement.execute(database.executor);
  return rows[0]?.uid ?? '';
}

test('tags and groups removed before removals were recorded are restored for their hosts', async () => {
  const migrations = await readMigrations(join(import.meta.dirname, '..', '..', '..', 'migrations'));
  const at = migrations.findIndex(({ name }) => name === 'removals_taken_back');
  await migrate(database, migrations.slice(0, at));
  await sql`INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
    VALUES (gen_random_uuid(), 1, '198.18.0.1', 'up', now(), now(), now())`.execute(database.executor);
  const edits: string[] = [];
  for (const [kind, name] of [
    ['tag', 'Übung'],
    ['group', 'Shelf'],
  ]) {
    const subject = await uidOf(sql`SELECT gen_random_uuid() AS uid`);
    for (const [old, now] of [
      [null, name],
      [name, null],
    ])
      edits.push(
        await uidOf(sql`
          WITH created AS (INSERT INTO edits (uid, actor, summary) VALUES (gen_random_uuid(), 'os:me', 'x') RETURNING id, uid),
          reported AS (INSERT INTO host_edits (edit_id, host_id, kind, subject, old_value, new_value)
            SELECT created.id, host.id, ${kind}, ${subject}, ${old}::text, ${now}::text FROM created CROSS JOIN hosts host)
          SELECT uid FROM created`),
      );
  }
  for (const migration of migrations.slice(at)) await applyMigration(database.executor, migration);
  const context = createWorkContext(createStore(database));
  for (const removal of [edits[1] ?? '', edits[3] ?? ''])
    expect(await undoEdit(context, removal, 'os:me')).toMatchObject({ hostsChanged: 1, left: 0 });
  const { rows } = await sql`
    SELECT tag.key AS tag, created.key AS group, created.kind FROM host_tags JOIN tags tag ON tag.id = tag_id
      JOIN host_group_members USING (host_id) JOIN host_groups created ON created.id = group_id`.execute(
    database.executor,
  );
  expect(rows).toEqual([{ tag: 'übung', group: 'shelf', kind: 'static' }]);
});
