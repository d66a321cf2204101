import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ScheduleRequest, ScheduleRun } from '#contract/schedules/schedule.js';
import { createScheduler } from '#jobs/scheduler.js';
import { openSmartLab, type SmartLab } from '../../support/api/smart-scan-lab.ts';

/** Settings of a schedule take effect in each of its runs: set over HTTP, checked by the scans that are started. */
let lab: SmartLab;
beforeAll(async () => {
  lab = await openSmartLab();
});
beforeEach(async () => {
  await lab.forgetAll();
  for (const { id } of (await lab.client.schedules()).data) await lab.client.removeSchedule(id);
});
afterAll(() => lab.close());

const smart = (task: Extract<ScheduleRequest, { kind: 'smart_scan' }>['task'], site?: string) =>
  lab.client.createSchedule({ kind: 'smart_scan', name: 'learn', cron: '0 3 1 1 *', site, task });

/** Triggers a run, lets a scheduler execute it, and ends its scans, as another run would wait for them. */
async function run(name: string): Promise<ScheduleRun | undefined> {
  const scheduler = createScheduler(lab.context, {
    tools: {
      verifyRuns: { join: () => Promise.reject(new Error('unexpected call of verify')) },
      applyRetention: () => Promise.resolve(),
    },
  });
  const { run: id } = await lab.client.runSchedule(name);
  const find = async () => (await lab.client.scheduleRuns(name)).data.find((one) => one.id === id);
  await scheduler.poll(new AbortController().signal);
  await expect.poll(async () => (await find())?.state).not.toBe('pending');
  await expect
    .poll(async () => {
      const { state, scans = [] } = (await find()) ?? {};
      return state === 'running' && scans.length === 0;
    })
    .toBe(false);
  const done = await find();
  for (const scan of done?.scans ?? []) await lab.client.stopScan(scan.id);
  // The scheduler finds them ended.
  await scheduler.poll(new AbortController().signal);
  await scheduler.close();
  return done;
}

/** Hosts that smart scan tried, by the last byte of their addresses. */
const tried = async () =>
  (await lab.attempts()).map(({ address, stage }) => `${address.split('.').at(-1)} ${stage}`).toSorted();

describe('a scheduled smart scan', () => {
  const ports = [{ port: 22 }];

  it('is for the specified hosts, stage and number', async () => {
    await lab.storeHost({ address: '127.88.0.1', ports });
    await lab.storeHost({ address: '127.88.0.2', ports });
    await lab.storeHost({ address: '127.88.0.3', ports, os: 'Linux' });
    await lab.storeHost({ address: '127.88.0.4', ports, name: 'web.example', os: 'Linux' });
    await lab.storeHost({ address: '127.88.1.5', ports });
    const task = { stage: 'os_detection', network_cidr: '127.88.0.0/24', threshold: 60, limit: 1 } as const;
    const created = await smart(task);
    expect(created).toMatchObject({
      site: null,
      scan: null,
      smart_scan: { ...task, max_staleness_hours: 720 },
    });
    expect(await run('learn')).toMatchObject({ state: 'completed', scans: [{}] });
    const [first = ''] = await tried();
    expect(['1 os_detection', '2 os_detection']).toContain(first);
    await run('learn');
    expect(await tried()).toEqual(['1 os_detection', '2 os_detection']);
    await run('learn');
    expect(await tried()).toHaveLength(2);

    // A changed setting takes effect in the next run.
    await lab.client.changeSchedule('learn', {
      smart_scan: { filter: 'os:linux and name:web*', os_family: 'linux', limit: 5 },
    });
    await run('learn');
    expect(await tried()).toEqual(['1 os_detection', '2 os_detection', '4 service_scan']);
  });

  it('is for the hosts of the specified site, and scans those again that are stale for it', async () => {
    const branch = await lab.client.createSite({ name: 'branch' });
    const all = { os: 'Linux', name: 'web.example', ports: [{ port: 22, service: { name: 'ssh' } }] };
    await lab.storeHost({ address: '127.88.0.1', ...all, daysAgo: 3, site: 'branch' });
    await lab.storeHost({ address: '127.88.0.2', ...all, daysAgo: 3 });
    const created = await smart({ max_staleness_hours: 96 }, 'branch');
    expect(created.site).toBe('branch');
    await run('learn');
    expect(await tried()).toEqual([]);
    await lab.client.changeSchedule('learn', { smart_scan: { max_staleness_hours: 48 } });
    await run('learn');
    expect(await tried()).toEqual(['1 refresh']);
    await expect(lab.client.removeSite(branch.id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('queries the specified resolver for names, and scans sites without a scope where that was confirmed', async () => {
    await lab.storeHost({
      address: '198.18.88.1',
      os: 'Linux',
      ports: [{ port: 80, service: { name: 'http' } }],
    });
    await smart({ resolver: '127.0.0.53' });
    await run('learn');
    expect(await tried()).toEqual([]);
    await lab.client.changeSchedule('learn', {
      smart_scan: { resolver: '127.0.0.53', confirm_unscoped: true },
    });
    const [scan] = (await run('learn'))?.scans ?? [];
    expect(await tried()).toEqual(['1 identity']);
    expect(await lab.client.scan(scan?.id ?? '')).toMatchObject({ resolver: '127.0.0.53' });
  });

  it('is refused at once for settings that no run could use', async () => {
    await expect(smart({ filter: 'port:http:' })).rejects.toMatchObject({ code: 'invalid_filter' });
    await expect(smart({ network_cidr: 'office' })).rejects.toMatchObject({ code: 'invalid_target' });
    await expect(smart({ resolver: 'dns.example' })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(smart({ limit: 501 })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(smart({}, 'nowhere')).rejects.toMatchObject({ code: 'not_found' });
    await lab.client.createTag({ name: 'printer' });
    await expect(smart({ filter: 'tag:printr' })).rejects.toMatchObject({
      code: 'filter_names_nothing',
      message: expect.stringContaining('there is no tag called "printr"'),
    });
    expect((await lab.client.schedules()).data).toEqual([]);
    await smart({ filter: 'tag:printer' });
    await expect(
      lab.client.changeSchedule('learn', { smart_scan: { filter: 'tag:printr' } }),
    ).rejects.toMatchObject({ code: 'filter_names_nothing' });
  });

  it('prevents changes and removal of the names in its filter', async () => {
    const { client } = lab;
    const named = 'tag:color and group:shelf and owner:ops and network:lab and field.rack:1';
    await client.createTag({ name: 'color' });
    await client.createGroup({ name: 'shelf' });
    await client.createOwner({ name: 'ops' });
    await client.createField({ name: 'rack', type: 'text' });
    const network = await client.createNetwork({ cidr: '127.90.0.0/24', name: 'lab' });
    const site = await client.createSite({ name: 'elsewhere' });
    await smart({ filter: `${named} and site:elsewhere` });
    const acts = () => [
      client.changeTag('color', { name: 'paint' }),
      client.removeTag('color'),
      client.changeGroup('shelf', { name: 'rack' }),
      client.removeGroup('shelf'),
      client.changeOwner('ops', { name: 'operations' }),
      client.removeOwner('ops'),
      client.removeField('rack'),
      client.changeNetwork(network.id, { name: 'laboratory' }),
      client.removeNetwork(network.id),
      client.changeSite(site.id, { name: 'nowhere' }),
      client.removeSite(site.id),
    ];
    for (const act of await Promise.allSettled(acts()))
      expect(act).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'conflict',
          message: expect.stringMatching(/: the schedule "learn" names it in its filter\.$/),
        },
      });
    await client.removeSchedule('learn');
    for (const remove of [
      () => client.removeTag('color'),
      () => client.removeGroup('shelf'),
      () => client.removeOwner('ops'),
      () => client.removeField('rack'),
      () => client.removeNetwork(network.id),
      () => client.removeSite(site.id),
    ])
      await remove();
  });

  it('reads a stored filter with a time that lacks a time zone, and accepts no new one', async () => {
    await lab.storeHost({ address: '127.88.0.1', ports });
    const zoneless = { filter: 'last_seen>=2020-01-01T07:30' };
    await expect(smart(zoneless)).rejects.toMatchObject({
      code: 'invalid_filter',
      facts: { column: 12 },
      hint: expect.stringContaining('2020-01-01T07:30Z'),
    });
    await smart({});
    await sql`UPDATE schedules SET task = task || ${JSON.stringify(zoneless)}::jsonb`.execute(
      lab.db.store.read,
    );
    expect(await run('learn')).toMatchObject({ state: 'completed' });
    expect(await tried()).toEqual(['1 service_scan']);
    await lab.client.createTag({ name: 'brief' });
    await lab.client.removeTag('brief');
    await lab.client.changeSchedule('learn', { description: 'as before' });
    await expect(lab.client.changeSchedule('learn', { smart_scan: zoneless })).rejects.toMatchObject({
      code: 'invalid_filter',
    });
  });

  it('fails where its filter names something that was removed', async () => {
    await lab.client.createTag({ name: 'brief' });
    await smart({ filter: 'tag:brief' });
    // As it could be stored before there was a check.
    await sql`DELETE FROM tags WHERE name = 'brief'`.execute(lab.db.store.read);
    expect(await run('learn')).toMatchObject({ state: 'failed', error: { code: 'filter_names_nothing' } });
  });
});

/** The targets of the scan that its next run starts. */
const probed = async (name: string) => {
  const [scan] = (await run(name))?.scans ?? [];
  return (await lab.client.scan(scan?.id ?? '')).targets.toSorted();
};

describe('a schedule of every stored network', () => {
  const complete = { cron: '0 3 1 1 *', task: { configured_networks: true, confirm_unscoped: true } };

  it('uses the networks that are enabled when a run begins, and fails where there is none', async () => {
    await expect(lab.client.createSchedule({ kind: 'scan', name: 'all', ...complete })).rejects.toMatchObject(
      {
        code: 'target_empty',
      },
    );
    for (const kind of ['scan', 'discovery'] as const)
      await expect(
        lab.client.createSchedule({ kind, name: 'all', site: 'typo', ...complete }),
      ).rejects.toMatchObject({
        code: 'not_found',
        hint: expect.stringContaining('default'),
      });
    const first = await lab.client.createNetwork({ cidr: '127.89.0.0/30', name: 'first' });
    await lab.client.createSchedule({ kind: 'scan', name: 'all', ...complete });
    await lab.client.createSchedule({ kind: 'discovery', name: 'look', ...complete });
    for (const name of ['all', 'look']) expect(await probed(name)).toEqual(['network:first']);
    const second = await lab.client.createNetwork({ cidr: '127.89.1.0/30', name: 'second' });
    for (const name of ['all', 'look'])
      expect(await probed(name)).toEqual(['network:first', 'network:second']);
    for (const { id } of [first, second]) await lab.client.changeNetwork(id, { enabled: false });
    expect(await run('look')).toMatchObject({ state: 'failed', error: { code: 'target_empty' } });
    for (const { id } of [first, second]) await lab.client.removeNetwork(id);
  });

  it('has either targets or all stored networks, and exactly one of both', async () => {
    const both = { ...complete.task, targets: ['127.89.0.1'] };
    for (const task of [both, { confirm_unscoped: true }])
      await expect(
        lab.client.createSchedule({ kind: 'scan', name: 'odd', cron: '0 3 1 1 *', task }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('the scan settings of a schedule', () => {
  it('are returned, so that a change of one keeps the others', async () => {
    const targetInput = { targets: ['127.89.0.1'], exclude: ['127.89.0.2'], confirm_unscoped: true };
    const nmap = { scan_type: 'version', timing: 'polite', version_intensity: 3 } as const;
    const connect = { scan_type: 'connect', timeout_ms: 300, concurrency: 7, enrich: [] } satisfies object;
    for (const settings of [
      { ...nmap, ports: '22', rate: 10, per_host_rate: 5, scripts: 'none', os_detection: false } as const,
      { ...connect, scan_type: 'connect', retries: 2, live_hosts: false } as const,
    ]) {
      const task = { ...targetInput, ...settings };
      const created = await lab.client.createSchedule({
        kind: 'scan',
        name: 'reported',
        cron: '0 3 1 1 *',
        task,
      });
      expect(created.scan).toMatchObject(task);
      await lab.client.removeSchedule(created.id);
    }
  });

  it('passes OS detection to a discovery run', async () => {
    const task = { networks: ['127.89.0.1'], detect_os: true };
    const discovery = { kind: 'discovery', name: 'look', cron: '0 3 1 1 *', task } as const;
    lab.have.raw = false;
    await expect(lab.client.createSchedule(discovery)).rejects.toMatchObject({ code: 'privilege_missing' });
    lab.have.raw = true;
    const created = await lab.client.createSchedule(discovery);
    expect(created.discovery).toMatchObject({ detect_os: true });
    const [pollOnce] = (await run('look'))?.scans ?? [];
    expect((await lab.client.scan(pollOnce?.id ?? '')).os_scan).toMatchObject({ state: 'requested' });
  });
});
