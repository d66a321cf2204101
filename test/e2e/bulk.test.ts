import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

describe.skipIf(!hasChromium)('many scans and networks at once, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  const run = (...texts: string[]) => lab.server.run(...texts);
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
    expect((await run('scan', '127.0.97.1', '-p', '1', '--name', 'alpha')).code).toBe(0);
    const tagged = ['--name', 'bravo', '--tag', 'nightly'];
    expect((await run('scan', '127.0.97.1', '-p', '1', ...tagged)).code).toBe(0);
  }, 120_000);
  afterAll(() => lab?.close());

  it('tags selected scans, undoes it, and finds them by a tag', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Scans' }).click();
    await row('bravo').getByText('nightly').waitFor();
    await page.getByLabel('Choose alpha').check();
    await page.getByLabel('Choose bravo').check();
    await page.getByText('2 scans chosen').waitFor();
    await page.getByRole('toolbar').getByRole('textbox', { name: 'Tags' }).fill('weekly');
    await page.getByRole('button', { name: 'Add tags' }).click();
    await page.getByText('2 scans changed.').waitFor();
    for (const name of ['alpha', 'bravo']) await row(name).getByText('weekly').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await row('alpha').getByText('weekly').waitFor({ state: 'detached' });
    await page.getByRole('combobox', { name: 'Tag' }).selectOption('nightly');
    await row('alpha').waitFor({ state: 'detached' });
    await row('bravo').waitFor();
    expect(new URL(page.url()).searchParams.get('tag')).toBe('nightly');
    expect(lab.complaints).toEqual([]);
  });

  it('shows the tags of one scan, and adds and removes them', async () => {
    await page.getByRole('link', { name: 'bravo' }).click();
    await page.getByRole('heading', { name: 'bravo', level: 1 }).waitFor();
    await page.getByText('Tag this').click();
    await page.getByLabel('Add tags').fill('baseline');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Remove the tag baseline' }).waitFor();
    await page.getByRole('button', { name: 'Remove the tag nightly' }).click();
    await page.getByRole('button', { name: 'Remove the tag nightly' }).waitFor({ state: 'detached' });
    expect((await run('scans', 'show', 'last')).stdout).toMatch(/Tags +baseline/);
    expect(lab.complaints).toEqual([]);
  });

  it('deletes the selected scans after listing what will be deleted, and restores them', async () => {
    await page.getByRole('link', { name: 'Scans' }).click();
    await page.getByLabel('Choose alpha').check();
    await page.getByRole('button', { name: 'All on this page' }).click();
    await page.getByText('2 scans chosen').waitFor();
    await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete 2 scans?' });
    await dialog.getByText('Nothing is removed').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await row('alpha').waitFor();
    await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('2 scans deleted; what they found stays.').waitFor();
    await row('alpha').waitFor({ state: 'detached' });
    expect((await run('scans', 'list')).stdout).toBe('No scans.\n');
    // The newest notification.
    await page.getByRole('button', { name: 'Undo' }).last().click();
    for (const name of ['alpha', 'bravo']) await row(name).waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('removes selected networks, and reports which were kept and why', async () => {
    for (const name of ['office', 'lab'])
      expect((await run('networks', 'add', `198.18.${name.length}.0/24`, '--name', name)).code).toBe(0);
    expect((await run('networks', 'exclusions', 'add', 'lab', '198.18.3.1')).code).toBe(0);
    await page.getByRole('link', { name: 'Networks' }).click();
    await page.getByLabel('Choose office').check();
    await page.getByLabel('Choose lab').check();
    await page.getByRole('toolbar').getByRole('button', { name: 'Remove' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove 1 network?' });
    await dialog.getByText('it has 1 exclusion').waitFor();
    await dialog.getByText('Their names, descriptions, graces and owners go.').waitFor();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('1 network removed; their scans and hosts stay.').waitFor();
    await row('198.18.6.0/24').waitFor({ state: 'detached' });
    await row('198.18.3.0/24').waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
