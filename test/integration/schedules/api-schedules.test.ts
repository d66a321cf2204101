import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import type { ScheduleChange, ScheduleRequest } from '#contract/schedules/schedule.js';
import { createScheduler } from '#jobs/scheduler.js';
import { serverNow } from '#store/database/server-clock.js';
import { verifyData } from '#work/health/verify-data.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';

let lab: ApiLab;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
});
afterAll(() => lab.close());

const scan = (changes: object = {}): ScheduleRequest => ({
  kind: 'scan',
  name: 'nightly',
  cron: '0 3 * * *',
  timezone: 'Europe/Berlin',
  task: { targets: ['127.0.61.1'], ports: '1', confirm_unscoped: true },
  ...changes,
});

/** Polls a scheduler once, an hour and a day from now. */
async function runTomorrow(): Promise<void> {
  const signal = new AbortController().signal;
  const scheduler = createScheduler(lab.context, {
    tools: {
      verifyRuns: { join: () => Promise.reject(new Error('unexpected call of verify')) },
      applyRetention: () => Promise.resolve(),
    },
    now: async (executor) => (await serverNow(executor)) + 25 * 3_600_000,
  });
  await scheduler.poll(signal);
  await expect
    .poll(async () => (await client.scheduleRuns('tidy')).data.map(({ state }) => state))
    .toEqual(['completed']);
  await scheduler.close();
}

describe('schedules', () => {
  test('are stored with their task, changed, paused, and removed, by name and by id', async () => {
    const created = await client.createSchedule(scan());
    expect(created).toMatchObject({
      name: 'nightly',
      kind: 'scan',
      site: 'default',
      timezone: 'Europe/Berlin',
      scan: { targets: ['127.0.61.1'], ports: '1', profile: null },
      discovery: null,
      enabled: true,
      jitter_seconds: 0,
      catch_up: 'latest',
      overlap: 'skip',
      max_failures: 5,
      retries: 0,
      retry_delay_seconds: 300,
      failures: 0,
      last_run: null,
    });
    expect(await client.schedule('NIGHTLY')).toEqual(created);
    const changed = await client.changeSchedule('nightly', {
      name: 'mornings',
      cron: '0 6 * * *',
      jitter_seconds: 600,
      max_failures: null,
      scan: {
        targets: ['127.0.61.2'],
        profile: 'quick',
        ports: '2',
        live_hosts: false,
        confirm_unscoped: true,
      },
      revision: created.revision,
    });
    expect(changed).toMatchObject({
      id: created.id,
      name: 'mornings',
      cron: '0 6 * * *',
      timezone: 'Europe/Berlin',
      jitter_seconds: 600,
      max_failures: null,
      scan: { targets: ['127.0.61.2'], profile: 'quick', ports: '2', live_hosts: false },
    });
    expect(changed.next_due_at).not.toBe(created.next_due_at);
    expect(await client.disableSchedule(created.id)).toMatchObject({ enabled: false, next_due_at: null });
    expect(await client.enableSchedule(created.id)).toMatchObject({ next_due_at: changed.next_due_at });
    await expect(client.createSchedule(scan({ name: 'Mornings' }))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await client.schedules({ kind: 'scan' })).data.map(({ id }) => id)).toEqual([created.id]);
    expect((await client.schedules({ enabled: 'false' })).data).toEqual([]);
    await client.removeSchedule('mornings');
    await expect(client.schedule(created.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('of every kind are run, and list their runs and their scans', async () => {
    await client.createSchedule(scan({ name: 'scans' }));
    await client.createSchedule({ kind: 'retention', name: 'tidy', cron: '0 * * * *' });
    const verify = await client.createSchedule({
      kind: 'verify',
      name: 'check',
      cron: '0 * * * *',
      enabled: false,
    });
    expect(verify).toMatchObject({ kind: 'verify', site: null, max_failures: null });
    await runTomorrow();
    const [run] = (await client.scheduleRuns('scans')).data;
    expect(run).toMatchObject({ state: 'running', scans: [{ status: 'pending', kind: 'ports' }] });
    const started = await client.scan(run?.scans[0]?.id ?? '');
    expect(started.schedule).toEqual({ id: (await client.schedule('scans')).id, name: 'scans' });
    expect((await client.scheduleRuns('tidy')).data).toMatchObject([{ state: 'completed', scans: [] }]);
    expect(await client.schedule('tidy')).toMatchObject({ last_run: { state: 'completed' } });
    expect((await client.scheduleRuns('check')).data).toEqual([]);
    expect((await client.scheduleRuns('tidy', { state: 'failed' })).data).toEqual([]);
    const { checks } = await verifyData(lab.context, new AbortController().signal);
    expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
  });

  test('can be triggered, and the run is there at once', async () => {
    const created = await client.createSchedule({
      kind: 'retention',
      name: 'probed',
      cron: '0 0 1 1 *',
      enabled: false,
    });
    const { run, schedule } = await client.runSchedule('probed');
    expect(schedule).toBe(created.id);
    expect((await client.scheduleRuns('probed')).data).toMatchObject([
      { id: run, state: 'pending', cause: 'manual', requested_by: expect.stringContaining(':') },
    ]);
  });

  test('prevent removal of their profile and their site', async () => {
    await client.createProfile({ name: 'kept', ports: '1' });
    await client.createSite({ name: 'branch' });
    const task = { targets: ['127.0.61.3'], profile: 'kept', confirm_unscoped: true };
    await client.createSchedule(scan({ name: 'by profile', site: 'branch', task }));
    await expect(client.removeProfile('kept')).rejects.toMatchObject({ code: 'conflict' });
    await expect(client.removeSite('branch')).rejects.toMatchObject({ code: 'conflict' });
    expect(await client.site('branch')).toMatchObject({ schedules: 1 });
    await client.changeProfile('kept', { name: 'renamed' });
    expect((await client.schedule('by profile')).scan?.profile).toBe('renamed');
    await client.removeSchedule('by profile');
    await client.removeProfile('renamed');
    await client.removeSite('branch');
  });

  test('are refused where their first run would be, and need confirmation where it would', async () => {
    await client.createSite({ name: 'unscoped' });
    const task = { targets: ['198.18.0.1'], ports: '1' };
    await expect(
      client.createSchedule(scan({ name: 'unconfirmed', site: 'unscoped', task })),
    ).rejects.toMatchObject({
      code: 'confirmation_required',
      facts: { confirm: 'confirm_unscoped' },
    });
    const large = { targets: ['127.64.0.0/12'], ports: '1-65535' };
    await expect(client.createSchedule(scan({ name: 'large', task: large }))).rejects.toMatchObject({
      code: 'confirmation_required',
      facts: { confirm: 'confirm_large' },
    });
    expect(
      (await client.schedules()).data.some(({ name }) => name === 'unconfirmed' || name === 'large'),
    ).toBe(false);
  });

  test.each([
    ['a cron of four fields', { cron: '0 3 * *' }, 'invalid_request', 'cron'],
    ['a cron that is never due', { cron: '0 0 30 2 *' }, 'invalid_request', 'cron'],
    ['a nickname', { cron: '@daily' }, 'invalid_request', 'cron'],
    ['an unknown time zone', { timezone: 'Europe/Atlantis' }, 'invalid_request', 'timezone'],
    ['an offset for a zone', { timezone: '+02:00' }, 'invalid_request', 'timezone'],
    ['jitter of more than a day', { jitter_seconds: 86_401 }, 'invalid_request', 'jitter_seconds'],
    [
      'jitter beyond the next time',
      { cron: '* * * * *', jitter_seconds: 61 },
      'invalid_request',
      'jitter_seconds',
    ],
    ['half a second of jitter', { jitter_seconds: 0.5 }, 'invalid_request', 'jitter_seconds'],
    ['a negative delay', { retry_delay_seconds: -1 }, 'invalid_request', 'retry_delay_seconds'],
    ['eleven retries', { retries: 11 }, 'invalid_request', 'retries'],
    ['no failure at all', { max_failures: 0 }, 'invalid_request', 'max_failures'],
    ['an unknown value', { overlap: 'both' }, 'invalid_request', 'overlap'],
    ['another one', { catch_up: 'some' }, 'invalid_request', 'catch_up'],
    ['an unknown kind', { kind: 'dream' }, 'invalid_request', 'kind'],
    ['a name that is none', { name: 'a,b' }, 'invalid_request', 'name'],
    ['an unknown field', { cronn: '0 3 * * *' }, 'invalid_request', undefined],
    ['no targets', { task: { targets: [] } }, 'invalid_request', undefined],
    ['what is no target', { task: { targets: ['127.0.0.1/33'] } }, 'invalid_target', undefined],
    ['a target that is refused', { task: { targets: ['224.0.0.1'] } }, 'target_refused', undefined],
    ['what are no ports', { task: { targets: ['127.0.0.1'], ports: '1-x' } }, 'invalid_ports', undefined],
    ['an unknown profile', { task: { targets: ['127.0.0.1'], profile: 'gone' } }, 'not_found', undefined],
    ['an unknown site', { site: 'gone' }, 'not_found', undefined],
  ])('%s is refused as it is by a scan', async (_case, changes, code, at) => {
    const { status, body } = await lab.requestAsUser({
      method: 'POST',
      url: ROUTES.schedules,
      body: { ...scan({ name: 'refused' }), ...changes },
    });
    expect(body).toMatchObject({ error: code });
    expect(status).toBe(code === 'not_found' ? 404 : 400);
    if (at !== undefined) expect(body).toMatchObject({ at });
    expect((await client.schedules({ page_size: 1_000 })).data.some(({ name }) => name === 'refused')).toBe(
      false,
    );
  });

  test('a change is refused in the same way, and no part of it is stored', async () => {
    const created = await client.createSchedule(scan({ name: 'steady' }));
    const refused: readonly (readonly [ScheduleChange, string])[] = [
      [{ description: 'x', cron: 'no' }, 'invalid_request'],
      [{ description: 'x', timezone: 'no' }, 'invalid_request'],
      [{ description: 'x', discovery: { networks: ['127.0.0.1'] } }, 'invalid_request'],
      [{ description: 'x', scan: { targets: ['127.0.0.1'], profile: 'gone' } }, 'not_found'],
      [{ description: 'x', revision: created.revision + 1 }, 'conflict'],
    ];
    for (const [body, code] of refused)
      await expect(client.changeSchedule('steady', body), JSON.stringify(body)).rejects.toMatchObject({
        code,
      });
    expect(await client.schedule('steady')).toEqual(created);
  });
});

describe('what is due next', () => {
  test('is shown for a cron expression that is not stored, in its time zone', async () => {
    const { dues, timezone } = await client.previewSchedule({
      cron: '30 2 * * *',
      timezone: 'Asia/Kolkata',
      count: 3,
    });
    expect(timezone).toBe('Asia/Kolkata');
    expect(dues.map(({ local }) => local.slice(11))).toEqual(Array(3).fill('02:30 UTC+05:30'));
    expect(dues.every(({ at }) => at.endsWith('T21:00:00.000Z'))).toBe(true);
    await expect(client.previewSchedule({ cron: '0 0 0 * *' })).rejects.toMatchObject({
      code: 'invalid_request',
      at: 'cron',
    });
  });

  test('is shown for a stored schedule, and for a paused one as if it were not', async () => {
    const created = await client.createSchedule({
      kind: 'verify',
      name: 'due',
      cron: '0 5 * * sun',
      timezone: 'UTC',
    });
    const next = await client.scheduleDues('due', 2);
    expect(next).toMatchObject({ enabled: true, dues: [{ at: created.next_due_at }, {}] });
    await client.disableSchedule('due');
    expect(await client.scheduleDues('due', 2)).toMatchObject({ enabled: false, dues: next.dues });
  });
});
