import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createWorker } from '#jobs/worker.js';
import type { Executor } from '#store/database/database.js';
import { storageError } from '#store/database/failure.js';
import { createLog } from '#telemetry/log.js';
import { startOsScan } from '#work/discovery/os-scan.js';
import { finishRestored } from '#work/retention/finish-restore.js';
import { runShard } from '#work/shards/run-shard.js';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { type DiscoveryLab, ofLast, openDiscoveryLab } from '../../support/scans/simulated-discovery.ts';

let fixture: DiscoveryLab;
beforeAll(async () => {
  fixture = await openDiscoveryLab({ nmap: 'privileged' });
  fixture.network.pings = ofLast(1, 2, 5);
});
afterAll(() => fixture.lab.close());

const never = new AbortController().signal;
/** Runs only the discovery to its end: its follow-up scan is not started yet. */
async function found(prefix: string) {
  return fixture.discovered([`${prefix}.0/29`], {
    detect_os: true,
    name: 'office',
    exclude: [`${prefix}.2`],
  });
}

describe('a discovery run with OS detection', () => {
  it('is followed by one nmap scan of the hosts found, which refers to the run', async () => {
    const run = await found('198.18.60');
    const { os_scan } = run;
    expect(os_scan).toEqual({ state: 'started', scan_id: expect.any(String) });
    const id = os_scan?.scan_id ?? '';
    expect(await fixture.client.scan(id)).toMatchObject({
      status: 'pending',
      name: 'Systems of office',
      found_by: run.id,
      scan_type: 'version',
      engine: 'nmap',
      os_detection: true,
      targets: ['198.18.60.1', '198.18.60.5'],
      rate: 'max',
    });
    await fixture.runEnqueued();
    expect((await fixture.client.scan(id)).status).toBe('completed');
    expect((await fixture.client.scanResults(id)).data.map(({ ip, os }) => [ip, os])).toEqual([
      ['198.18.60.1', { family: null, name: 'Linux of 198.18.60.1' }],
      ['198.18.60.5', { family: null, name: 'Linux of 198.18.60.5' }],
    ]);
    // The results of the discovery run are not changed.
    expect((await fixture.client.discoveryResults(run.id)).data.map(({ ip }) => ip)).toEqual([
      '198.18.60.1',
      '198.18.60.5',
    ]);
    await startOsScan(fixture.lab.context, run.id, never);
    expect(fixture.lab.enqueued).toEqual([]);
    await fixture.client.purgeScan(run.id);
    expect(await fixture.client.scan(id)).toMatchObject({ found_by: null, name: 'Systems of office' });
    await expectComplete(fixture.lab.db.store.read);
  });

  it('is followed by none where no host is found, and where it was stopped', async () => {
    const alone = await fixture.discovered(['198.18.61.6-198.18.61.7'], { detect_os: true });
    expect(alone.os_scan).toEqual({ state: 'no_hosts', scan_id: null });
    const request = { networks: ['198.18.62.0/29'], methods: ['ping' as const], detect_os: true };
    const { id } = await fixture.client.startDiscovery(request);
    fixture.lab.enqueued.splice(0);
    await fixture.client.stopScan(id);
    await startOsScan(fixture.lab.context, id, never);
    expect((await fixture.client.scan(id)).os_scan).toEqual({ state: 'requested', scan_id: null });
    expect(fixture.lab.enqueued).toEqual([]);
  });

  it('needs confirmation of the follow-up scan, where that is large', async () => {
    const request = { networks: ['198.18.0.0/19'], methods: ['ping' as const], detect_os: true };
    expect(await fixture.client.planDiscovery(request)).toMatchObject({ needs_confirmation: true });
    expect(await fixture.client.planDiscovery({ ...request, detect_os: false })).toMatchObject({
      needs_confirmation: false,
    });
    await expect(fixture.client.startDiscovery(request)).rejects.toMatchObject({
      code: 'confirmation_required',
      message: expect.stringMatching(/and up to 8,192,000 to tell the systems/),
    });
  });

  it('ends although its follow-up scan could not be started, which the next poll starts', async () => {
    const { id } = await fixture.client.startDiscovery({
      networks: ['198.18.67.0/29'],
      methods: ['ping'],
      rate: 'max',
      confirm_unscoped: true,
      detect_os: true,
    });
    const { context } = fixture.lab;
    const log = createLog('silent');
    const [warned, failed] = [vi.spyOn(log, 'warn'), vi.spyOn(log, 'error')];
    const prober = { ...context.prober, survey: () => Promise.reject(new Error('there is no survey')) };
    const run = { onClaimed: () => undefined, signal: never };
    for (const shardId of fixture.lab.enqueued.splice(0))
      await runShard({ ...context, log, prober }, shardId, run);
    expect(warned.mock.calls.map(([, message]) => message)).toEqual([
      'a scan for systems could not be started and will be later',
    ]);
    expect(failed).not.toHaveBeenCalled();
    expect(await fixture.client.scan(id)).toMatchObject({
      status: 'completed',
      os_scan: { state: 'requested' },
    });
    await startOsScan(context, id, never);
    expect(await followersOf(id)).toHaveLength(1);
    fixture.lab.enqueued.splice(0);
  });

  it('reports in its plan that it would be, and is not without the option', async () => {
    const networks = ['198.18.63.0/29'];
    expect(await fixture.client.planDiscovery({ networks, detect_os: true })).toMatchObject({
      detect_os: true,
    });
    expect(await fixture.client.planDiscovery({ networks })).toMatchObject({ detect_os: false });
    expect((await fixture.discovered(networks)).os_scan).toBeNull();
  });
});

/** The state left by a program that dies between the end of a discovery and the scan that was to follow. */
async function leftBehind(lab: DiscoveryLab, prefix: string): Promise<string> {
  const { id } = await lab.discovered([`${prefix}.0/29`]);
  await sql`UPDATE scan_jobs SET os_scan = 'requested' WHERE uid = ${id}`.execute(lab.lab.db.store.read);
  return id;
}

async function followersOf(id: string): Promise<readonly string[]> {
  const { data } = await fixture.client.scans({ page_size: 1_000 });
  return data.filter(({ found_by }) => found_by === id).map((scan) => scan.id);
}

describe('a pending OS detection whose program ended', () => {
  it('is started once, by any program', async () => {
    const id = await leftBehind(fixture, '198.18.64');
    const { context } = fixture.lab;
    await Promise.all([1, 2, 3].map(() => startOsScan(context, id, never)));
    const followers = await followersOf(id);
    expect(followers).toHaveLength(1);
    expect((await fixture.client.scan(id)).os_scan).toEqual({ state: 'started', scan_id: followers[0] });
    expect(fixture.lab.enqueued).toHaveLength(1);
    fixture.lab.enqueued.splice(0);
  });

  it('is started by the next worker', async () => {
    const id = await leftBehind(fixture, '198.18.65');
    const worker = createWorker(fixture.lab.context, {
      subscribe: () => () => undefined,
      close: () => Promise.resolve(),
    });
    try {
      worker.runMaintenance();
      await expect.poll(() => followersOf(id), { timeout: 30_000 }).toHaveLength(1);
    } finally {
      await worker.close();
    }
  });

  it('waits where storing fails for a transient reason', async () => {
    const id = await leftBehind(fixture, '198.18.68');
    const { context } = fixture.lab;
    const deadlock = new DatabaseError('deadlock detected', 0, 'error');
    deadlock.code = '40P01';
    const store = { ...context.store, transaction: () => Promise.reject(storageError(deadlock)) };
    await expect(startOsScan({ ...context, store }, id, never)).rejects.toThrow(/deadlock/);
    expect((await fixture.client.scan(id)).os_scan).toEqual({ state: 'requested', scan_id: null });
    await sql`UPDATE hosts SET ignored = true WHERE ip_address = '198.18.68.5'`.execute(
      fixture.lab.db.store.read,
    );
    await startOsScan(context, id, never);
    const [follower] = await followersOf(id);
    expect((await fixture.client.scan(follower ?? '')).targets).toEqual(['198.18.68.1-198.18.68.2']);
    fixture.lab.enqueued.splice(0);
  });

  it('is dropped when the discovery is deleted, also when that is undone', async () => {
    const id = await leftBehind(fixture, '198.18.69');
    const { context } = fixture.lab;
    // A program that is about to start it read it before the deletion, and starts the scan after that.
    const store = {
      ...context.store,
      async transaction<Result>(work: (executor: Executor) => Promise<Result>) {
        await fixture.client.deleteScan(id);
        return context.store.transaction(work);
      },
    };
    await startOsScan({ ...context, store }, id, never);
    await fixture.client.restoreScan(id);
    await startOsScan(context, id, never);
    expect(await followersOf(id)).toEqual([]);
    expect(await fixture.client.scan(id)).toMatchObject({
      os_scan: { state: 'refused', scan_id: null },
      engine_note: expect.stringMatching(/deleted/),
    });
  });

  it('is not started by a restore, which probes nothing by itself', async () => {
    const id = await leftBehind(fixture, '198.18.66');
    const { context, db } = fixture.lab;
    await db.store.transaction((executor) => finishRestored(context, executor, { revokeKeys: false }));
    await startOsScan(context, id, never);
    expect(await fixture.client.scan(id)).toMatchObject({
      os_scan: { state: 'refused', scan_id: null },
      engine_note: expect.stringMatching(/restored/),
    });
    expect(await followersOf(id)).toEqual([]);
  });
});

describe('where operating systems cannot be detected', () => {
  it.each([
    [undefined, 'engine_unavailable'],
    ['unprivileged', 'privilege_missing'],
  ] as const)('with an nmap that is %s, the discovery is refused at once', async (nmap, code) => {
    const other = await openDiscoveryLab(nmap === undefined ? {} : { nmap });
    try {
      const networks = ['198.18.67.0/29'];
      for (const probe of [other.client.startDiscovery, other.client.planDiscovery])
        await expect(probe({ networks, methods: ['ping'], detect_os: true })).rejects.toMatchObject({
          code,
          hint: expect.stringMatching(/\w/),
        });
      expect((await other.client.discoveries()).data).toEqual([]);
      // The capability disappeared meanwhile: the run reports that, and keeps what it found.
      other.network.pings = ofLast(1);
      const id = await leftBehind(other, '198.18.67');
      await startOsScan(other.lab.context, id, never);
      expect(await other.client.scan(id)).toMatchObject({
        status: 'completed',
        os_scan: { state: 'refused', scan_id: null },
        engine_note: expect.stringMatching(/^The operating systems of the hosts found were not detected: /),
        hosts_up: 1,
      });
    } finally {
      await other.lab.close();
    }
  });
});
