import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listeners, openListeners } from '../support/network/listeners.ts';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

const [FIRST, SECOND] = ['127.0.33.1', '127.0.33.2'];

describe.skipIf(!hasChromium)('filters and the search, in a real Chromium', () => {
  let lab: PageLab;
  let listeners: Listeners;
  let page: Page;
  let port: number;

  beforeAll(async () => {
    listeners = await openListeners(FIRST, 1);
    port = listeners.ports[0] ?? 0;
    lab = await openPageLab();
    page = lab.page;
  });
  afterAll(async () => {
    await lab?.close();
    await listeners?.close();
  });

  const filter = () => page.getByRole('combobox', { name: 'Filter hosts' });
  const host = (address: string) => page.getByRole('link', { name: address, exact: true });

  it('shows the hosts that match, and has the filter in the URL', async () => {
    await page.goto(lab.server.link);
    await page.getByLabel('Targets').fill(`${FIRST},${SECOND}`);
    await page.getByLabel('Ports', { exact: true }).fill(String(port));
    await page.getByRole('button', { name: 'Start scan' }).click();
    await page.getByLabel('Scan status').getByText('completed').waitFor({ timeout: 30_000 });
    await page.getByRole('link', { name: 'Hosts' }).first().click();
    await host(SECOND).waitFor();
    await filter().fill(`port:${port}`);
    await host(SECOND).waitFor({ state: 'detached' });
    await host(FIRST).waitFor();
    expect(new URL(page.url()).searchParams.get('filter')).toBe(`port:${port}`);
    await page.reload();
    await host(FIRST).waitFor();
    expect(await filter().inputValue()).toBe(`port:${port}`);
    expect(await host(SECOND).count()).toBe(0);
  });

  it('marks what is wrong, and keeps the list unchanged', async () => {
    await filter().fill('status:up and colour:red');
    const alert = page.getByRole('alert');
    await alert.getByText('Column 15 of the filter: there is no field "colour".').waitFor();
    expect(await alert.locator('mark').innerText()).toBe('colour');
    expect(await filter().getAttribute('aria-invalid')).toBe('true');
    await host(FIRST).waitFor();
    expect(new URL(page.url()).searchParams.get('filter')).toBe(`port:${port}`);
  });

  it('suggests fields and values, and accepts them with the keyboard', async () => {
    await filter().fill('');
    await filter().pressSequentially('sta');
    await page.getByRole('option', { name: 'status:' }).waitFor();
    await filter().press('ArrowDown');
    await filter().press('Enter');
    await page.getByRole('option', { name: 'status:up' }).waitFor();
    await filter().press('ArrowDown');
    await filter().press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('filter')).toBe('status:up');
    await host(SECOND).waitFor();
  });

  it('keeps a filter in this browser under a name', async () => {
    await page.getByText('Saved filters').click();
    await page.getByLabel('Name of this filter').fill('all that are up');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.goto(new URL('/hosts?filter=port:1', page.url()).href);
    await page.getByText('No host matches.').waitFor();
    await page.getByText('Saved filters').click();
    await page.getByRole('button', { name: 'all that are up' }).first().click();
    await host(SECOND).waitFor();
    expect(await filter().inputValue()).toBe('status:up');
    await page.getByRole('button', { name: 'Forget all that are up' }).click();
    await page.getByText('None yet').waitFor();
  });

  it('finds a host from any page with Ctrl+K, and opens it', async () => {
    await page.getByRole('link', { name: 'Networks' }).click();
    await page.getByRole('heading', { name: 'Networks', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    const search = page.getByRole('combobox', { name: 'Search everything' });
    await search.fill(SECOND);
    await page.getByRole('option', { name: SECOND }).first().waitFor();
    await search.press('Enter');
    await page.waitForURL(/\/hosts\/[0-9a-f-]{36}$/);
    await page.getByRole('heading', { name: SECOND, level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await search.fill(String(port));
    await page.getByRole('option', { name: `${port}/tcp` }).waitFor();
    await search.press('Enter');
    await page.waitForURL(/\/hosts\?filter=/);
    await host(FIRST).waitFor();
    await page.keyboard.press('Control+k');
    await search.waitFor();
    await search.press('Escape');
    await search.waitFor({ state: 'detached' });
    expect(lab.complaints).toEqual([]);
  });

  it('shows with Ctrl+K that there are more hosts than it lists, and links to all of them', async () => {
    await lab.server.run('scan', '127.0.46.1-6', '--ports', '1');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search everything' }).fill('127.0.46');
    await page.getByText('And 1 more host. More letters find fewer.').waitFor();
    expect(await page.getByRole('option', { name: '127.0.46.6' }).count()).toBe(0);
    await page.getByRole('option', { name: 'All hosts with 127.0.46' }).click();
    await page.waitForURL(/\/hosts\?filter=127\.0\.46$/);
    await host('127.0.46.6').waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
