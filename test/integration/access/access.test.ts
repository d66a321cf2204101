import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepMaintained } from '#jobs/maintenance.js';
import { createApiKey, createSignInLink, signInWithToken } from '#work/access/api-keys.js';
import type { WorkContext } from '#work/context/context.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

let db: TestDatabase;
let context: WorkContext;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(() => db.close());

const owner = { actor: 'os:test', apiKeyId: null } as const;

describe('an API key', () => {
  it('that would have expired is reported as that, and no other refusal is', async () => {
    const past = { name: 'late', expiresAt: new Date('2020-01-01T00:00:00Z'), actor: 'os:test' } as const;
    await expect(createApiKey(context, past)).rejects.toMatchObject({
      code: 'invalid_request',
      at: 'expires_at',
    });
    const nameless = { ...past, name: '', expiresAt: new Date('2999-01-01T00:00:00Z') };
    await expect(createApiKey(context, nameless)).rejects.toMatchObject({
      constraint: 'api_keys_name_check',
    });
  });
});

describe('maintenance', () => {
  it('removes sessions and links that have expired, and no others', async () => {
    await createSignInLink(context, owner);
    await signInWithToken(context, (await createSignInLink(context, owner)).token);
    await sql`UPDATE sessions SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day'`.execute(
      db.store.read,
    );
    await sql`UPDATE sign_in_tokens SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day'`.execute(
      db.store.read,
    );
    await signInWithToken(context, (await createSignInLink(context, owner)).token);
    const left = async () => {
      const { rows } =
        await sql`SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM sign_in_tokens) AS links`.execute(
          db.store.read,
        );
      return rows[0];
    };
    expect(await left()).toEqual({ sessions: 2, links: 3 });
    const stop = keepMaintained(context, 50);
    await expect.poll(left).toEqual({ sessions: 1, links: 1 });
    await stop();
  });
});
