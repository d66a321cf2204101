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
});
