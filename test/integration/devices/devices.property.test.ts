import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkContext } from '#work/context/context.js';
import { mergeDevices, splitDevice, undoDecision } from '#work/devices/decide-devices.js';
import { identifyDevices } from '#work/devices/identify-devices.js';
import { checkDevices } from '#work/devices/verify-devices.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { day, type SeenHost, seeHosts } from '../../support/hosts/device-observations.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { repetitions } from '../../support/repetitions.ts';

const SCANS_A_YEAR = 24;
const DAYS_BETWEEN = 15;

let db: TestDatabase;
let context: WorkContext;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
  for (let scan = 0; scan < SCANS_A_YEAR; scan += 1)
    await seeHosts(context, day(scan * DAYS_BETWEEN), seenIn(scan));
  await identifyDevices(context, new AbortController().signal);
}, 120_000);
afterAll(() => db.close());

const at = (host: number) => `198.18.1.${host}`;

/** A year: a NAS with two interfaces, two clones, an address that DHCP gives alternately to two, and one without evidence. */
function seenIn(scan: number): readonly SeenHost[] {
  const nas = { name: 'nas.test', ssh: 'nas' };
  return [
    { address: at(1), mac: '00:11:32:00:00:01', ...nas },
    { address: at(2), mac: '00:11:32:00:00:02', ...nas },
    { address: at(3), mac: '00:0c:29:00:00:03', name: 'one.test', ssh: 'clone' },
    { address: at(4), mac: '00:0c:29:00:00:04', name: 'two.test', ssh: 'clone' },
    { address: at(5), mac: scan % 4 < 2 ? '00:1b:21:00:00:05' : '00:1b:21:00:00:06' },
    { address: at(6) },
  ];
}

async function read(table: string, order: string): Promise<readonly unknown[]> {
  return (await sql`SELECT * FROM ${sql.table(table)} ORDER BY ${sql.raw(order)}`.execute(db.store.read))
    .rows;
}

/** All stored rows of devices, except the decisions of people. */
async function tables(): Promise<unknown> {
  return {
    devices: await read('devices', 'id'),
    hosts: await read('device_hosts', 'host_id, since'),
    bindings: await read('device_bindings', 'id'),
    suggestions: await read('device_suggestions', 'one_id, other_id'),
    evidence: await read('device_evidence', 'host_id, kind, value'),
  };
}

async function deviceUids(): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT binding.uid FROM devices JOIN device_bindings binding ON binding.id = devices.id ORDER BY devices.id`.execute(
    db.store.read,
  );
  return rows.map(({ uid }) => uid);
}

/** The ids of what a device contains. */
async function held(uid: string): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    SELECT DISTINCT binding.uid, binding.id FROM device_hosts own JOIN device_bindings binding ON binding.id = own.binding_id
    WHERE own.device_id = (SELECT id FROM device_bindings WHERE uid = ${uid}) ORDER BY binding.id`.execute(
    db.store.read,
  );
  return rows.map((row) => row.uid);
}

const actor = 'os:tester';
const isComplete = async () =>
  expect((await checkDevices((read) => read(db.store.read))).examples).toEqual([]);

describe('devices with a year of history', () => {
  it('are unchanged when what was merged is split, and when both are undone', async () => {
    const before = await tables();
    const uids = await deviceUids();
    expect(uids).toHaveLength(6);
    const [nas = '', one = ''] = uids;
    const parts = await held(one);
    const merge = await mergeDevices(context, { devices: [nas, one] }, { actor });
    expect(await deviceUids()).toHaveLength(5);
    await isComplete();
    const split = await splitDevice(context, { device: nas, members: parts }, { actor });
    expect(await tables()).toEqual(before);
    await isComplete();
    // The older of the two first: then the split that stands alone changes nothing.
    await undoDecision(context, merge.decision ?? '', { actor });
    expect(await tables()).toEqual(before);
    await undoDecision(context, split.decision ?? '', { actor });
    expect(await tables()).toEqual(before);
  });

  it('are unchanged when random merges and splits are undone in any order', async () => {
    const before = await tables();
    const step = fc.record({ isMerge: fc.boolean(), first: fc.nat(), second: fc.nat(), undo: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
        const created: { readonly decision: string; readonly undo: number }[] = [];
        for (const { isMerge, first, second, undo } of steps) {
          const decision = await (isMerge ? merge(first, second) : split(first, second));
          if (decision !== undefined) created.push({ decision, undo });
          await isComplete();
        }
        for (const { decision } of created.toSorted((a, b) => a.undo - b.undo)) {
          await undoDecision(context, decision, { actor });
          await isComplete();
        }
        expect(await tables()).toEqual(before);
      }),
      { numRuns: repetitions(4, 8) },
    );
  });
});

async function merge(first: number, second: number): Promise<string | undefined> {
  const uids = await deviceUids();
  const [one = '', other = ''] = [uids[first % uids.length], uids[second % uids.length]];
  return one === other
    ? undefined
    : ((await mergeDevices(context, { devices: [one, other] }, { actor })).decision ?? undefined);
}

async function split(first: number, second: number): Promise<string | undefined> {
  const uids = await deviceUids();
  const device = uids[first % uids.length] ?? '';
  const bindings = await held(device);
  const going = bindings.filter((_, index) => (second >> index) % 2 === 1);
  if (going.length === 0 || going.length === bindings.length) return undefined;
  return (await splitDevice(context, { device, members: going }, { actor })).decision ?? undefined;
}
