import { readFile, stat } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listeners, openListeners } from '../support/network/listeners.ts';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

describe.skipIf(!hasChromium)('the web app, in a real Chromium', () => {
  let lab: PageLab;
  let listeners: Listeners;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    listeners = await openListeners('127.0.30.1', 6);
    lab = await openPageLab();
    page = lab.page;
    url = new URL(lab.server.link).origin;
    page.on('console', (message) => {
      if (message.type() === 'error') lab.complaints.push(message.text());
    });
  });
  afterAll(async () => {
    await lab?.close();
    await listeners?.close();
  });

  it('wrote the administrator key into a file that only its owner may read', async () => {
    const file = `${lab.server.dataDir}/administrator.key`;
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, 'utf8')).trim()).toMatch(/^scn_/);
  });

  it('redirects a user who is not signed in to the sign-in page', async () => {
    await page.goto(`${url}/scans`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('signs in with the one-time link, which works once', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('heading', { name: 'Scans', level: 1 }).waitFor();
    expect(page.url()).not.toContain('token');
    const stranger = await lab.browser.newPage();
    await stranger.goto(lab.server.link);
    await stranger.getByRole('alert').first().waitFor();
    await stranger.close();
    lab.complaints.length = 0;
  });

  it('starts a scan and shows hosts and ports as they are stored, until it completes', async () => {
    await page.getByLabel('Targets').fill('127.0.30.1');
    await page.getByLabel('Ports', { exact: true }).fill('1-65535');
    await page.getByText('65,535 probes').first().waitFor();
    await page.getByRole('button', { name: 'Start scan' }).click();
    await page.waitForURL(/\/scans\/[0-9a-f-]{36}$/);
    await page.getByLabel('Scan status').getByText('completed').waitFor({ timeout: 60_000 });
    for (const port of listeners.ports) await page.getByText(`${port}/tcp`).first().waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('shows what changed since the last comparable scan', async () => {
    const extra = await openListeners('127.0.30.1', 1);
    const [port = 0] = extra.ports;
    await page.getByRole('link', { name: 'Scans' }).first().click();
    await page.getByLabel('Targets').fill('127.0.30.1');
    await page.getByLabel('Ports', { exact: true }).fill([...listeners.ports, port].join(','));
    await page.getByRole('button', { name: 'Start scan' }).click();
    await page.waitForURL(/\/scans\/[0-9a-f-]{36}$/);
    await page.getByLabel('Scan status').getByText('completed').waitFor({ timeout: 30_000 });
    await extra.close();
    const changes = page.getByRole('region', { name: 'Changes' });
    await changes.getByText('1 port opened.').waitFor();
    const line = await changes.getByRole('listitem').first().innerText();
    expect(line.replaceAll(/\s+/g, ' ')).toBe(`+ 127.0.30.1 ${port}/tcp: closed → open`);
    await changes.getByText(/ports that only the earlier scan probed/).waitFor();
    await changes.getByRole('link', { name: 'since this scan' }).click();
    await page.getByRole('region', { name: 'Results' }).waitFor();
    await changes.getByText(/^No earlier scan was found to compare this one with/).waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('watches a running scan live and stops it with the button', async () => {
    await page.getByRole('link', { name: 'Scans' }).first().click();
    await page.getByLabel('Targets').fill('127.0.30.1');
    await page.getByLabel('Ports', { exact: true }).fill('1-65535');
    await page
      .getByText(/advanced/i)
      .first()
      .click();
    await page.getByLabel('Rate', { exact: true }).fill('2000');
    await page.getByLabel('Per-host rate').fill('2000');
    await page.getByRole('button', { name: 'Start scan' }).click();
    await page.getByLabel('Scan status').getByText('running').waitFor();
    const progress = page.locator('progress').first();
    const read = () => progress.evaluate((bar) => ('value' in bar ? Number(bar.value) : 0));
    await expect.poll(read, { timeout: 30_000 }).toBeGreaterThan(0);
    const before = await read();
    await expect.poll(read, { timeout: 30_000 }).toBeGreaterThan(before);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByLabel('Scan status').getByText('cancelled').waitFor({ timeout: 30_000 });
    const changes = page.getByRole('region', { name: 'Changes' });
    await changes.getByText(/^Of itself a scan is compared when it completes/).waitFor();
    // There is a scan that probed the same, and it can be selected.
    const against = changes.getByLabel('Compare with');
    expect(await against.locator('option:checked').textContent()).toBe('choose one');
    await against.locator('option', { hasText: '127.0.30.1' }).last().waitFor({ state: 'attached' });
    await against.selectOption({ index: (await against.locator('option').count()) - 1 });
    await changes.getByText(/since this scan/).waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('shows no result of a scan that just ended before it has loaded the results of its end', async () => {
    let isHeld = false;
    const held: (() => void)[] = [];
    const [worker] = JSON.parse((await lab.server.run('workers', 'list', '--json')).stdout);
    // It is run only after the page has loaded what was found until then, nothing, and its next request is held back.
    expect((await lab.server.run('workers', 'drain', worker.name)).code).toBe(0);
    await page.route('**/results?*', async (route) => {
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      await route.continue();
    });
    await page.getByRole('link', { name: 'Scans' }).first().click();
    await page.getByLabel('Targets').fill('127.0.30.9');
    await page.getByLabel('Ports', { exact: true }).fill('1-600');
    await page.getByRole('button', { name: 'Start scan' }).click();
    await page.getByRole('heading', { name: '127.0.30.9', level: 1 }).waitFor();
    await page.getByRole('region', { name: 'Results' }).getByText('Nothing found yet').waitFor();
    isHeld = true;
    expect((await lab.server.run('workers', 'resume', worker.name)).code).toBe(0);
    await page.getByLabel('Scan status').getByText('completed').waitFor({ timeout: 30_000 });
    await page.getByText('Fetching the results as they are now').waitFor();
    expect(await page.getByText('No host responded').count()).toBe(0);
    isHeld = false;
    for (const release of held) release();
    await page.getByText('600 closed').first().waitFor();
    await page.getByText('Fetching the results as they are now').waitFor({ state: 'detached' });
    await page.unroute('**/results?*');
    expect(lab.complaints).toEqual([]);
  });

  it('lists the host, and shows its ports and history', async () => {
    await page.getByRole('link', { name: 'Hosts' }).first().click();
    await page.getByRole('link', { name: '127.0.30.1' }).click();
    await page.waitForURL(/\/hosts\/[0-9a-f-]{36}$/);
    for (const port of listeners.ports) await page.getByText(`${port}/tcp`).first().waitFor();
    await page
      .getByText(/history/i)
      .first()
      .waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('deletes the host, and restores it with Undo', async () => {
    const mark = page.getByText(/^deleted by .+, until a scan sees it again$/);
    await page.getByRole('button', { name: 'Delete' }).click();
    await mark.waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await mark.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Delete' }).waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('is notified when the host is deleted on another page', async () => {
    const mark = page.getByText(/^deleted by .+, until a scan sees it again$/);
    const signedIn = await page.context().storageState();
    const elsewhere = await lab.browser.newContext({ storageState: signedIn });
    const other = await elsewhere.newPage();
    await other.goto(page.url());
    await other.getByRole('button', { name: 'Delete' }).click();
    await mark.waitFor();
    await other.getByRole('button', { name: 'Undo' }).click();
    await mark.waitFor({ state: 'detached' });
    await elsewhere.close();
    expect(lab.complaints).toEqual([]);
  });

  it('names the host, and omits it from lists while it is ignored', async () => {
    await page.getByLabel('Name given by hand').fill('front door');
    await page.getByRole('button', { name: 'Save name' }).click();
    await page.getByRole('heading', { name: 'front door' }).waitFor();
    const mark = page.getByText('ignored: lists and alerts leave it out');
    await page.getByRole('button', { name: 'Ignore' }).click();
    await mark.waitFor();
    await page.getByRole('button', { name: 'List again' }).click();
    await mark.waitFor({ state: 'detached' });
    await page.getByText('up since').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('deletes a scan from the list, and restores it from the deleted ones', async () => {
    await page.getByRole('link', { name: 'Scans' }).first().click();
    const row = page.getByRole('row').filter({ hasText: '127.0.30.9' });
    await row.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByLabel('Deleted').check();
    await page.getByRole('link', { name: '127.0.30.9' }).click();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('is in the list again').waitFor();
    await page.getByRole('link', { name: 'Scans' }).first().click();
    await row.waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('reports what is wrong with an invalid target at its field, and starts nothing', async () => {
    await page.getByRole('link', { name: 'Scans' }).first().click();
    await page.getByLabel('Targets').fill('256.1.1.1');
    await page
      .getByText(/octet above 255/)
      .first()
      .waitFor();
    expect(page.url()).toMatch(/\/scans/);
  });

  it('keeps the advanced fields open while an error in them is corrected', async () => {
    await page.getByLabel('Targets').fill('127.0.30.1');
    const rate = page.getByLabel('Rate', { exact: true });
    const advanced = page.getByText('Advanced');
    if (!(await rate.isVisible())) await advanced.click();
    await rate.pressSequentially('1x');
    await page.getByText(/A whole number from 1/).waitFor();
    await rate.press('Backspace');
    await page.getByText(/A whole number from 1/).waitFor({ state: 'detached' });
    await rate.press('0');
    expect([await rate.isVisible(), await rate.inputValue()]).toEqual([true, '10']);
    await advanced.click();
    await rate.waitFor({ state: 'hidden' });
  });

  it('shows the options of the selected type, and plans with its default ports', async () => {
    await page.goto(`${url}/scans`);
    await page.getByLabel('Targets').fill('127.0.30.1');
    await page.getByText('Advanced').click();
    await page.getByLabel('Type', { exact: true }).selectOption('udp');
    await page.getByText('1 address × 80 ports = 80 probes').waitFor();
  });

  it('shows links to continue from a URL that does not exist', async () => {
    await page.goto(`${url}/scans/xyz`);
    await page.getByRole('heading', { name: 'There is no such scan' }).waitFor();
    await page.getByRole('link', { name: 'All scans' }).click();
    await page.getByRole('heading', { name: 'Scans', level: 1 }).waitFor();
    await page.goto(`${url}/nonsense`);
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
  });

  it('fits a phone: nothing is wider than the page, and every scan shows when it began', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${url}/scans`);
    const rows = page.getByRole('row').filter({ hasText: '127.0.30.1' });
    await rows.first().waitFor();
    for (const text of await rows.allInnerTexts())
      expect(text).toMatch(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/);
    await page.getByRole('link', { name: '127.0.30.1' }).last().click();
    await page.getByRole('button', { name: 'More of 127.0.30.1' }).click();
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
  });
});
