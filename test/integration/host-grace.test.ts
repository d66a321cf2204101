import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { findHostsByAddress, listHostHistory } from '#store/host-views.js';
import type { WorkContext } from '#work/context.js';
import { purgeScan } from '#work/delete-scan.js';
import { addNetwork, changeNetwork } from '#work/networks.js';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import { expectWhole } from '../whole.ts';
import { createWorkContext } from '../work-context.ts';
import { lifeOf, type ToldRun, tellRun } from './fixtures/life-runs.ts';

let db: TestDatabase;
let context: WorkContext;
let networks = 0;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
beforeEach(() => {
  networks += 1;
});
afterAll(() => db.close());

const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;
const address = (host: number) => `198.18.${networks}.${host}`;
const minute = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * MINUTE_MS);

/** Host 1 always answers, host 2 is the one in question. */
function run(minutes: number, isThere: boolean, changes: Partial<ToldRun> = {}) {
  return tellRun(context, {
    targets: `${address(1)}-${address(2)}`,
    at: minute(minutes),
    answered: isThere ? [address(1), address(2)] : [address(1)],
    silent: isThere ? [] : [address(2)],
    ...changes,
  });
}
const life = () => lifeOf(context, address(2));
const host = async () => {
  const [view] = await findHostsByAddress(db.store.read, address(2));
  if (view === undefined) throw new Error('there is no host');
  return view;
};

async function turns(): Promise<readonly string[]> {
  const { id } = await host();
  const page = { limit: 50, offset: 0 };
  const changes = await listHostHistory(db.store.read, { hostId: id, page, facts: ['status', 'flapping'] });
  return changes
    .toReversed()
    .map(
      ({ oldValue, newValue, scanUid }) => `${oldValue}>${newValue}${scanUid === null ? ' by nobody' : ''}`,
    );
}

async function events(kind: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM events
    WHERE kind = ${kind} AND payload ->> 'address' = ${address(2)}`.execute(db.store.read);
  return rows[0]?.count ?? -1;
}

it('is unknown, and no news, where runs asked for a week that could not have heard it, until somebody sees it', async () => {
  await run(0, true);
  const deaf = { missing: ['tcp IPv4'] };
  for (const day of [1, 2, 3, 6]) await run(day * DAY, false, deaf);
  expect(await life()).toMatchObject({ status: 'up' });
  const { uid } = await run(7 * DAY, false, deaf);
  expect(await life()).toEqual({ status: 'unknown', misses: 0, flapping: false });
  expect(await host()).toMatchObject({ statusSince: minute(7 * DAY), statusScanUid: uid });
  expect(await events('host.down')).toBe(0);
  expect(await events('host.timeout')).toBe(0);
  await expectWhole(db.store.read);
  await purgeScan(context, uid, 'test');
  await run(8 * DAY, false, deaf);
  expect(await life()).toMatchObject({ status: 'unknown' });
  await run(9 * DAY, true, { kind: 'ports' });
  expect(await life()).toMatchObject({ status: 'up' });
  expect((await turns()).map((turn) => turn.replace(' by nobody', ''))).toEqual([
    'null>up',
    'up>unknown',
    'unknown>up',
  ]);
  await expectWhole(db.store.read);
});

it('has the grace of the narrowest network that says one', async () => {
  const stored = async (prefix: number) =>
    addNetwork(context, {
      cidr: `198.18.${networks}.0/${prefix}`,
      description: null,
      site: 'default',
      actor: 'test',
    });
  const wide = await stored(24);
  const narrow = await stored(28);
  await changeNetwork(context, wide.uid, { wish: { graceMisses: 1, goneAfterDays: 2 }, actor: 'test' });
  await changeNetwork(context, narrow.uid, { wish: { goneAfterDays: 1 }, actor: 'test' });
  await run(0, true);
  await run(60, false);
  expect(await life()).toMatchObject({ status: 'down' });
  await run(60 + DAY, false);
  expect(await life()).toMatchObject({ status: 'gone' });
});
