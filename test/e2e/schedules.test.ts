import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScheduleRun } from '#contract/schedules/schedule.js';
import { rareCron } from '../support/schedules/rare-cron.ts';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

const RARELY = rareCron(new Date());

describe.skipIf(!hasChromium)('the page of schedules, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
  });
  afterAll(() => lab?.close());

  const run = (...texts: readonly string[]) => lab.server.run(...texts);
  const reported = async (name: string) =>
    JSON.parse((await run('schedules', 'show', name, '--json')).stdout);
  const rowOf = (name: string) =>
    page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });

  it('shows the next times of the cron expression as it is typed, and what is wrong with it', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Schedules' }).click();
    await page.getByRole('heading', { name: 'Schedules', level: 1 }).waitFor();
    await page.getByText('Nothing is done by itself yet.').waitFor();
    const preview = page.getByRole('region', { name: 'Next times' });
    await page.getByLabel('Time zone', { exact: true }).fill('Asia/Kolkata');
    await page.getByLabel('Cron', { exact: true }).fill('30 2 * * *');
    await preview.getByText('02:30 UTC+05:30').nth(4).waitFor();
    await page.getByLabel('Cron', { exact: true }).fill('30 2 * *');
    await preview.getByText('is no time of cron').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('stores a schedule, runs it now, and links its run to its scan', async () => {
    await page.getByLabel('Name', { exact: true }).fill('nightly');
    await page.getByLabel('Targets', { exact: true }).fill('127.0.62.1');
    await page.getByLabel('Ports', { exact: true }).fill('1');
    await page.getByLabel('Cron', { exact: true }).fill(RARELY);
    await page.getByLabel('Time zone', { exact: true }).fill('Europe/Berlin');
    await page.getByRole('button', { name: 'Save schedule' }).click();
    await rowOf('nightly').getByText('enabled', { exact: true }).waitFor();
    await rowOf('nightly')
      .getByText(/^in \d+ d$/)
      .waitFor();
    await rowOf('nightly').getByRole('button', { name: 'Run now' }).click();
    await rowOf('nightly').getByText('Runs', { exact: true }).click();
    const runs = page.getByRole('list', { name: 'Runs of nightly' });
    await runs.getByText('completed').waitFor({ timeout: 60_000 });
    await runs.getByText(/requested by/).waitFor();
    await runs.getByRole('link', { name: 'its scan' }).click();
    await page.getByText('Schedule', { exact: true }).waitFor();
    await page.goBack();
    expect(lab.complaints).toEqual([]);
  });

  it('shows what each schedule does, and its site where that is not the default one', async () => {
    expect((await run('sites', 'add', 'branch')).code).toBe(0);
    expect((await run('networks', 'add', '127.0.63.0/24', '--name', 'office')).code).toBe(0);
    const when = ['--disabled', '--cron', '0 2 * * *'];
    for (const texts of [
      ['add-smart-scan', 'learn', '--site', 'branch'],
      ['add-verify', 'check'],
      ['add-scan', 'ports', '--configured-networks', '-p', '1', '--yes'],
      ['add-discovery', 'discovery', '--configured-networks', '--yes'],
    ])
      expect((await run('schedules', ...texts, ...when)).code).toBe(0);
    await rowOf('learn')
      .getByText('Finds out what is not known of hosts at branch', { exact: true })
      .waitFor();
    await rowOf('check').getByText('Checks what is stored', { exact: true }).waitFor();
    await rowOf('ports').getByText('Scans every enabled network', { exact: true }).waitFor();
    await rowOf('discovery').getByText('Looks for hosts in every enabled network', { exact: true }).waitFor();
    for (const name of ['learn', 'check', 'ports', 'discovery'])
      expect((await run('schedules', 'remove', name)).code).toBe(0);
    expect((await run('networks', 'remove', 'office')).code).toBe(0);
  });

  it('stores the scope of a smart scan, shows it again, and changes it', async () => {
    const field = (label: string) => page.getByLabel(label, { exact: true });
    expect((await run('tags', 'add', 'printer')).code).toBe(0);
    await field('Name').fill('learn');
    await field('Cron').fill(RARELY);
    await field('What').selectOption('find out what is not known of hosts');
    await field('Site').selectOption('branch');
    await field('Stage').selectOption('Name services');
    await field('Network').fill('198.18.0.0/24');
    await field('System').fill('linux');
    await field('Filter').fill('tag:printr or');
    await page.getByText('How much it learns').click();
    await field('Hosts at most').fill('501');
    await page.getByText('A whole number from 1 to 500.').waitFor();
    await field('Hosts at most').fill('20');
    expect(await page.getByRole('button', { name: 'Save schedule' }).isDisabled()).toBe(true);
    await field('Filter').fill('tag:printr');
    await field('Score below').fill('60');
    await field('Stale after, hours').fill('48');
    await field('Resolver').fill('127.0.0.53');
    await page.getByLabel('Start large scans too').check();
    await page.getByRole('button', { name: 'Save schedule' }).click();
    await page.getByText('there is no tag called "printr"').waitFor();
    await field('Filter').fill('tag:printer');
    await page.getByRole('button', { name: 'Save schedule' }).click();
    await rowOf('learn').getByText('enabled', { exact: true }).waitFor();
    const rules = { limit: 20, threshold: 60, max_staleness_hours: 48, resolver: '127.0.0.53' };
    const confirmed = { confirm_large: true, confirm_unscoped: true };
    expect(await reported('learn')).toMatchObject({
      site: 'branch',
      smart_scan: {
        stage: 'service_scan',
        network_cidr: '198.18.0.0/24',
        os_family: 'linux',
        filter: 'tag:printer',
        ...rules,
        ...confirmed,
      },
    });

    await rowOf('learn').getByRole('button', { name: 'Edit learn' }).click();
    expect(await field('Site').inputValue()).toBe('branch');
    expect(await field('Site').isDisabled()).toBe(true);
    for (const [label, value] of [
      ['Stage', 'service_scan'],
      ['Network', '198.18.0.0/24'],
      ['System', 'linux'],
      ['Filter', 'tag:printer'],
      ['Hosts at most', '20'],
      ['Score below', '60'],
      ['Stale after, hours', '48'],
      ['Resolver', '127.0.0.53'],
    ] as const)
      expect(await field(label).inputValue()).toBe(value);
    await field('Filter').fill('');
    await field('Stage').selectOption('');
    await field('Hosts at most').fill('7');
    await page.getByRole('button', { name: 'Save schedule' }).click();
    await page.getByRole('heading', { name: 'New schedule' }).waitFor();
    const { smart_scan: after } = await reported('learn');
    expect(after).toEqual({
      network_cidr: '198.18.0.0/24',
      os_family: 'linux',
      ...rules,
      ...confirmed,
      limit: 7,
    });
    await run('schedules', 'remove', 'learn');
    expect(lab.complaints).toEqual([]);
  });

  it('adds tags to the scans of a schedule, and removes them', async () => {
    for (const [typed, stored] of [
      ['night, own', ['night', 'own']],
      ['', []],
    ] as const) {
      await rowOf('nightly').getByRole('button', { name: 'Edit nightly' }).click();
      expect(await page.getByLabel('Site', { exact: true }).isDisabled()).toBe(true);
      await page.getByLabel('Tags', { exact: true }).fill(typed);
      await page.getByRole('button', { name: 'Save schedule' }).click();
      await page.getByRole('heading', { name: 'New schedule' }).waitFor();
      expect((await reported('nightly')).scan.tags).toEqual(stored);
    }
    expect(lab.complaints).toEqual([]);
  });

  it('shows why a run waits, worded as on the command line', { timeout: 120_000 }, async () => {
    const when = ['--cron', RARELY, '--overlap', 'queue', '--yes'];
    const slowly = ['--targets', '127.0.62.2', '-p', '1-2000', '--rate', '1'];
    expect((await run('schedules', 'add-scan', 'slow', ...slowly, ...when)).code).toBe(0);
    const scansOf = async (): Promise<string[]> =>
      JSON.parse((await run('schedules', 'runs', 'slow', '--json')).stdout).flatMap((one: ScheduleRun) =>
        one.scans.map(({ id }) => id),
      );
    expect((await run('schedules', 'run-now', 'slow')).code).toBe(0);
    // Until a scheduler has begun it, the first one waits as well.
    await expect.poll(scansOf, { timeout: 30_000 }).toHaveLength(1);
    expect((await run('schedules', 'run-now', 'slow')).code).toBe(0);
    await rowOf('slow').getByText('Runs', { exact: true }).click();
    const runs = page.getByRole('list', { name: 'Runs of slow' });
    await runs.getByText('waits for the run before, or for a scheduler').waitFor();
    expect((await run('schedules', 'runs', 'slow')).stdout).toContain(
      'waits for the run before, or for a scheduler',
    );
    const scans = await scansOf();
    expect((await run('schedules', 'remove', 'slow')).code).toBe(0);
    expect(scans).toHaveLength(1);
    expect((await run('scans', 'stop', ...scans)).code).toBe(0);
  });

  it('pauses and resumes it, changes it, and removes it', async () => {
    await rowOf('nightly').getByRole('button', { name: 'Pause' }).click();
    await rowOf('nightly').getByText('paused', { exact: true }).waitFor();
    await rowOf('nightly').getByRole('button', { name: 'Resume' }).click();
    await rowOf('nightly').getByText('enabled', { exact: true }).waitFor();
    await rowOf('nightly').getByRole('button', { name: 'Edit nightly' }).click();
    expect(await page.getByLabel('Ports', { exact: true }).inputValue()).toBe('1');
    await page.getByLabel('Cron', { exact: true }).fill('0 5 * * sun');
    await page.getByRole('button', { name: 'Save schedule' }).click();
    await rowOf('nightly').getByText('0 5 * * sun').waitFor();
    await rowOf('nightly').getByRole('button', { name: 'Edit nightly' }).click();
    await page.getByLabel('Rate', { exact: true }).fill('50');
    await page.getByLabel('Exclude', { exact: true }).fill('127.0.62.9');
    await page.getByText('Lateness, overlap and failures').click();
    await page.getByLabel('Retried after, minutes', { exact: true }).fill('1441');
    await page.getByText('A number of minutes from 0 to 1440.').waitFor();
    await page.getByLabel('Retried after, minutes', { exact: true }).fill('2');
    await page.getByRole('button', { name: 'Save schedule' }).click();
    await page.getByRole('heading', { name: 'New schedule' }).waitFor();
    const shown = JSON.parse((await run('schedules', 'show', 'nightly', '--json')).stdout);
    expect(shown).toMatchObject({
      cron: '0 5 * * sun',
      retry_delay_seconds: 120,
      scan: { ports: '1', rate: 50, exclude: ['127.0.62.9'] },
    });
    expect(shown.scan).not.toHaveProperty('retries');
    await rowOf('nightly').getByRole('button', { name: 'Remove' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove the schedule nightly?' });
    await dialog.getByText('What became of the one time it was due goes with it.').waitFor();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nothing is done by itself yet.').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('shows in the scan form which ports are the default ones of this installation', async () => {
    const ports = page.getByLabel('Ports', { exact: true });
    await page.getByRole('link', { name: 'Scans', exact: true }).click();
    await page.getByText('top-1000 when empty').waitFor();
    expect((await run('settings', 'set', 'scan.ports', '22,443')).code).toBe(0);
    await page.reload();
    await page.getByText('22,443 when empty').waitFor();
    expect(await ports.getAttribute('placeholder')).toBe('22,443');
  });
});
