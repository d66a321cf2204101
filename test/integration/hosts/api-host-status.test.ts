import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { SLOW_ROUND_TRIP_US } from '#domain/diff/round-trips.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { timeAfter } from '../../support/database/time-after.ts';
import { type RecordedRun, recordRun, type StoredRun } from '../../support/hosts/status-runs.ts';

let lab: ApiLab;
let client: Client;
let networks = 100;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
});
beforeEach(() => {
  networks += 1;
});
afterAll(() => lab.close());

const address = (host: number) => `198.18.${networks}.${host}`;
const hour = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours));
const ipsOf = async (query = {}) =>
  (await client.hosts({ search: `198.18.${networks}.`, ...query })).data.map(({ ip }) => ip);

/** Host 1 always answers, host 2 is the one in question. */
function run(hours: number, isThere: boolean, changes: Partial<RecordedRun> = {}): Promise<StoredRun> {
  return recordRun(lab.context, {
    targets: `${address(1)}-${address(2)}`,
    at: hour(hours),
    answered: isThere ? [address(1), address(2)] : [address(1)],
    unresponsive: isThere ? [] : [address(2)],
    ...changes,
  });
}

const timeouts = async (query = {}) =>
  (await client.host(address(2), query)).timeouts.map(({ probed_at, scan_id, could_receive }) => [
    probed_at,
    scan_id,
    could_receive,
  ]);

describe('the status of a host', () => {
  test('is returned with its cause and since when, and every status change', async () => {
    const { id } = await client.createNetwork({ cidr: `198.18.${networks}.0/24`, name: `life-${networks}` });
    expect(await client.network(id)).toMatchObject({ down_after_misses: null, gone_after_days: null });
    expect(await client.changeNetwork(id, { down_after_misses: 2, gone_after_days: 1 })).toMatchObject({
      down_after_misses: 2,
      gone_after_days: 1,
    });
    const first = await run(0, true);
    await run(1, false);
    expect(await client.host(address(2))).toMatchObject({
      status: 'up',
      status_reason: 'conn-refused',
      misses: 1,
    });
    const down = await run(2, false);
    expect(await client.host(address(2))).toMatchObject({
      status: 'down',
      status_reason: 'no-response',
      status_since: hour(2).toISOString(),
      status_scan_id: down.uid,
      misses: 2,
      last_seen: hour(0).toISOString(),
    });
    expect(await ipsOf({ status: 'down' })).toEqual([address(2)]);
    const back = await run(3, true);
    const { turns, status, status_since } = await client.host(address(2));
    expect({ status, status_since }).toEqual({ status: 'up', status_since: hour(3).toISOString() });
    expect(turns.map(({ old_value, new_value, scan_id }) => [old_value, new_value, scan_id])).toEqual([
      ['down', 'up', back.uid],
      ['up', 'down', down.uid],
      [null, 'up', first.uid],
    ]);
    expect((await client.host(address(2), { observed_as_of: hour(2).toISOString() })).status).toBe('down');
    expect(await ipsOf({ status: 'down', observed_as_of: hour(2).toISOString() })).toEqual([address(2)]);
  });

  test('is returned with every run that it did not respond to, and the methods that run lacked', async () => {
    await run(0, true);
    const first = await run(1, false);
    await run(2, true);
    const deaf = await run(3, false, { missing: ['tcp IPv4'] });
    const between = await timeAfter();
    const last = await run(4, false);
    const rows = [
      [hour(4).toISOString(), last.uid, true],
      [hour(3).toISOString(), deaf.uid, false],
      [hour(1).toISOString(), first.uid, true],
    ];
    expect(await timeouts()).toEqual(rows);
    expect(await timeouts({ as_of: between.toISOString() })).toEqual(rows.slice(1));
    expect(await timeouts({ observed_as_of: hour(3).toISOString() })).toEqual(rows.slice(1));
  });

  test('is shown where it flaps', async () => {
    await run(0, true);
    await client.changeHost(address(2), { down_after_misses: 1 });
    for (let hours = 1; hours <= 6; hours += 1) await run(hours, hours % 2 === 0);
    expect(await client.host(address(2))).toMatchObject({ status: 'up', flapping: true });
    expect(await ipsOf({ flapping: 'true' })).toEqual([address(2)]);
  });

  test.each([
    [{ down_after_misses: 0 }],
    [{ down_after_misses: 101 }],
    [{ gone_after_days: 1.5 }],
    [{ custom_name: '' }],
    [{ custom_name: 'x'.repeat(256) }],
    [{ status: 'down' }],
  ])('%j is refused and changes nothing', async (body) => {
    await run(0, true);
    const answer = await lab.requestAsUser({ method: 'PATCH', url: ROUTES.host(address(2)), body });
    expect(answer.status).toBe(400);
    expect(await client.host(address(2))).toMatchObject({ custom_name: null, down_after_misses: null });
  });
});

describe('annotations of a host', () => {
  test('ignores it: it is stored, observed and found by address, but in no list without ignored hosts', async () => {
    await run(0, true);
    const history = (await client.host(address(2))).history.length;
    expect(await client.changeHost(address(2), { ignored: true })).toMatchObject({ ignored: true });
    expect(await ipsOf()).toEqual([address(1)]);
    expect(await ipsOf({ ignored: 'only' })).toEqual([address(2)]);
    expect(await ipsOf({ ignored: 'with' })).toEqual([address(1), address(2)]);
    await run(1, true);
    const seen = await client.host(address(2));
    expect(seen).toMatchObject({ ignored: true, last_seen: hour(1).toISOString() });
    expect(seen.history).toHaveLength(history + 1);
    expect(seen.history.find(({ fact }) => fact === 'ignored')).toMatchObject({
      new_value: 'true',
      actor: 'os:tester',
    });
    // An annotation is no evidence of a host.
    const { last_seen } = await client.changeHost(address(2), { ignored: false });
    expect(last_seen).toBe(seen.last_seen);
    expect(await ipsOf()).toEqual([address(1), address(2)]);
  });

  test('as of a past time, totals match the lists, with and without ignored hosts', async () => {
    await run(0, true);
    await client.changeHost(address(2), { ignored: true });
    const as_of = (await timeAfter()).toISOString();
    for (const ignored of ['without', 'with', 'only'] as const) {
      const { data, pagination } = await client.hosts({ as_of, ignored, page_size: 1_000 });
      expect(pagination.total_items, ignored).toBe(data.length);
      expect(
        data.some(({ ip }) => ip === address(2)),
        ignored,
      ).toBe(ignored !== 'without');
    }
  });

  test('names it before every discovered name, and each name has its source and time', async () => {
    await run(0, true, { names: { [address(2)]: 'a.test' } });
    await run(1, true, { names: { [address(2)]: 'b.test' } });
    expect(await client.host(address(1))).toMatchObject({
      display_name: address(1),
      display_name_source: 'address',
    });
    expect(await client.host(address(2))).toMatchObject({
      display_name: 'b.test',
      display_name_source: 'ptr',
    });
    const named = await client.changeHost(address(2), { custom_name: 'door' });
    expect(named).toMatchObject({ display_name: 'door', display_name_source: 'custom', hostname: 'b.test' });
    expect(named.name_candidates).toMatchObject([
      { name: 'door', source: 'custom', actor: 'os:tester', scan_id: null },
      { name: 'b.test', source: 'ptr', detail: 'PTR', observed_at: hour(1).toISOString() },
      { name: 'a.test', source: 'ptr', observed_at: hour(0).toISOString() },
    ]);
    expect(await ipsOf({ search: 'door' })).toEqual([address(2)]);
    const { edit } = await client.changeHost(address(2), { custom_name: 'gate' });
    expect((await client.hostEdits()).data[0]).toMatchObject({ id: edit, hosts: 1, undone_by: null });
    await client.undoHostEdit(edit ?? '');
    expect(await client.host(address(2))).toMatchObject({ custom_name: 'door' });
    expect(await client.changeHost(address(2), { custom_name: null })).toMatchObject({
      display_name: 'b.test',
      custom_name: null,
    });
  });
});

test('the response time of a host is averaged over all its responses, and lists show slow hosts', async () => {
  await run(0, true);
  expect((await client.host(address(2))).response_time).toBeNull();
  for (const [hours, roundTripUs] of [400, SLOW_ROUND_TRIP_US * 2, SLOW_ROUND_TRIP_US * 2].entries())
    await run(hours + 1, true, { roundTripUs });
  expect((await client.host(address(2))).response_time).toEqual({
    count: 3,
    min_us: 400,
    avg_us: (SLOW_ROUND_TRIP_US * 4 + 400) / 3,
    max_us: SLOW_ROUND_TRIP_US * 2,
    slow: true,
  });
  expect(await ipsOf({ slow: 'true' })).toEqual([address(1), address(2)]);
  for (let hours = 4; hours < 8; hours += 1)
    await run(hours, true, { answered: [address(1)], roundTripUs: 10 });
  expect(await ipsOf({ slow: 'true' })).toEqual([address(2)]);
});
