import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { readScan } from '#api/routes/scans/queries.js';
import { takeShard } from '#work/shards/claim-shard.js';
import { type Fleet, openFleet, type TestPost } from '../../support/api/fleet.ts';
import type { TestDatabase } from '../../support/database/database.ts';

let fleet: Fleet;
let db: TestDatabase;
beforeAll(async () => {
  fleet = await openFleet();
  ({ db } = fleet);
});
afterEach(() => fleet.forgetAll());
afterAll(() => db.close());

/** As if it had been killed a minute ago. */
async function noResponse({ post }: TestPost): Promise<string> {
  const { rows } = await sql<{ at: Date }>`
    UPDATE workers SET started_at = now() - interval '1 day', heartbeat_at = now() - interval '1 minute'
    WHERE id = ${post.workerId} RETURNING heartbeat_at AS at`.execute(db.store.read);
  return rows[0]?.at.toISOString() ?? '';
}

async function letLeaseEnd(shardId: number, atMs: number): Promise<string> {
  const { rows } = await sql<{ at: Date }>`
    UPDATE scan_shards SET lease_expires_at = now() + ${atMs} * interval '1 millisecond'
    WHERE id = ${shardId} RETURNING lease_expires_at AS at`.execute(db.store.read);
  return rows[0]?.at.toISOString() ?? '';
}

it('a running scan reports the last heartbeat of its worker, and until when no other may resume it', async () => {
  const one = await fleet.worker(undefined);
  const { uid, shardId } = await fleet.scanOf('default');
  expect(await takeShard(one.context, shardId)).toBeDefined();
  const waits = async () => {
    const { status, waiting_reason } = await readScan(db.store.read, uid);
    return { status, reason: waiting_reason };
  };
  expect(await waits()).toEqual({ status: 'running', reason: null });

  const receivedAt = await noResponse(one);
  const heldUntil = await letLeaseEnd(shardId, 600_000);
  expect((await waits()).reason).toBe(
    `Nothing was heard since ${receivedAt} of who runs it. Another worker may go on with it from ${heldUntil} on. ` +
      'No worker of the site default is running; `scanorama serve` starts one.',
  );

  await letLeaseEnd(shardId, -1_000);
  const other = await fleet.worker(undefined);
  expect((await waits()).reason).toBe(`Nothing was heard since ${receivedAt} of who runs it.`);

  expect(await takeShard(other.context, shardId)).toBeDefined();
  expect(await waits()).toEqual({ status: 'running', reason: null });
  await other.leave();
});
