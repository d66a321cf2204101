import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

describe.skipIf(!hasChromium)('the page of profiles, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
  });
  afterAll(() => lab?.close());

  const rowOf = (name: string) =>
    page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });

  it('lists the built-in ones, and clones one of them', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Profiles' }).click();
    await page.getByRole('heading', { name: 'Profiles', level: 1 }).waitFor();
    await rowOf('fragile').getByText('built in').waitFor();
    await page.getByRole('button', { name: 'Clone fragile' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('fragile copy');
    expect(await page.getByLabel('Description', { exact: true }).inputValue()).toBe('');
    expect(await page.getByLabel('Per-host rate', { exact: true }).inputValue()).toBe('5');
    expect(await page.getByLabel('Timing', { exact: true }).count()).toBe(0);
    await page.getByLabel('Name', { exact: true }).fill('quick');
    await page.getByRole('button', { name: 'Save profile' }).click();
    await page.getByText('There is a built-in profile called "quick".').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('printers');
    await page.getByLabel('Ports', { exact: true }).fill('1,2');
    await page.getByRole('button', { name: 'Save profile' }).click();
    await rowOf('printers').getByText('ports 1,2').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('changes a profile, and fills the form of a scan with it visibly', async () => {
    await page.getByRole('button', { name: 'Edit printers' }).click();
    await page.getByLabel('Per-host rate', { exact: true }).fill('7');
    // A change that another user makes meanwhile to the other fields is kept.
    expect((await lab.server.run('profiles', 'edit', 'printers', '--retries', '3')).code).toBe(0);
    await page.getByRole('button', { name: 'Save profile' }).click();
    await rowOf('printers').getByText('7 per host, 3 retries').waitFor();
    await page.getByRole('link', { name: 'Scans', exact: true }).click();
    await page.getByLabel('Targets', { exact: true }).fill('127.0.31.1');
    await page.getByLabel('Profile', { exact: true }).selectOption({ label: 'printers' });
    expect(await page.getByLabel('Ports', { exact: true }).inputValue()).toBe('1,2');
    await page.getByLabel('Per-host rate', { exact: true }).waitFor({ state: 'visible' });
    expect(await page.getByLabel('Per-host rate', { exact: true }).inputValue()).toBe('7');
    expect(await page.getByLabel('Type', { exact: true }).inputValue()).toBe('connect');
    await page.getByLabel('Retries', { exact: true }).fill('2');
    await page.getByText('As the profile printers has it, but for retries.').waitFor();
    await page.getByRole('button', { name: 'Start scan' }).click();
    await page.getByText('printers, but for retries').waitFor();
    await page.getByText('completed').first().waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('counts its scans, and asks for confirmation before removing it, which undo could not fully restore', async () => {
    await page.getByRole('link', { name: 'Profiles' }).click();
    await rowOf('printers').getByText('Statistics').click();
    await rowOf('printers').getByText('1 scan, 1 completed').waitFor();
    await rowOf('printers').getByRole('button', { name: 'Remove' }).click();
    const question = page.getByRole('dialog', { name: 'Remove the profile printers?' });
    await question.getByText('1 scan ran by it, and stays with its name.').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    await rowOf('printers').getByRole('button', { name: 'Remove' }).click();
    await question.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('The profile printers is removed; its scans stay.').waitFor();
    await rowOf('printers').waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    expect(lab.complaints).toEqual([]);
  });

  it('is found from any page with Ctrl+K', async () => {
    await page.getByRole('link', { name: 'Hosts' }).click();
    await page.getByRole('heading', { name: 'Hosts', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    const search = page.getByRole('combobox', { name: 'Search everything' });
    await search.fill('udp-common');
    await page.getByRole('option', { name: 'udp-common' }).waitFor();
    await search.press('Enter');
    await page.waitForURL(/\/profiles#profile-udp-common$/);
    await rowOf('udp-common').waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
