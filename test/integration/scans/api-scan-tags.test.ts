import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { createUid } from '#domain/errors/uid.js';
import { takeEditLock } from '#store/edits/edit-lock.js';
import { digestOf } from '#work/context/selection.js';
import { MAX_CHANGES_PER_EDIT } from '#work/edits/record-edit.js';
import { MAX_TAGS_PER_SCAN } from '#work/scans/tag-scans.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

/** Long enough for a request to wait for the lock. */
const WAIT_MS = 200;
const NO_OWNER = createUid(0, new Uint8Array(10));
let lab: ApiLab;
let client: Client;
const scans: string[] = [];
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  for (const last of [1, 2, 3])
    scans.push(await recordScan(lab.context, { address: `127.0.95.${last}`, state: 'open', at: new Date() }));
});
afterAll(() => lab.close());

const [one, two, three] = [0, 1, 2].map((at) => () => scans[at] ?? '');
const id = (which: (() => string) | undefined) => which?.() ?? '';
const tagsOf = async (uid: string) => (await client.scan(uid)).tags.map(({ name }) => name);
const tagged = async (tag: string) => (await client.scans({ tag })).data.map((scan) => scan.id);
const sixty = (from: number) => Array.from({ length: 60 }, (_, at) => `t${from + at}`);
const countsOf = async (name: string) => (await client.tags()).data.find((tag) => tag.name === name);

describe('a scan', () => {
  test('has the tags it was started with, created where they are new, and is found by them', async () => {
    const request = { targets: ['127.0.95.9'], ports: '7', tags: ['Nightly', 'nightly', 'edge'] };
    const scan = await client.startScan({ ...request, confirm_unscoped: true });
    expect(scan.tags).toEqual([
      { name: 'edge', color: null },
      { name: 'Nightly', color: null },
    ]);
    expect(await tagged('nightly')).toEqual([scan.id]);
    await expect(tagged('nightyl')).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no tag called "nightyl".',
      hint: expect.stringContaining('Did you mean "Nightly"?'),
    });
    expect(await countsOf('Nightly')).toMatchObject({ hosts: 0, scans: 1 });
    const odd = client.startScan({ ...request, tags: ['a, b'] });
    await expect(odd).rejects.toMatchObject({ code: 'invalid_request' });
    expect((await client.scans({ status: 'pending' })).pagination.total_items).toBe(1);
  });

  test('gets tags and loses them, one by one or as a set, and the record names the user', async () => {
    expect(await client.addScanTags(id(one), ['zoo', 'app', 'Zoo'])).toEqual({ tags: ['app', 'zoo'] });
    expect(await client.removeScanTags(id(one), ['APP', 'never'])).toEqual({ tags: ['zoo'] });
    expect(await client.setScanTags(id(one), ['web', 'zoo'])).toEqual({ tags: ['web', 'zoo'] });
    await client.addScanTags(id(one), ['web']);
    const { rows } = await sql<{ payload: unknown }>`
      SELECT payload FROM events WHERE kind = 'scan.tagged' ORDER BY id`.execute(lab.db.store.read);
    expect(rows.map(({ payload }) => payload)).toEqual([
      { added: ['app', 'zoo'], removed: [], actor: 'os:tester' },
      { added: [], removed: ['app'], actor: 'os:tester' },
      { added: ['web'], removed: [], actor: 'os:tester' },
    ]);
    await expect(client.addScanTags(NO_OWNER, ['a'])).rejects.toMatchObject({ code: 'not_found' });
  });

  test('keeps its tags while it is deleted, and loses them when it is purged', async () => {
    await client.addScanTags(id(three), ['kept']);
    await client.deleteScan(id(three));
    expect(await tagged('kept')).toEqual([]);
    expect(await countsOf('kept')).toMatchObject({ scans: 0 });
    await client.restoreScan(id(three));
    expect(await tagged('kept')).toEqual([id(three)]);
    await client.deleteScan(id(three));
    await client.purgeScan(id(three));
    await expectComplete(lab.db.store.read);
    expect((await client.tags()).data.map(({ name }) => name)).toContain('kept');
  });

  test('has no more tags than allowed', async () => {
    await client.addScanTags(id(two), sixty(0));
    await expect(client.addScanTags(id(two), sixty(60))).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await tagsOf(id(two))).toHaveLength(60);
    await client.setScanTags(id(two), []);
  });
});

describe('many scans', () => {
  test('are tagged all or not at all, and the error explains how a conflict is undone', async () => {
    await client.setScanTags(id(one), ['both']);
    const half = client.tagScans({ scan_ids: [id(one), NO_OWNER], tags: ['half'], action: 'add' });
    await expect(half).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.tags()).data.map(({ name }) => name)).not.toContain('half');
    const done = await client.tagScans({ scan_ids: [id(one), id(two)], tags: ['both'], action: 'add' });
    expect(done).toEqual({
      scans_matched: 2,
      scans_changed: 1,
      digest: digestOf([id(one), id(two)]),
      moves: [{ action: 'add', tag: 'both', scan_ids: [id(two)] }],
      dry_run: false,
    });
  });

  test('are found by a filter, after a preview', async () => {
    const filter = { tag: 'both' };
    const poll = await client.tagScans({ filter, tags: ['found'], action: 'add', dry_run: true });
    expect(poll).toMatchObject({ scans_matched: 2, scans_changed: 2, moves: [], dry_run: true });
    expect(await countsOf('found')).toBeUndefined();
    const { digest: expected } = poll;
    await client.tagScans({ filter, tags: ['found'], action: 'add', expected });
    expect(await tagged('found')).toEqual([id(two), id(one)]);
    const neither = client.tagScans({ tags: ['x'], action: 'add' });
    await expect(neither).rejects.toMatchObject({ code: 'invalid_request', at: 'scan_ids' });
  });
});

test('are not tagged where a different set of the same size matches by now', async () => {
  await client.addScanTags(id(one), ['swap']);
  const tagging = { filter: { tag: 'swap' }, tags: ['x'], action: 'add' as const };
  const { digest } = await client.tagScans({ ...tagging, dry_run: true });
  await client.removeScanTags(id(one), ['swap']);
  await client.addScanTags(id(two), ['swap']);
  const refused = client.tagScans({ ...tagging, expected: digest });
  await expect(refused).rejects.toMatchObject({ code: 'conflict', facts: { scans: 1 } });
  expect(await countsOf('x')).toBeUndefined();
  await client.removeTag('swap');
});

test('are not tagged where scans times tags exceed the limit of one edit', async () => {
  const names = Array.from({ length: MAX_TAGS_PER_SCAN }, (_, at) => `n${at}`);
  const limit = MAX_CHANGES_PER_EDIT / names.length;
  await sql`
    INSERT INTO scan_jobs (uid, site_id, name, status, scan_type, engine, targets, excluded, resolved, plan_version, target_ranges,
      ports, seed, positions, unlimited, live_hosts, outside_scope, created_by, created_at, started_at, completed_at)
    SELECT gen_random_uuid(), site_id, 'Many', status, scan_type, engine, targets, excluded, resolved, plan_version, target_ranges,
      ports, seed, positions, unlimited, live_hosts, outside_scope, created_by, created_at, started_at, completed_at
    FROM scan_jobs CROSS JOIN generate_series(1, ${limit + 1}::int) WHERE uid = ${id(one)}`.execute(
    lab.db.store.read,
  );
  const many = { filter: { name: 'many' }, action: 'add', dry_run: true } as const;
  const probed = client.tagScans({ ...many, tags: names });
  await expect(probed).rejects.toMatchObject({ code: 'invalid_request', at: 'tags', facts: { limit } });
  expect(await client.tagScans({ ...many, tags: ['n1'] })).toMatchObject({ scans_changed: limit + 1 });
  await sql`DELETE FROM scan_jobs WHERE name = 'Many'`.execute(lab.db.store.read);
});

describe('many scans by a filter, while another user edits', () => {
  test('are those that match when the edit is executed', async () => {
    await client.setScanTags(id(one), ['mine']);
    await client.setScanTags(id(two), ['mine']);
    const tagging = await lab.db.store.transaction(async (executor) => {
      expect(await takeEditLock(executor)).toBe(true);
      const answer = client.tagScans({ filter: { tag: 'mine' }, tags: ['late'], action: 'add' });
      await setTimeout(WAIT_MS);
      await sql`
        DELETE FROM scan_tags WHERE job_id = (SELECT id FROM scan_jobs WHERE uid = ${id(two)})`.execute(
        executor,
      );
      return { answer };
    });
    expect(await tagging.answer).toMatchObject({ scans_matched: 1, scans_changed: 1 });
    expect(await tagged('late')).toEqual([id(one)]);
    for (const uid of [id(one), id(two)]) await client.setScanTags(uid, ['both', 'found']);
  });
});

describe('a tag', () => {
  test('is renamed on its scans too, and leaves them when it is removed, deleted ones as well', async () => {
    await client.changeTag('found', { name: 'seen', color: '#a8231c' });
    expect((await client.scan(id(one))).tags).toContainEqual({ name: 'seen', color: '#a8231c' });
    await client.deleteScan(id(two));
    expect(await client.removeTag('seen')).toMatchObject({ hosts_changed: 0, scans_changed: 2 });
    expect([await tagsOf(id(one)), await tagsOf(id(two))]).toEqual([['both'], ['both']]);
    await client.restoreScan(id(two));
    await expectComplete(lab.db.store.read);
  });

  test('that a schedule gives to its scans cannot be renamed', async () => {
    const created = await client.createSchedule({
      kind: 'scan',
      name: 'each night',
      cron: '0 3 * * *',
      enabled: false,
      task: { targets: ['127.0.95.1'], tags: ['Night'], confirm_unscoped: true },
    });
    expect(created.scan?.tags).toEqual(['Night']);
    await client.createTag({ name: 'night' });
    const refused = { code: 'conflict', message: expect.stringContaining('each night') };
    await expect(client.changeTag('night', { name: 'day' })).rejects.toMatchObject(refused);
    await expect(client.removeTag('night')).rejects.toMatchObject(refused);
    await client.changeTag('night', { color: '#000000' });
    await client.removeSchedule(created.id);
    await client.removeTag('night');
  });

  test('can be given to a scan in progress', async () => {
    const { job } = await claimedScan(lab.context, '127.0.95.8', '1-2');
    expect(await client.addScanTags(job.uid, ['early'])).toEqual({ tags: ['early'] });
  });
});
