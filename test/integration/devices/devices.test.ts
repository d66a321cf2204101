import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listSuggestions } from '#store/devices/device-suggestions.js';
import { countDevices, floatingWith } from '#store/devices/device-views.js';
import { findDevice } from '#store/devices/find-device.js';
import type { WorkContext } from '#work/context/context.js';
import { healDevices, identifyDevices } from '#work/devices/identify-devices.js';
import { purgeHost } from '#work/hosts/delete-host.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { day, type SeenHost, seeHosts } from '../../support/hosts/device-observations.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

let db: TestDatabase;
let context: WorkContext;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(() => db.close());

const signal = new AbortController().signal;
const identifyAll = () => identifyDevices(context, signal);
const device = (text: string) => findDevice(db.store.read, { term: text });
const page = { limit: 100, offset: 0 };
const suggestions = () => listSuggestions(db.store.read, page, undefined);
const see = (days: number, ...seen: SeenHost[]) => seeHosts(context, day(days), seen);

/** How many devices of each kind the work adds. */
async function added(work: () => Promise<unknown>) {
  const before = await countDevices(db.store.read, {});
  await work();
  await identifyAll();
  const after = await countDevices(db.store.read, {});
  return {
    identified: after.identified - before.identified,
    provisional: after.provisional - before.provisional,
    floating: after.floating - before.floating,
  };
}

const guests = (first: number): SeenHost[] =>
  Array.from({ length: 4 }, (_, n) => ({
    address: `198.18.12.${first + n}`,
    mac: `da:a1:19:00:03:${first + n}`,
    name: 'guest.example.test',
  }));

/** Thirty scans, which take two seconds, took a minute on a machine with a load of 49. */
describe('devices', { timeout: 180_000 }, () => {
  it('of a phone that has another MAC address and another address every day are one by its name', async () => {
    const counts = await added(async () => {
      for (let at = 0; at < 30; at += 1)
        await see(at, {
          address: `198.18.1.${at + 1}`,
          mac: `da:a1:19:00:00:${(at + 16).toString(16)}`,
          name: 'Annas-Phone.lan',
        });
    });
    expect(counts).toEqual({ identified: 1, provisional: 0, floating: 0 });
    expect(await device('198.18.1.30')).toMatchObject({
      addressCount: 30,
      name: 'Annas-Phone.lan',
      macs: [],
    });
  });

  it('of phones that have only randomized MAC addresses are never counted as known, and never suggested', async () => {
    const counts = await added(async () => {
      for (let at = 0; at < 30; at += 1)
        await see(at, {
          address: '198.18.2.1',
          mac: `da:a1:19:00:01:${(at + 16).toString(16)}`,
          name: 'iPhone',
        });
      await see(31, { address: '198.18.2.2', mac: 'da:a1:19:00:02:01', name: 'iPhone' });
    });
    expect(counts).toEqual({ identified: 0, provisional: 2, floating: 0 });
    expect(await suggestions()).toEqual([]);
  });

  it('of guests that all have the name of their network are many', async () => {
    const counts = await added(async () => {
      for (const at of [0, 1, 2]) await see(at, ...guests(10 + 4 * at));
    });
    expect(counts).toEqual({ identified: 0, provisional: 12, floating: 0 });
    expect(await suggestions()).toEqual([]);
  });

  it('of a NAS with two interfaces are one by its SSH host key and its name', async () => {
    const nas = { name: 'nas.lan', ssh: 'nas' };
    const counts = await added(() =>
      see(
        1,
        { address: '198.18.3.1', mac: '00:11:32:00:00:01', ...nas },
        { address: '198.18.3.2', mac: '00:11:32:00:00:02', ...nas },
      ),
    );
    expect(counts).toEqual({ identified: 1, provisional: 0, floating: 0 });
    expect((await device('198.18.3.1')).macs).toEqual(['00:11:32:00:00:01', '00:11:32:00:00:02']);
  });

  it('with the same SSH host key that are clones are suggested and not merged', async () => {
    const counts = await added(async () => {
      for (const at of [1, 2])
        await see(
          at,
          { address: '198.18.4.1', mac: '00:0c:29:00:00:01', name: 'web-1.lan', ssh: 'clone' },
          { address: '198.18.4.2', mac: '00:0c:29:00:00:02', name: 'web-2.lan', ssh: 'clone' },
        );
    });
    expect(counts).toEqual({ identified: 2, provisional: 0, floating: 0 });
    expect(await suggestions()).toMatchObject([
      {
        oneId: (await device('198.18.4.1')).id,
        otherId: (await device('198.18.4.2')).id,
        score: 60,
        reasons: ['the same SSH host key'],
        veto: 'different MAC addresses and different names at the same time',
      },
    ]);
  });

  it('that are clones of which no name is known are suggested too', async () => {
    const image = { ssh: 'image', tls: 'c' };
    const counts = await added(() =>
      see(
        1,
        { address: '198.18.9.1', mac: '00:0c:29:00:09:01', ...image },
        { address: '198.18.9.2', mac: '00:0c:29:00:09:02', ...image },
      ),
    );
    expect(counts).toEqual({ identified: 2, provisional: 0, floating: 0 });
    expect((await suggestions())[0]).toMatchObject({
      oneId: (await device('198.18.9.1')).id,
      score: 69,
      veto: 'different MAC addresses at the same time, and no name in common',
    });
  });

  it('with the key and the certificate of their firmware, or of an image, are never merged by that', async () => {
    const camera = { ssh: 'camera', tls: 'b' };
    const counts = await added(async () => {
      for (const at of [1, 8])
        await see(at, ...Array.from({ length: 5 }, (_, n) => ({ address: `198.18.10.${n + 1}`, ...camera })));
      const image = { ssh: 'template', tls: 'd' };
      await see(
        1,
        { address: '198.18.11.1', mac: '52:54:00:00:00:01', ...image },
        { address: '198.18.11.2', mac: '52:54:00:00:00:02', ...image },
      );
    });
    expect(counts).toEqual({ identified: 7, provisional: 0, floating: 0 });
    const found = await suggestions();
    const [twin, clone] = [await device('198.18.10.1'), await device('198.18.11.1')];
    expect(found.find(({ oneId }) => oneId === twin.id)).toMatchObject({ score: 69, veto: null });
    expect(found.find(({ oneId }) => oneId === clone.id)).toMatchObject({
      score: 69,
      veto: 'different MAC addresses at the same time, and no name in common',
    });
  });

  it('are two where a virtual router address moves between them, in either way', async () => {
    const one = { address: '198.18.5.1', mac: '00:1b:21:00:00:01', name: 'gw-1.lan', ssh: 'gw1' };
    const two = { address: '198.18.5.2', mac: '00:1b:21:00:00:02', name: 'gw-2.lan', ssh: 'gw2' };
    const counts = await added(async () => {
      for (const at of [0, 1, 2, 3]) {
        const active = at % 2 === 0 ? one : two;
        // One by a virtual MAC address, the other by that of its current holder.
        const virtual = {
          address: '198.18.5.100',
          mac: '00:00:5e:00:01:0a',
          name: 'gw.lan',
          ssh: active.ssh,
        };
        await see(at, one, two, virtual, { ...active, address: '198.18.5.101', name: 'gw-b.lan' });
      }
    });
    expect(counts).toEqual({ identified: 2, provisional: 0, floating: 1 });
    expect((await device('198.18.5.101')).id).toBe((await device('198.18.5.2')).id);
    expect((await device('198.18.5.2')).macs).toEqual([two.mac]);
    const [first, second] = [await device('198.18.5.1'), await device('198.18.5.2')];
    expect([first.suggestions, second.suggestions]).toEqual([0, 0]);
    const floating = await device('198.18.5.100');
    expect((await floatingWith(db.store.read, floating.id)).map(({ id }) => id)).toEqual([
      first.id,
      second.id,
    ]);
  });

  it('follow each other at an address that DHCP reassigns, and a network card may be replaced', async () => {
    const counts = await added(async () => {
      await see(0, { address: '198.18.6.1', mac: '00:50:56:00:00:01', name: 'a.lan' });
      await see(5, { address: '198.18.6.1', mac: '00:50:56:00:00:02', name: 'b.lan' });
      await see(0, { address: '198.18.6.2', mac: '00:50:56:00:00:03', ssh: 'kept' });
      await see(5, { address: '198.18.6.2', mac: '00:50:56:00:00:04', ssh: 'kept' });
    });
    expect(counts).toEqual({ identified: 3, provisional: 0, floating: 0 });
    expect((await device('198.18.6.1')).macs).toEqual(['00:50:56:00:00:02']);
    expect((await device('198.18.6.2')).macs).toEqual(['00:50:56:00:00:03', '00:50:56:00:00:04']);
  });

  it('keep their id when more becomes known, and are merged when late evidence shows that two are one', async () => {
    await see(0, { address: '198.18.7.1' });
    await see(0, { address: '198.18.7.2' });
    await identifyAll();
    const [one, two] = [await device('198.18.7.1'), await device('198.18.7.2')];
    expect([one.kind, two.kind]).toEqual(['provisional', 'provisional']);
    await see(3, { address: '198.18.7.1', mac: '00:50:56:00:07:01' });
    await see(4, { address: '198.18.7.2', mac: '00:50:56:00:07:01' });
    await identifyAll();
    expect(await device('198.18.7.2')).toMatchObject({ uid: one.uid, kind: 'identified', addressCount: 2 });
    // The id of the other redirects to it.
    expect(await device(two.uid)).toMatchObject({ uid: one.uid });
  });

  it('are separated once their common evidence is at too many addresses, or is purged', async () => {
    const seen = Array.from({ length: 16 }, (_, index) => ({
      address: `198.18.8.${index + 1}`,
      ssh: 'vendor',
      name: 'blade.lan',
    }));
    expect(await added(() => see(0, ...seen))).toMatchObject({ identified: 1 });
    const more = await added(() => see(40, { address: '198.18.8.17', ssh: 'vendor', name: 'blade.lan' }));
    expect(more).toEqual({ identified: -1, provisional: 17, floating: 0 });
    const { rows } = await sql<{
      uid: string;
    }>`SELECT uid FROM hosts WHERE ip_address = '198.18.8.17'`.execute(db.store.read);
    expect(await added(() => purgeHost(context, rows[0]?.uid ?? '', 'test'))).toMatchObject({
      identified: 1,
    });
  });

  it('are the same when all of them are computed again', async () => {
    expect(await healDevices(context, signal)).toBe(0);
  });
});
