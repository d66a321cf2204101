import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

describe.skipIf(!hasChromium)('devices, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  const row = (address: string) => page.getByRole('row').filter({ hasText: address });
  const dialog = () => page.getByRole('dialog');

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
    expect((await lab.server.run('scan', '127.0.94.1-2', '-p', '1')).code).toBe(0);
    // The end of a scan does not wait for its devices.
    for (let found = 0; found < 2; )
      found = JSON.parse((await lab.server.run('devices', 'list', '--json')).stdout).length;
  });
  afterAll(() => lab?.close());

  it('merges the selected ones after a preview, and undoes it', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Devices' }).click();
    const address = page.getByRole('link', { name: '127.0.94.1', exact: true });
    // In one line: the column is as wide as an address.
    expect(await address.evaluate((link) => link.getClientRects().length)).toBe(1);
    await page.getByLabel('Choose 127.0.94.1').check();
    await page.getByLabel('Choose 127.0.94.2').check();
    await page.getByRole('button', { name: 'Merge' }).click();
    await dialog().getByText('Now: 2 devices').waitFor();
    await dialog().getByText('Then: 1 device').waitFor();
    await dialog().getByRole('button', { name: 'Merge' }).click();
    await page.getByText('2 devices became 1 device.').waitFor();
    await row('127.0.94.1').filter({ hasText: '127.0.94.2' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByLabel('Choose 127.0.94.2').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('searches for text typed anywhere on the page, and for nothing once the URL has no query', async () => {
    const field = page.getByLabel('Search devices');
    await field.fill('7.0.94.1');
    await row('127.0.94.2').waitFor({ state: 'detached' });
    await field.press('Home');
    await field.pressSequentially('12');
    expect(await field.inputValue()).toBe('127.0.94.1');
    await expect.poll(() => new URL(page.url()).search).toBe('?search=127.0.94.1');
    await row('127.0.94.1').waitFor();
    await page.getByRole('link', { name: 'Devices', exact: true }).click();
    await row('127.0.94.2').waitFor();
    expect(await field.inputValue()).toBe('');
    expect(lab.complaints).toEqual([]);
  });

  it('shows the device of an address, splits a device, and undoes an old decision', async () => {
    expect((await lab.server.run('devices', 'merge', '127.0.94.1', '127.0.94.2')).code).toBe(0);
    await page.getByRole('link', { name: 'Hosts' }).click();
    await page.getByRole('link', { name: '127.0.94.2' }).click();
    await page.getByRole('link', { name: 'Its device' }).click();
    await page.getByLabel('Evidence').getByText('Nothing was seen that identifies it').waitFor();
    await page.getByLabel('Addresses').getByLabel('Choose 127.0.94.2').check();
    await page.getByRole('button', { name: 'Split off' }).click();
    await dialog().getByText('Then: 2 devices').waitFor();
    await dialog().getByRole('button', { name: 'Split' }).click();
    await page.getByText('1 device became 2 devices.').waitFor();
    const decisions = page.getByLabel('Decisions');
    const split = decisions.getByRole('listitem').filter({ hasText: ' split ' });
    await split.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The decision is taken back.').waitFor();
    // The earlier notification about it no longer applies.
    expect(await page.getByText('1 device became 2 devices.').count()).toBe(0);
    await decisions.getByText('took back the split').waitFor();
    await row('127.0.94.2').waitFor();
    await split.getByText('taken back since').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('shows a device name of hundreds of letters on one line, and the full name in a tooltip', async () => {
    const name = 'n'.repeat(240);
    expect((await lab.server.run('hosts', 'edit', '127.0.94.1', '--name', name)).code).toBe(0);
    await expect.poll(async () => (await lab.server.run('devices', 'list', '--json')).stdout).toContain(name);
    await page.getByRole('link', { name: 'Devices' }).click();
    const link = page.getByRole('link', { name, exact: true });
    await link.waitFor();
    // A line is some 20 pixels high; uncut, the name took sixteen.
    const height = (await link.boundingBox())?.height ?? 0;
    expect(height).toBeGreaterThan(0);
    expect(height).toBeLessThan(40);
    await page.getByTitle(name).waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
