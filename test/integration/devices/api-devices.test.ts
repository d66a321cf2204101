import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localHeaders } from '#api/auth/local.js';
import { inProcessTransport } from '#app/transport.js';
import { createClient } from '#contract/api/client.js';
import { identifyDevices } from '#work/devices/identify-devices.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { day, seeHosts } from '../../support/hosts/device-observations.ts';

const clone = (host: number) => ({
  address: `198.18.1.${host}`,
  mac: `00:0c:29:00:01:0${host}`,
  name: `web-${host}.test`,
  ssh: 'clone',
});

let lab: ApiLab;
let client: ReturnType<typeof createClient>;
beforeAll(async () => {
  lab = await openApiLab();
  client = createClient(inProcessTransport(lab.server, localHeaders(lab.server, 'os:tester')));
  await seeHosts(lab.context, day(1), [
    clone(1),
    clone(2),
    { address: '198.18.1.3', mac: 'da:a1:19:00:00:01' },
  ]);
  await seeHosts(lab.context, day(4), [clone(1), clone(2)]);
  await identifyDevices(lab.context, new AbortController().signal);
});
afterAll(() => lab.close());

const names = async (query = {}) =>
  (await client.devices(query)).data.map(({ name, addresses }) => name ?? addresses[0]);

describe('devices over the API', () => {
  test('are listed by kind, site and search terms, with the number of each kind', async () => {
    expect(await client.devices()).toMatchObject({
      counts: { identified: 2, provisional: 1, floating: 0 },
      pagination: { total_items: 3, total_pages: 1 },
    });
    expect(await names()).toEqual(['198.18.1.3', 'web-2.test', 'web-1.test']);
    expect(await names({ kind: 'provisional' })).toEqual(['198.18.1.3']);
    expect(await names({ search: 'WEB-', page_size: 1, page: 2 })).toEqual(['web-1.test']);
    expect(await names({ search: '00:0c:29' })).toHaveLength(2);
    expect(await names({ search: '%' })).toEqual([]);
    expect(await names({ site: 'DEFAULT', search: '198.18.1.2' })).toEqual(['web-2.test']);
    for (const list of [client.devices, client.deviceSuggestions])
      await expect(list({ site: 'nowhere' })).rejects.toMatchObject({ code: 'not_found', at: 'nowhere' });
  });

  test('show what was seen of them, when, and by which scan; a host shows its device', async () => {
    const device = await client.device('198.18.1.1');
    expect((await client.host('198.18.1.1')).device).toEqual({ id: device.id, kind: 'identified' });
    expect(device).toMatchObject({
      macs: ['00:0c:29:00:01:01'],
      held: [{ ip: '198.18.1.1', since: null, until: null }],
      suggestions: [{ score: 60, veto: 'different MAC addresses and different names at the same time' }],
      decisions: [],
    });
    const [first, last] = [device.evidence[0]?.first_scan_id, device.evidence[0]?.last_scan_id];
    expect(device.evidence.map(({ kind, value }) => [kind, value])).toEqual([
      ['mac', '00:0c:29:00:01:01'],
      ['name', 'web-1.test'],
      ['ssh_host_key', 'ssh-ed25519 SHA256:clone'],
    ]);
    expect(device.evidence[0]).toMatchObject({
      first_seen: day(1).toISOString(),
      last_seen: day(4).toISOString(),
    });
    expect((await client.scan(first ?? '')).targets).toEqual(['198.18.1.1']);
    expect(last).not.toBe(first);
    await expect(client.device('198.18.1.9')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('are merged after a preview, and separated again when that is undone', async () => {
    const before = await client.devices();
    const texts = ['198.18.1.1', '00:0c:29:00:01:02'];
    const trial = await client.mergeDevices(texts, { dryRun: true });
    expect(trial).toMatchObject({ decision: null, dry_run: true, after: [{ address_count: 2 }] });
    expect(trial.before).toHaveLength(2);
    expect(await client.devices()).toEqual(before);
    const merged = await client.mergeDevices(texts);
    expect(await client.device('198.18.1.2')).toMatchObject({ id: merged.after[0]?.id, address_count: 2 });
    // The id of the merged one redirects to it.
    expect((await client.device(merged.before[1]?.id ?? '')).id).toBe(merged.after[0]?.id);
    await expect(client.mergeDevices(texts)).rejects.toMatchObject({ code: 'invalid_request' });
    expect((await client.deviceDecisions()).data).toMatchObject([
      { kind: 'merge', actor: 'os:tester', addresses: ['198.18.1.1'], others: ['198.18.1.2'] },
    ]);
    const undone = await client.undoDecision(merged.decision ?? '');
    expect(undone.after).toEqual(merged.before);
    expect(await client.devices()).toEqual(before);
    await expect(client.undoDecision(merged.decision ?? '')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('are one again when the undo of their merge is undone, and separate when the merge is', async () => {
    const { decision: merge } = await client.mergeDevices(['198.18.1.1', '198.18.1.2']);
    const undo = async (id: string | null) => (await client.undoDecision(id ?? '')).decision;
    const undoneBy = async () => {
      const { data } = await client.deviceDecisions();
      return data.find(({ id }) => id === merge)?.undone_by;
    };
    const first = await undo(merge);
    expect(await undoneBy()).toBe(first);
    await undo(first);
    expect(await undoneBy()).toBeNull();
    expect((await client.device('198.18.1.1')).address_count).toBe(2);
    const third = await undo(merge);
    expect(await undoneBy()).toBe(third);
    expect((await client.device('198.18.1.1')).address_count).toBe(1);
    // What the hint of the refusal suggests is not refused itself.
    await expect(undo(merge)).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining(`devices undo ${third}\``),
      facts: { undone_by: third },
    });
    await undo(await undo(third));
    expect(await undoneBy()).not.toBeNull();
  });

  test('stay one where another decision holds them together, which is named', async () => {
    const first = await client.mergeDevices(['198.18.1.1', '198.18.1.2']);
    const second = await client.mergeDevices(['198.18.1.1', '198.18.1.3']);
    const undone = await client.undoDecision(first.decision ?? '');
    expect(undone.after.map(({ id }) => id)).toEqual(undone.before.map(({ id }) => id));
    expect(undone.kept_by).toEqual([second.decision]);
    const apart = await client.undoDecision(second.decision ?? '');
    expect([apart.after.length, apart.kept_by]).toEqual([3, []]);
  });

  test('are split, and foreign addresses are refused', async () => {
    const { decision } = await client.mergeDevices(['198.18.1.1', '198.18.1.3']);
    await expect(client.splitDevice('198.18.1.1', ['198.18.1.2'])).rejects.toMatchObject({
      code: 'not_found',
    });
    const all = ['198.18.1.1', '198.18.1.3'];
    await expect(client.splitDevice('198.18.1.1', all)).rejects.toMatchObject({ code: 'invalid_request' });
    const split = await client.splitDevice('198.18.1.1', ['198.18.1.3']);
    expect(split.after.map(({ addresses }) => addresses)).toEqual([['198.18.1.1'], ['198.18.1.3']]);
    await client.undoDecision(split.decision ?? '');
    expect((await client.device('198.18.1.3')).address_count).toBe(2);
    await client.undoDecision(decision ?? '');
    expect((await client.device('198.18.1.3')).kind).toBe('provisional');
  });

  test('that may be one are suggested until a user decides, and again when that is undone', async () => {
    const [suggestion] = (await client.deviceSuggestions({ site: 'DEFAULT' })).data;
    expect(suggestion?.devices.map(({ name }) => name)).toEqual(['web-1.test', 'web-2.test']);
    const id = suggestion?.id ?? '';
    const dismissed = await client.dismissSuggestion(id);
    expect((await client.deviceSuggestions({ site: 'default' })).data).toEqual([]);
    await expect(client.acceptSuggestion(id)).rejects.toMatchObject({ code: 'not_found' });
    await client.undoDecision(dismissed.decision ?? '');
    expect((await client.deviceSuggestions()).data).toEqual([suggestion]);
    const accepted = await client.acceptSuggestion(id);
    expect(accepted.after).toHaveLength(1);
    expect((await client.deviceSuggestions()).data).toEqual([]);
  });

  test('are split by an address in any notation', async () => {
    const mac = '00:0c:29:00:01:0a';
    await seeHosts(lab.context, day(5), [
      { address: 'fd00::a', mac },
      { address: 'fd00::b', mac },
    ]);
    await identifyDevices(lab.context, new AbortController().signal);
    const split = await client.splitDevice('FD00:0::A', ['FD00:0::B']);
    expect(split.after.map(({ addresses }) => addresses)).toEqual([['fd00::a'], ['fd00::b']]);
  });
});
