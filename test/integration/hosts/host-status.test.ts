import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { findHostsByAddress, listHostHistory } from '#store/hosts/host-views.js';
import { insertMissesOfRun } from '#store/hosts/missed-hosts.js';
import { pruneCoverageSlice, scanWithOldCoverage } from '#store/retention/prune.js';
import { recordBatch } from '#work/batches/record-batch.js';
import { changeHost } from '#work/hosts/edit-host.js';
import { computeStatuses } from '#work/hosts/host-status.js';
import { addNetwork, changeNetwork } from '#work/networks/networks.js';
import { purgeScan } from '#work/scans/delete-scan.js';
import { finishScan } from '#work/scans/end-scan.js';
import { timeAfter } from '../../support/database/time-after.ts';
import { DAY, HOUR, MINUTE_MS, minute, openStatusFixture } from '../../support/hosts/status-fixture.ts';
import { type RecordedRun, recordRun, statusHistoryOf } from '../../support/hosts/status-runs.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { batchOf } from '../../support/scans/stored-scan.ts';

const fixture = openStatusFixture();
const { address, run, lifecycle, host, statusChanges, events } = fixture;

describe('a host that disappears', () => {
  it('is up within its limit of misses, then down, then gone, and up again by any evidence, each change with its cause', async () => {
    await run(0, true);
    await run(60, false);
    await run(120, false);
    expect(await lifecycle()).toEqual({ status: 'up', misses: 2, flapping: false });
    const third = await run(180, false);
    expect(await lifecycle()).toEqual({ status: 'down', misses: 3, flapping: false });
    expect(await host()).toMatchObject({ statusSince: minute(180), statusScanUid: third.uid });
    await run(180 + 7 * DAY, false);
    expect(await lifecycle()).toMatchObject({ status: 'gone', misses: 4 });
    await run(180 + 8 * DAY, false);
    expect(await lifecycle()).toMatchObject({ status: 'gone', misses: 5 });
    await run(180 + 9 * DAY, true, { kind: 'ports' });
    expect(await lifecycle()).toEqual({ status: 'up', misses: 0, flapping: false });
    expect(await statusChanges()).toEqual(['null>up', 'up>down', 'down>gone', 'gone>up']);
    expect([await events('host.down'), await events('host.gone'), await events('host.up')]).toEqual([
      1, 1, 1,
    ]);
    expect(await events('host.timeout')).toBe(4);
    await expectComplete(fixture.db.store.read);
  });

  it('is not evaluated any more once it is gone, and is missed only by runs that could receive its last response', async () => {
    await run(0, true);
    for (const minutes of [60, 120, 180, 180 + 7 * DAY]) await run(minutes, false);
    expect(await lifecycle()).toMatchObject({ status: 'gone', misses: 4 });
    await run(180 + 8 * DAY, false, { missing: ['tcp IPv4'] });
    expect(await lifecycle()).toMatchObject({ status: 'gone', misses: 4 });
    const { jobId } = await run(180 + 9 * DAY, false);
    expect(await lifecycle()).toMatchObject({ status: 'gone', misses: 5 });
    const { id } = await host();
    await fixture.db.store.transaction(async (executor) => {
      await computeStatuses(executor, [{ hostId: id, from: minute(0) }]);
    });
    expect(await lifecycle()).toEqual({ status: 'gone', misses: 5, flapping: false });
    const touched = await fixture.db.store.transaction(async (executor) => {
      await sql`DELETE FROM scan_misses WHERE job_id = ${jobId}`.execute(executor);
      await sql`UPDATE hosts SET misses = 4, missed_at = ${minute(180 + 8 * DAY)} WHERE id = ${id}`.execute(
        executor,
      );
      return insertMissesOfRun(executor, jobId);
    });
    expect(touched).toEqual([]);
    expect(await lifecycle()).toMatchObject({ status: 'gone', misses: 5 });
    await expectComplete(fixture.db.store.read);
  });

  it('has the limit of its network, and first of all its own', async () => {
    const network = await addNetwork(fixture.context, {
      cidr: `198.18.${fixture.network}.0/24`,
      description: null,
      site: 'default',
      actor: 'test',
    });
    await changeNetwork(fixture.context, network.uid, { input: { downAfterMisses: 2 }, actor: 'test' });
    await run(0, true);
    await run(60, false);
    expect(await lifecycle()).toMatchObject({ status: 'up' });
    await run(120, false);
    expect(await lifecycle()).toMatchObject({ status: 'down' });
    await run(180, true);
    await changeHost(fixture.context, (await host()).uid, { input: { downAfterMisses: 1 }, actor: 'test' });
    await run(240, false);
    expect(await lifecycle()).toMatchObject({ status: 'down', misses: 1 });
    // A higher limit does not bring back a host that is down.
    await changeHost(fixture.context, (await host()).uid, { input: { downAfterMisses: 50 }, actor: 'test' });
    await run(300, false);
    expect(await lifecycle()).toMatchObject({ status: 'down', misses: 2 });
    await expectComplete(fixture.db.store.read);
  });
});

describe('what is no evidence of absence', () => {
  beforeEach(async () => {
    await run(0, true);
    await changeHost(fixture.context, (await host()).uid, { input: { downAfterMisses: 1 }, actor: 'test' });
  });

  it.each<[string, Partial<RecordedRun>]>([
    ['a run without any response', { answered: [] }],
    ['a partial run', { ending: 'partial' }],
    ['a failed run', { ending: 'failed' }],
    ['a run that has not ended', { ending: 'unfinished' }],
    ['a scan of ports only', { kind: 'ports' }],
    ['a run that only the machine itself answered', { ownAddresses: ['127.0.0.1'] }],
    ['a run that could not receive the last response of the host', { missing: ['tcp IPv4'] }],
  ])('%s', async (what, changes) => {
    const own = what.includes('machine itself') ? { ownAddresses: [address(1)] } : {};
    await run(60, false, { ...changes, ...own });
    expect(await lifecycle()).toEqual({ status: 'up', misses: 0, flapping: false });
    expect(await statusChanges()).toEqual(['null>up']);
  });

  it('a run that could not receive its last response to such a run, though a scan of ports saw it since', async () => {
    await run(2 * DAY, true, { kind: 'ports' });
    await run(4 * DAY, false, { missing: ['tcp IPv4'] });
    expect(await lifecycle()).toMatchObject({ status: 'up', misses: 0 });
    await run(5 * DAY, false);
    expect(await lifecycle()).toMatchObject({ status: 'down', misses: 1 });
    await expectComplete(fixture.db.store.read);
  });

  it('a run of this host alone, however often', async () => {
    for (const minutes of [60, 120, 180]) await run(minutes, false, { targets: address(2), answered: [] });
    expect(await lifecycle()).toMatchObject({ status: 'up', misses: 0 });
  });

  it('an answer from another network', async () => {
    const elsewhere = `198.19.${fixture.network}.1`;
    await run(60, false, {
      targets: `${address(2)}-${address(2)}`,
      answered: [elsewhere],
    });
    expect(await lifecycle()).toMatchObject({ status: 'up', misses: 0 });
  });

  it('a run that did not probe it, such as one whose targets it is excluded from', async () => {
    await run(60, false, { unresponsive: [] });
    expect(await lifecycle()).toMatchObject({ status: 'up', misses: 0 });
  });

  it('a run that misses it and sees it', async () => {
    await run(60, true, { unresponsive: [address(2)] });
    expect(await lifecycle()).toMatchObject({ status: 'up', misses: 0 });
  });

  it('the same run twice', async () => {
    await changeHost(fixture.context, (await host()).uid, { input: { downAfterMisses: 2 }, actor: 'test' });
    const { uid } = await run(60, false);
    expect(await finishScan(fixture.context, uid)).toBe(false);
    expect(await lifecycle()).toEqual({ status: 'up', misses: 1, flapping: false });
  });

  it('no response of a host that only scans of ports ever saw', async () => {
    const third = address(3);
    await recordRun(fixture.context, { targets: third, at: minute(10), answered: [third], kind: 'ports' });
    await run(60, true, { unresponsive: [third] });
    await run(120, true, { unresponsive: [third] });
    expect(await statusHistoryOf(fixture.context, third)).toMatchObject({ status: 'up', misses: 0 });
  });

  it('counts where none of that applies', async () => {
    await run(60, false);
    expect(await lifecycle()).toMatchObject({ status: 'down', misses: 1 });
  });
});

describe('a host that flaps', () => {
  it('is flapping, counts as up, and causes no events until it is stable', async () => {
    await run(0, true);
    await changeHost(fixture.context, (await host()).uid, { input: { downAfterMisses: 1 }, actor: 'test' });
    for (let hour = 1; hour <= 9; hour += 1) await run(hour * HOUR, hour % 2 === 0);
    expect(await lifecycle()).toMatchObject({ status: 'up', flapping: true });
    expect([await events('host.down'), await events('host.flapping')]).toEqual([2, 1]);
    await run(9 * HOUR + DAY, false);
    expect(await lifecycle()).toMatchObject({ status: 'down', flapping: false });
    await expectComplete(fixture.db.store.read);
  });
});

describe('evidence that arrives late', () => {
  it('keeps a host from having been down, and history still shows what was known then', async () => {
    await run(0, true);
    for (const minutes of [60, 120, 180]) await run(minutes, false);
    expect(await lifecycle()).toMatchObject({ status: 'down' });
    const recorded = await timeAfter();
    await run(150, true, { kind: 'ports' });
    expect(await lifecycle()).toEqual({ status: 'up', misses: 1, flapping: false });
    expect(await statusChanges()).toEqual(['null>up']);
    const statusOf = async (asOf: { recorded?: Date; observed?: Date }) =>
      (await findHostsByAddress(fixture.db.store.read, address(2), asOf))[0]?.status;
    expect(await statusOf({ recorded })).toBe('down');
    expect(await statusOf({ observed: minute(200) })).toBe('up');
    expect(await statusOf({ recorded, observed: minute(170) })).toBe('up');
    await expectComplete(fixture.db.store.read);
  });

  it('of an unknown host is compared with the runs that missed it since', async () => {
    const third = address(3);
    await run(60, true, { unresponsive: [third] });
    await run(120, true, { unresponsive: [third] });
    await run(180, true, { unresponsive: [third] });
    await recordRun(fixture.context, { targets: third, at: minute(30), answered: [third] });
    expect(await statusHistoryOf(fixture.context, third)).toEqual({
      status: 'down',
      misses: 3,
      flapping: false,
    });
    await expectComplete(fixture.db.store.read);
  });
});

/** Stores a scan that sees host 2 at its start and this many minutes later, and a run in between that misses it. */
async function storeBetween(minutes: number): Promise<void> {
  await run(0, true);
  await changeHost(fixture.context, (await host()).uid, { input: { downAfterMisses: 1 }, actor: 'test' });
  const place = await claimedScan(fixture.context, address(2), '1-2');
  const reported = { address: address(2), state: 'closed' } as const;
  const begin = batchOf([{ ...reported, port: 1, at: minute(60) }], 0);
  await recordBatch(fixture.context, { ...place, blockStartedAt: minute(60) }, begin);
  await run(65, false);
  const last = { ...place, seq: 1, blockStartedAt: minute(60), endsBlock: true };
  await recordBatch(fixture.context, last, batchOf([{ ...reported, port: 2, at: minute(60 + minutes) }], 1));
}

describe('a long scan', () => {
  it('sees a host all the while, where its observations are close together', async () => {
    await storeBetween(9);
    expect(await lifecycle()).toMatchObject({ status: 'up', misses: 0 });
    expect(await statusChanges()).toEqual(['null>up']);
  });

  it('sees it twice where they are not, and it may have been down', async () => {
    await storeBetween(30);
    expect(await lifecycle()).toMatchObject({ status: 'up', misses: 0 });
    expect(await statusChanges()).toEqual(['null>up', 'up>down', 'down>up']);
    await expectComplete(fixture.db.store.read);
  });
});

describe('concurrency', () => {
  it('loses nothing: a run that ends, scans that see the host, and a user who names it', async () => {
    await run(0, true);
    const { uid } = await host();
    await changeHost(fixture.context, uid, { input: { downAfterMisses: 1 }, actor: 'test' });
    const print = (customName: string) =>
      changeHost(fixture.context, uid, { input: { customName }, actor: 'test' });
    await Promise.all([run(60, false), run(90, true, { kind: 'ports' }), print('door'), run(30, false)]);
    expect(await lifecycle()).toEqual({ status: 'up', misses: 0, flapping: false });
    expect(await statusChanges()).toEqual(['null>up', 'up>down', 'down>up']);
    expect(await host()).toMatchObject({ customName: 'door', lastSeen: minute(90) });
    await expectComplete(fixture.db.store.read);
  });
});

describe('annotations', () => {
  it('cause no events for ignored or deleted hosts, whose status is still updated', async () => {
    await run(0, true);
    await changeHost(fixture.context, (await host()).uid, {
      input: { downAfterMisses: 1, ignored: true },
      actor: 'test',
    });
    await run(60, false);
    expect(await lifecycle()).toMatchObject({ status: 'down' });
    expect([await events('host.down'), await events('host.timeout')]).toEqual([0, 0]);
  });

  it('are in history with their author, and one value at a time', async () => {
    await run(0, true);
    const { id, uid } = await host();
    const print = (customName: string | null) =>
      changeHost(fixture.context, uid, { input: { customName }, actor: 'key:anna' });
    await print(' door ');
    await print('door');
    await print('gate');
    await print(null);
    const page = { limit: 10, offset: 0 };
    const reported = await listHostHistory(fixture.db.store.read, {
      hostId: id,
      page,
      facts: ['custom_name'],
    });
    expect(reported.map(({ oldValue, newValue, actor }) => [oldValue, newValue, actor])).toEqual([
      ['gate', null, 'key:anna'],
      ['door', 'gate', 'key:anna'],
      [null, 'door', 'key:anna'],
    ]);
    await expect(print('two\nlines')).rejects.toMatchObject({ code: 'invalid_request' });
    await expectComplete(fixture.db.store.read);
  });
});

describe('retention of coverage', () => {
  it('includes the hosts that a run probed for, and leaves their misses', async () => {
    await run(0, true);
    const { jobId } = await run(60, false);
    expect(await pruneCoverageSlice(fixture.db.store.read, jobId)).toBeGreaterThan(0);
    const { rows } = await sql<{ unresponsive: number; missed: number }>`
      SELECT (SELECT count(*) FROM scan_unresponsive_ranges WHERE job_id = ${jobId}) AS unresponsive,
        (SELECT count(*) FROM scan_misses WHERE job_id = ${jobId}) AS missed`.execute(fixture.db.store.read);
    expect(rows).toEqual([{ unresponsive: 0, missed: 1 }]);
    await expectComplete(fixture.db.store.read);
  });

  it('finds a run that covered nothing, because it received no response', async () => {
    const { jobId } = await run(0, false, { answered: [] });
    const later = new Date(Date.now() + DAY * MINUTE_MS);
    expect(await scanWithOldCoverage(fixture.db.store.read, later, jobId)).toBe(jobId);
    expect(await pruneCoverageSlice(fixture.db.store.read, jobId)).toBe(0);
    expect(await scanWithOldCoverage(fixture.db.store.read, later, jobId)).toBeUndefined();
    await expectComplete(fixture.db.store.read);
  });
});

describe('a purge', () => {
  it('of the scan that set a host to down leaves it down, until it is seen', async () => {
    await run(0, true);
    const runs = [];
    for (const minutes of [60, 120, 180]) runs.push(await run(minutes, false));
    await purgeScan(fixture.context, runs[2]?.uid ?? '', 'test');
    expect(await lifecycle()).toMatchObject({ status: 'down' });
    await run(240, false);
    expect(await lifecycle()).toMatchObject({ status: 'down' });
    await expectComplete(fixture.db.store.read);
    await run(300, true);
    expect(await statusChanges()).toEqual(['null>up', 'up>down without scan', 'down>up']);
    await expectComplete(fixture.db.store.read);
  });
});
