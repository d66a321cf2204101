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

  /** Notifications cover the end of the page. Some of them disappear by themselves meanwhile. */
  async function dismissAll(): Promise<void> {
    const reported = page.getByRole('button', { name: 'Dismiss' });
    await page.evaluate(`document.querySelectorAll('[aria-label=Dismiss]').forEach((one) => one.click())`);
    await expect.poll(() => reported.count()).toBe(0);
  }

  it('stores a network, reports what is wrong with another, and disables it', async () => {
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

  it('excludes an address of it, which prevents its removal, and removes the exclusion again', async () => {
    await page.getByLabel('Addresses').fill('198.18.0.9');
    await page.getByLabel('Where').selectOption({ label: 'network office (default)' });
    await page.getByLabel('Reason').fill('prints every probe');
    await page.getByRole('button', { name: 'Exclude' }).click();
    const row = page.getByRole('row').filter({ hasText: 'prints every probe' });
    await row.getByText('in network "office" of site "default"').waitFor();
    await page.getByRole('button', { name: 'Actions of office' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByText('cannot be removed: it has 1 exclusion').waitFor();
    await dismissAll();
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('198.18.0.9 is not excluded any more').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await row.getByText('in network "office" of site "default"').waitFor();
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nothing is excluded.').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('asks for confirmation before removing a network, and keeps it when the answer is no', async () => {
    await page.getByRole('link', { name: 'office', exact: true }).click();
    await page.getByRole('heading', { name: 'office', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove the network office?' });
    await dialog.getByText('No host is known in it, and no scan reached into it.').waitFor();
    await dialog.getByText('Its name, description, grace and owner go.').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.locator('button:focus').textContent()).toBe('Remove');
    await page.getByRole('link', { name: 'Networks', exact: true }).click();
    await page.getByRole('link', { name: 'office', exact: true }).waitFor();
    await dismissAll();
    expect(lab.complaints).toEqual([]);
  });

  it('shows a network with its figures, and changes its name and its down-after limit, or not', async () => {
    await page.getByRole('link', { name: 'office', exact: true }).click();
    await page.getByRole('heading', { name: 'office', level: 1 }).waitFor();
    await page.getByText('0 of 0').waitFor();
    await page.getByText('No runs here').waitFor();
    await page.getByLabel('Missed runs until it is down').fill('0');
    await page.getByRole('button', { name: 'Save network' }).click();
    await page.getByRole('alert').getByText('down_after_misses').first().waitFor();
    await page.getByLabel('Missed runs until it is down').fill('5x');
    await page.getByRole('button', { name: 'Save network' }).click();
    await page.getByRole('alert').getByText('"5x" is no whole number.').waitFor();
    await page.getByLabel('Missed runs until it is down').fill('5');
    await page.getByLabel('Name', { exact: true }).fill('desks');
    await page.getByRole('button', { name: 'Save network' }).click();
    await page.getByRole('heading', { name: 'desks', level: 1 }).waitFor();
    const shown = await lab.server.run('networks', 'show', 'desks', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      name: 'desks',
      down_after_misses: 5,
      gone_after_days: null,
    });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { name: 'office', level: 1 }).waitFor();
    expect(await page.getByLabel('Missed runs until it is down').inputValue()).toBe('');
    expect(lab.complaints).toEqual([]);
  });

  it('keeps what another user changed meanwhile, and reports no change where there is none', async () => {
    const shown = async (): Promise<unknown> =>
      JSON.parse((await lab.server.run('networks', 'show', 'office', '--json')).stdout);
    await dismissAll();
    await lab.server.run('networks', 'edit', 'office', '--description', 'by another');
    await page.getByLabel('Days down until it is gone').fill('9');
    await page.getByRole('button', { name: 'Save network' }).click();
    await page.getByText('The network office is changed.').waitFor();
    expect(await shown()).toMatchObject({ description: 'by another', gone_after_days: 9 });
    await lab.server.run('networks', 'edit', 'office', '--description', 'by a third');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(shown).toMatchObject({ description: 'by a third', gone_after_days: null });
    await page.getByText('by a third').waitFor();
    await page.getByRole('button', { name: 'Save network' }).click();
    await page.getByText('It is so already: nothing changed.').waitFor();
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    expect(lab.complaints).toEqual([]);
  });

  it('keeps what is typed while the network changes, and shows the new values next to it', async () => {
    await dismissAll();
    await page.getByLabel('Name', { exact: true }).fill('half typed');
    await lab.server.run('networks', 'edit', 'office', '--description', 'by a fourth');
    // A change makes the page load the network again.
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByText('office may be scanned again.').waitFor();
    await expect.poll(() => page.getByLabel('Description', { exact: true }).inputValue()).toBe('by a fourth');
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('half typed');
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByText('office is not scanned by its name any more.').waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('half typed');
    expect(lab.complaints).toEqual([]);
  });

  it('explains in its own words where a refused input can be corrected', async () => {
    await page.getByRole('link', { name: 'Scans', exact: true }).click();
    await page.getByLabel('Targets').fill('network:office');
    const alert = page.getByRole('alert').filter({ hasText: 'is disabled, so it is not scanned' });
    await alert.getByText('Enable it.').waitFor();
    expect(await alert.textContent()).not.toContain('scanorama');
    await alert.getByRole('link', { name: 'Networks' }).click();
    await page.getByRole('heading', { name: 'Networks', level: 1 }).waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('creates a site, gives it a scope and another name, and undoes that', async () => {
    await page.getByRole('link', { name: 'Sites', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'default' }).getByText('nothing limits').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('default');
    await page.getByRole('button', { name: 'Make site' }).click();
    await page.getByText('There is a site named "default" already.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('annex');
    await page.getByRole('button', { name: 'Make site' }).click();
    await page.getByRole('heading', { name: 'annex', level: 1 }).waitFor();
    const scope = page.getByLabel('Scope', { exact: true });
    await scope.fill('198.18.0.5/24');
    await page.getByRole('button', { name: 'Save site' }).click();
    await page.getByText('The network of that address is 198.18.0.0/24.').waitFor();
    await scope.fill('198.18.0.0/24\nfd00:1::/64');
    await page.getByLabel('Name', { exact: true }).fill('branch');
    await page.getByRole('button', { name: 'Save site' }).click();
    await page.getByRole('heading', { name: 'branch', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { name: 'annex', level: 1 }).waitFor();
    expect(await scope.inputValue()).toBe('');
    await page.getByLabel('Name', { exact: true }).fill('branch');
    await scope.fill('198.18.0.0/24');
    await page.getByRole('button', { name: 'Save site' }).click();
    await page.getByRole('heading', { name: 'branch', level: 1 }).waitFor();
    const shown = await lab.server.run('sites', 'list', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject([{ name: 'branch', scope: ['198.18.0.0/24'] }, {}]);
    expect(lab.complaints).toEqual([]);
  });

  it('does not overwrite a scope that another user changed, neither on rename nor on undo', async () => {
    const siteOf = async (name: string): Promise<unknown> =>
      JSON.parse((await lab.server.run('sites', 'scope', name, '--json')).stdout);
    await dismissAll();
    await lab.server.run('sites', 'scope', 'branch', 'set', '198.18.0.0/28');
    await page.getByLabel('Name', { exact: true }).fill('quay');
    await page.getByRole('button', { name: 'Save site' }).click();
    await page.getByRole('heading', { name: 'quay', level: 1 }).waitFor();
    expect(await siteOf('quay')).toMatchObject({ scope: ['198.18.0.0/28'] });
    await dismissAll();
    await page.getByRole('button', { name: 'Save site' }).click();
    await page.getByText('It is so already: nothing changed.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('branch');
    await page.getByLabel('Scope', { exact: true }).fill('198.18.0.0/27');
    await page.getByRole('button', { name: 'Save site' }).click();
    await page.getByRole('heading', { name: 'branch', level: 1 }).waitFor();
    await lab.server.run('sites', 'scope', 'branch', 'set', '198.18.0.0/29');
    await page.getByRole('button', { name: 'Undo' }).click();
    const refused = page.getByText('The scope of the site "branch" was changed meanwhile.');
    await refused.waitFor();
    // The end of the page can be scrolled out from under it, and it does not follow to another page.
    await page.keyboard.press('End');
    const content = page.getByRole('main');
    await expect
      .poll(async () => {
        const [above, below] = await Promise.all([content.boundingBox(), refused.boundingBox()]);
        return above && below ? above.y + above.height <= below.y : undefined;
      })
      .toBe(true);
    await page.getByRole('link', { name: 'Sites', exact: true }).click();
    await refused.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'branch', exact: true }).click();
    await page.getByRole('heading', { name: 'branch', level: 1 }).waitFor();
    expect(await siteOf('branch')).toMatchObject({ scope: ['198.18.0.0/29'] });
    expect(lab.complaints).toEqual([]);
  });

  it('adds an exclusion at the site, and reports what prevents removing the site', async () => {
    await dismissAll();
    await page.getByLabel('Addresses').fill('198.18.0.9');
    await page.getByRole('button', { name: 'Exclude' }).click();
    await page.getByRole('row').filter({ hasText: 'at site "branch"' }).waitFor();
    await page.getByRole('button', { name: 'Remove' }).first().click();
    await page.getByText('The site "branch" cannot be removed: it holds 1 exclusion.').waitFor();
    await dismissAll();
    await page.getByRole('row').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nothing is excluded here alone.').waitFor();
    await page.getByRole('button', { name: 'Remove' }).first().click();
    await page
      .getByRole('dialog', { name: 'Remove the site branch?' })
      .getByRole('button', { name: 'Cancel' })
      .click();
    expect(lab.complaints).toEqual([]);
  });

  it('lets an administrator override the scope, and asks for confirmation where there is none', async () => {
    await page.getByRole('link', { name: 'Scans', exact: true }).click();
    await page.getByLabel('Site', { exact: true }).selectOption('branch');
    await page.getByLabel('Targets').fill('198.18.77.1');
    await page.getByLabel('Ports', { exact: true }).fill('1');
    const alert = page.getByRole('alert').filter({ hasText: 'lies outside the scope' });
    await alert.getByRole('link', { name: 'The site branch' }).waitFor();
    await page.getByLabel('As an administrator I confirm').check();
    await page.getByText(/^1 address × 1 port/).waitFor();
    await alert.waitFor({ state: 'detached' });
    await page.getByLabel('As an administrator I confirm').uncheck();
    await alert.waitFor();
    await page.getByLabel('Site', { exact: true }).selectOption('default');
    await page.getByText(/^1 address × 1 port/).waitFor();
    await page.getByRole('button', { name: 'Start scan' }).click();
    const dialog = page.getByRole('dialog', { name: 'Scan without a scope?' });
    await dialog.getByText('The site "default" has no scope').waitFor();
    // Nothing is ever sent there: the confirmation is refused.
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.locator('button:focus').textContent()).toBe('Start scan');
    expect(JSON.parse((await lab.server.run('scans', 'list', '--json')).stdout)).toEqual([]);
    expect(lab.complaints).toEqual([]);
  });

  it('scans at the site of the targets, and compares with any earlier scan that is selected', async () => {
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
    await page.getByText('Not compared: 2 ports that only this scan probed.').waitFor();
    await page.reload();
    await page.getByText('Not compared: 2 ports').waitFor();
    expect(await against.inputValue()).toBe(first);
    expect(first).not.toBe(latest);
    await page.getByRole('link', { name: 'since this scan' }).click();
    await page.getByText(/^No earlier scan was found to compare this one with/).waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('counts the networks of a site that are too many to be shown', async () => {
    const statuses = await page.evaluate(async () => {
      const headers = { 'content-type': 'application/json' };
      const store = (network: number) =>
        fetch('/api/v1/networks', {
          method: 'POST',
          headers,
          body: JSON.stringify({ cidr: `198.19.${network}.0/24`, site: 'branch' }),
        });
      const answers = await Promise.all(Array.from({ length: 203 }, (_, network) => store(network)));
      return [...new Set(answers.map(({ status }) => status))];
    });
    expect(statuses).toEqual([201]);
    await page.getByRole('link', { name: 'Sites', exact: true }).click();
    await page.getByRole('link', { name: 'branch', exact: true }).click();
    await page.getByText('and 3 more, which are on the page').waitFor();
    await page.getByRole('link', { name: '198.19.0.0/24', exact: true }).waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
