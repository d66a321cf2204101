import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { BUILT_IN_PROFILES } from '#domain/profiles/profile.js';
import { verifyData } from '#work/health/verify-data.js';
import { openProfileLab, type ProfileLab } from '../../support/api/profile-lab.ts';

let lab: ProfileLab;
let client: Client;
beforeAll(async () => {
  lab = await openProfileLab();
  client = lab.client;
});
afterAll(() => lab.close());

describe('profiles', () => {
  test('are listed with the built-in ones first, page by page', async () => {
    const mine = await lab.create({ scan_type: 'aggressive' });
    await lab.create();
    const all = await client.profiles({ page_size: 1_000 });
    const builtIn = BUILT_IN_PROFILES.map(({ name }) => name);
    expect(all.data.slice(0, builtIn.length)).toMatchObject(
      builtIn.map((name) => ({ id: name, name, built_in: true, created_at: null })),
    );
    const size = builtIn.length - 1;
    const across = await client.profiles({ page: 2, page_size: size });
    expect(across.data).toEqual(all.data.slice(size, 2 * size));
    expect(across.pagination.total_items).toBe(all.data.length);
    expect((await client.profiles({ built_in: 'true' })).data).toHaveLength(builtIn.length);
    const udp = await client.profiles({ scan_type: 'udp' });
    expect(udp.data.map(({ name }) => name)).toEqual(['udp-common']);
    const own = await client.profiles({ built_in: 'false', scan_type: 'aggressive', page_size: 1_000 });
    expect(own.data).toEqual([mine]);
  });

  test('are changed in the given fields, reset by null, and returned by id and by name', async () => {
    const created = await lab.create(
      { description: 'at night', ports: 'top-100', rate: 500, live_hosts: true },
      'Nightly',
    );
    expect(created).toMatchObject({
      name: 'Nightly',
      built_in: false,
      created_by: 'os:tester',
      ports: 'top-100',
    });
    const changed = await client.changeProfile('nightly', { name: 'Daily', rate: null, retries: 0 });
    expect(changed).toEqual({
      ...created,
      name: 'Daily',
      rate: null,
      retries: 0,
      updated_at: expect.any(String),
    });
    expect(await client.profile(created.id)).toEqual(changed);
    expect(await client.profile('dAILY')).toEqual(changed);
    await expect(client.profile('nightly')).rejects.toMatchObject({ code: 'not_found' });
    await expect(
      client.changeProfile('daily', { scan_type: 'version', timeout_ms: 500 }),
    ).rejects.toMatchObject({
      code: 'idle_setting',
    });
    expect(await client.profile(created.id)).toEqual(changed);
  });

  test('have unique names, ignoring case', async () => {
    const first = await lab.create({}, 'Taken');
    const other = await lab.create();
    for (const attempt of [
      () => lab.create({}, 'tAKEN'),
      () => lab.create({}, 'Quick'),
      () => client.changeProfile(other.id, { name: 'TAKEN' }),
      () => client.changeProfile(other.id, { name: 'fragile' }),
      () => client.cloneProfile('quick', { name: 'taken' }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'conflict' });
    expect(
      await lab.requestAsUser({ method: 'POST', url: ROUTES.profiles, body: { name: 'taken' } }),
    ).toMatchObject({
      status: 409,
    });
    expect(await client.changeProfile(first.id, { name: 'TAKEN' })).toMatchObject({ name: 'TAKEN' });
    expect(await client.profile(other.id)).toEqual(other);
  });

  test('that are built in cannot be changed, and are cloned instead', async () => {
    for (const [method, body] of [
      ['PUT', { rate: 1 }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await lab.requestAsUser({ method, url: ROUTES.profile('Fragile'), body });
      expect(answer).toMatchObject({ status: 403, body: { error: 'built_in_profile' } });
    }
    const clone = await client.cloneProfile('fragile', { name: 'printers' });
    const { id: _, ...original } = await client.profile('fragile');
    expect(original.description).not.toBeNull();
    expect(clone).toMatchObject({
      ...original,
      name: 'printers',
      description: null,
      built_in: false,
      created_by: 'os:tester',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    const again = await client.cloneProfile(clone.id, { name: 'more printers', description: 'Old ones' });
    expect(again).toMatchObject({
      description: 'Old ones',
      rate: 50,
      per_host_rate: 5,
      retries: 0,
      concurrency: 20,
    });
  });

  test('are created again from a scan after they were removed', async () => {
    const profile = await lab.create({
      scan_type: 'connect',
      ports: '2-4',
      rate: 'max',
      per_host_rate: 77,
      retries: 0,
      concurrency: 5,
    });
    const scan = await lab.start(profile.id);
    await lab.ordersOf();
    await client.removeProfile(profile.name);
    await expect(client.removeProfile(profile.name)).rejects.toMatchObject({ code: 'not_found' });
    const back = await client.createProfile({ name: profile.name, from_scan: scan.id });
    const { id: _, created_at: __, updated_at: ___, ...same } = profile;
    expect(back).toMatchObject(same);
    const other = await client.createProfile({ name: 'slower', from_scan: scan.id, rate: 10, retries: null });
    expect(other).toMatchObject({ ports: '2-4', rate: 10, retries: null, concurrency: 5 });
    const nowhere = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';
    await expect(client.createProfile({ name: 'none', from_scan: nowhere })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('have statistics that are counted from their scans', async () => {
    const profile = await lab.create({ ports: '1' });
    expect(await client.profileStats(profile.id)).toEqual({
      scans: 0,
      completed: 0,
      failed: 0,
      last_used_at: null,
      hosts_found_mean: null,
      duration_median_seconds: null,
    });
    await client.startScan({ targets: ['127.83.7.0/31'], profile: profile.id });
    const second = await client.startScan({ targets: ['127.83.7.0/30'], profile: profile.id });
    await lab.ordersOf();
    const stopped = await lab.start(profile.id);
    await client.stopScan(stopped.id);
    lab.enqueued.length = 0;
    expect(await client.profileStats(profile.name)).toEqual({
      scans: 3,
      completed: 2,
      failed: 0,
      last_used_at: stopped.created_at,
      hosts_found_mean: 3,
      duration_median_seconds: expect.any(Number),
    });
    await client.deleteScan(second.id);
    expect(await client.profileStats(profile.id)).toMatchObject({
      scans: 2,
      completed: 1,
      hosts_found_mean: 2,
    });
    const clone = await client.cloneProfile(profile.id, { name: 'unused' });
    expect(await client.profileStats(clone.id)).toMatchObject({ scans: 0 });
    expect(await client.profileStats('full')).toMatchObject({ scans: 0 });
    await expect(client.profileStats('unknown')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('and their scans leave nothing for verify to find', async () => {
    const { checks } = await verifyData(lab.context, new AbortController().signal);
    expect(checks.length).toBeGreaterThan(0);
    expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
  });
});
