import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

describe.skipIf(!hasChromium)('the page of workers, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
  });
  afterAll(() => lab?.close());

  it('shows workers that are gone too, also after a reload', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Workers' }).click();
    const all = page.getByLabel('Also those that are lost or stopped');
    await all.click();
    await expect.poll(() => all.isChecked()).toBe(true);
    await page.reload();
    await all.waitFor();
    expect(await all.isChecked()).toBe(true);
    await all.click();
    await expect.poll(() => all.isChecked()).toBe(false);
    expect(lab.complaints).toEqual([]);
  });

  it('shows the worker of the server, drains it, and shows why a scan waits until it is resumed', async () => {
    await page.getByRole('link', { name: 'Workers' }).click();
    await page.getByRole('heading', { name: 'Workers', level: 1 }).waitFor();
    const row = page.getByRole('row').filter({ hasText: 'any without workers of its own' });
    await row.getByText('active', { exact: true }).waitFor();
    await row.getByText(/connect.*; version /).waitFor();
    // The sentence has enough room: it was broken at every word.
    const serves = await row.getByText('any without workers of its own').boundingBox();
    expect(serves?.width).toBeGreaterThanOrEqual(160);
    await row.getByRole('button', { name: 'Drain' }).click();
    await row.getByText('drained', { exact: true }).waitFor();
    const reported = page.getByText('takes no more work, and hands over what it runs.');
    await reported.waitFor();
    // When it was reversed otherwise, there is nothing left to undo.
    await row.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('takes work again.').waitFor();
    expect(await reported.count()).toBe(0);
    await row.getByRole('button', { name: 'Drain' }).click();
    await row.getByText('drained', { exact: true }).waitFor();
    await page
      .getByText(/It was the last one for sites without workers of their own that takes work/)
      .waitFor();

    await page.getByRole('link', { name: 'Scans', exact: true }).click();
    await page.getByLabel('Targets', { exact: true }).fill('127.0.32.1');
    await page.getByRole('button', { name: 'Start scan' }).click();
    await page
      .getByText(/^The only worker of the site default, \S+, takes no work: it is drained\.$/)
      .waitFor();
    const scan = page.url();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByLabel('Scan status').getByText('cancelled').waitFor();
    await page.getByText('Nothing was found before it ended').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByLabel('Scan status').getByText('pending').waitFor();

    await page.getByRole('link', { name: 'Workers' }).click();
    await row.getByRole('button', { name: 'Resume' }).click();
    await row.getByText('active', { exact: true }).waitFor();
    await page.goto(scan);
    await page.getByText('completed').first().waitFor();
    expect(await page.getByText('takes no work').count()).toBe(0);
    expect(lab.complaints).toEqual([]);
  });
});
