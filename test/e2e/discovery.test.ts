import { spawnSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pagination } from '#contract/api/pagination.js';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

/** Only loopback is probed, which every machine has: eight addresses of it. */
const TARGETS = '127.55.0.8/29';

const NOTHING: Pagination = { page: 1, page_size: 50, total_items: 0, total_pages: 0 };
/** nmap detects operating systems only with raw packets. */
const detectsOs = process.getuid?.() === 0 && spawnSync('nmap', ['--version']).status === 0;
if (!detectsOs) console.warn('SKIPPED, NO NMAP WITH RAW PACKETS: systems of hosts found');

describe.skipIf(!hasChromium)('the page of discovery, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
  });
  afterAll(() => lab?.close());

  it('reports what is wrong, then discovers hosts and shows those found', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Discovery' }).click();
    await page.getByRole('heading', { name: 'Discovery', level: 1 }).waitFor();
    await page.getByText('No runs here').waitFor();
    await page.getByLabel('Networks', { exact: true }).fill(TARGETS);
    await page.getByLabel('names, from a resolver').check();
    await page.getByRole('button', { name: 'Look for hosts' }).click();
    await page.getByText('Names need a resolver, and none is specified.').waitFor();
    await page.getByText('Give its address in the field Resolver').waitFor();
    await page.getByLabel('names, from a resolver').uncheck();
    await page.getByLabel('TCP, to three usual ports').check();
    await page.getByLabel('Store these networks').check();
    await page.getByText('Advanced', { exact: true }).click();
    await page.getByLabel('Rate', { exact: true }).fill('many');
    await page.getByText(/^A whole number from 1 to .*, or max\.$/).waitFor();
    await page.getByLabel('Rate', { exact: true }).fill('900');
    await page.getByLabel('Exclude', { exact: true }).fill('127.55.9.9');
    await page.getByRole('button', { name: 'Look for hosts' }).click();
    await page.getByLabel('Scan status').getByText('completed').waitFor();
    await page.getByText('Addresses probed').waitFor();
    const row = page.getByRole('row').filter({ hasText: '127.55.0.9' });
    await row.getByText(/\d\.\d{3} ms/).waitFor();
    // The page may have only part of a run that just ended until it has requested it once more.
    await expect.poll(() => page.getByRole('row').filter({ hasText: '127.55.0.' }).count()).toBe(8);
    const id = page.url().split('/').at(-1)?.split('?')[0] ?? '';
    const reported = JSON.parse((await lab.server.run('scans', 'show', id, '--json')).stdout);
    expect(reported).toMatchObject({ exclude: ['127.55.9.9'], rate: 900 });
    expect(lab.complaints).toEqual([]);
  });

  it('offers to scan a stored network again, and shows what changed', async () => {
    await page.getByRole('link', { name: 'Networks' }).click();
    await page.getByRole('button', { name: `Actions of ${TARGETS}` }).click();
    await page.getByRole('menuitem', { name: 'Discover' }).click();
    await page.getByRole('heading', { name: 'Discovery', level: 1 }).waitFor();
    expect(await page.getByLabel('Networks', { exact: true }).inputValue()).toBe(`network:${TARGETS}`);
    await page.getByLabel('TCP, to three usual ports').check();
    await page.getByRole('button', { name: 'Look for hosts' }).click();
    await page.getByRole('heading', { name: 'Changes' }).waitFor();
    await page.getByText('Nothing changed in what both scans probed.').waitFor();
    await page.getByRole('link', { name: 'since this run' }).click();
    await page.getByLabel('Scan status').getByText('completed').waitFor();
    await page.getByRole('link', { name: 'Scans' }).click();
    await page.getByText('No scans here').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('shows no result of a run that just ended before it has loaded what was found at the end', async () => {
    let isHeld = false;
    const held: (() => void)[] = [];
    // Until then the response is that no host was found.
    await page.route('**/results?*', async (route) => {
      if (isHeld) {
        await new Promise<void>((resolve) => held.push(resolve));
        await route.continue();
      } else await route.fulfill({ json: { data: [], pagination: NOTHING } });
    });
    const slowly = ['--method', 'tcp', '--rate', '1', '--detach', '--yes'];
    expect((await lab.server.run('discover', ...slowly, '127.55.1.0/24')).code).toBe(0);
    await page.getByRole('link', { name: 'Discovery' }).click();
    await page.getByRole('link', { name: '127.55.1.0/24' }).click();
    await page.getByText('Nobody found yet').waitFor();
    isHeld = true;
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByLabel('Scan status').getByText('cancelled').waitFor();
    await expect.poll(() => held.length).toBeGreaterThan(0);
    expect(await page.getByText('No host responded').count()).toBe(0);
    await page.getByText('Nobody found yet').waitFor();
    isHeld = false;
    for (const release of held) release();
    await page.getByText('Nobody found yet').waitFor({ state: 'detached' });
    await page.unrouteAll({ behavior: 'wait' });
    expect(lab.complaints).toEqual([]);
  });

  it('shows no host counts for a run that resolves only names, as it probes no host', async () => {
    const names = ['--method', 'dns', '--resolver', '127.88.0.53'];
    expect((await lab.server.run('discover', '127.55.2.1', ...names)).code).toBe(1);
    await page.getByRole('link', { name: 'Discovery' }).click();
    await page.getByRole('link', { name: '127.55.2.1' }).click();
    await page.getByText('No name was found').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it.skipIf(!detectsOs)('detects the operating systems of the hosts found, in a separate scan', async () => {
    await page.getByRole('link', { name: 'Discovery' }).click();
    await page.getByLabel('Networks', { exact: true }).fill('127.55.0.17');
    await page.getByLabel('TCP, to three usual ports').check();
    await page.getByLabel('Then tell the systems of the hosts found').check();
    await page.getByRole('button', { name: 'Look for hosts' }).click();
    await page.getByRole('link', { name: 'detected by a scan of the hosts found' }).click();
    await page.getByRole('heading', { name: /^Systems of discovery/ }).waitFor();
    await page.getByText('127.55.0.17').first().waitFor();
    await page.getByRole('link', { name: 'a discovery' }).click();
    await page.getByRole('link', { name: 'detected by a scan of the hosts found' }).waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('links to all runs from one that does not exist', async () => {
    const { origin } = new URL(page.url());
    await page.goto(`${origin}/discovery/xyz`);
    await page.getByRole('heading', { name: 'There is no such run' }).waitFor();
    await page.getByRole('link', { name: 'All runs' }).click();
    await page.getByRole('heading', { name: 'Discovery', level: 1 }).waitFor();
  });

  it('fits a phone: nothing is wider than the page, and every run shows when it began', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const rows = page.getByRole('row').filter({ hasText: TARGETS });
    await rows.nth(1).waitFor();
    for (const text of await rows.allInnerTexts())
      expect(text).toMatch(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
  });
});
