import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

describe.skipIf(!hasChromium)('the page of networks, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
  });
  afterAll(() => lab?.close());

  it('stores a network, says what is wrong with another, and disables it', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Networks' }).click();
    await page.getByRole('heading', { name: 'Networks', level: 1 }).waitFor();
    await page.getByLabel('Network', { exact: true }).fill('198.18.0.5/24');
    await page.getByRole('button', { name: 'Add network' }).click();
    await page.getByText('The network of that address is 198.18.0.0/24.').waitFor();
    await page.getByLabel('Network', { exact: true }).fill('198.18.0.0/24');
    await page.getByLabel('Name', { exact: true }).fill('office');
    await page.getByRole('button', { name: 'Add network' }).click();
    const row = page.getByRole('row').filter({ hasText: '198.18.0.0/24' });
    await row.getByText('enabled').waitFor();
    await row.getByRole('button', { name: 'Actions of office' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await row.getByText('disabled').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('excludes an address of it, which then keeps it, and lets it go again', async () => {
    await page.getByLabel('Addresses').fill('198.18.0.9');
    await page.getByLabel('Where').selectOption({ label: 'network office (default)' });
    await page.getByLabel('Reason').fill('prints every probe');
    await page.getByRole('button', { name: 'Exclude' }).click();
    const row = page.getByRole('row').filter({ hasText: 'prints every probe' });
    await row.getByText('in network "office" of site "default"').waitFor();
    await page.getByRole('button', { name: 'Actions of office' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByText('cannot be removed: it has 1 exclusion').waitFor();
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nothing is excluded.').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('shows a network with its figures, and changes its name and its grace, or not', async () => {
    await page.getByRole('link', { name: 'office', exact: true }).click();
    await page.getByRole('heading', { name: 'office', level: 1 }).waitFor();
    await page.getByText('0 of 0').waitFor();
    await page.getByText('Nobody has looked for hosts here yet').waitFor();
    await page.getByLabel('Missed runs until it is down').fill('0');
    await page.getByRole('button', { name: 'Save network' }).click();
    await page.getByRole('alert').getByText('grace_misses').first().waitFor();
    await page.getByLabel('Missed runs until it is down').fill('5x');
    await page.getByRole('button', { name: 'Save network' }).click();
    await page.getByRole('alert').getByText('"5x" is no whole number.').waitFor();
    await page.getByLabel('Missed runs until it is down').fill('5');
    await page.getByLabel('Name', { exact: true }).fill('desks');
    await page.getByRole('button', { name: 'Save network' }).click();
    await page.getByRole('heading', { name: 'desks', level: 1 }).waitFor();
    const shown = await lab.server.run('networks', 'show', 'desks', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ name: 'desks', grace_misses: 5, gone_after_days: null });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { name: 'office', level: 1 }).waitFor();
    expect(await page.getByLabel('Missed runs until it is down').inputValue()).toBe('');
    expect(lab.complaints).toEqual([]);
  });

  it('scans where the targets are, and compares with whichever earlier scan is chosen', async () => {
    expect((await lab.server.run('sites', 'add', 'branch')).code).toBe(0);
    const scan = async (ports: string) => {
      await page.goto(`${new URL(lab.server.link).origin}/scans`);
      await page.getByLabel('Site', { exact: true }).selectOption('branch');
      await page.getByLabel('Targets').fill('127.0.97.1');
      await page.getByLabel('Ports', { exact: true }).fill(ports);
      await page.getByRole('button', { name: 'Start scan' }).click();
      await page.getByLabel('Scan status').getByText('completed').waitFor();
    };
    await scan('1');
    await scan('2');
    await scan('1-3');
    const shown = await lab.server.run('hosts', 'list', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject([{ ip: '127.0.97.1', site: 'branch' }]);
    const against = page.getByLabel('Compare with');
    await against.getByRole('option').nth(1).waitFor({ state: 'attached' });
    const [latest, first] = await against
      .locator('option')
      .evaluateAll((options) => options.map((option) => option.getAttribute('value') ?? ''));
    await against.selectOption(first ?? '');
    await page.waitForURL((url) => url.searchParams.get('against') === first);
    await page.getByText('Not compared: 0 ports that only the earlier scan asked, 2').waitFor();
    await page.reload();
    await page.getByText('Not compared: 0 ports').waitFor();
    expect(await against.inputValue()).toBe(first);
    expect(first).not.toBe(latest);
    await page.getByRole('link', { name: 'since this scan' }).click();
    await page.getByText('No earlier scan asked any of the same.').waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
