import type { ChildProcess } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printed, startProgram, type TemporaryDataDir, temporaryDataDir } from '../program.ts';
import { hasChromium, openBrowser } from './browser.ts';

/** Loopback alone is asked, which every machine has: eight addresses of it. */
const TARGETS = '127.55.0.8/29';

describe.skipIf(!hasChromium)('the page of discovery, in a real Chromium', () => {
  let data: TemporaryDataDir;
  let server: ChildProcess;
  let browser: Browser;
  let page: Page;
  let link: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    data = await temporaryDataDir();
    server = startProgram(['serve', '--listen', '0', '--data-dir', data.path]);
    link = (await printed(server, /http:\/\/\S+token=\S+/))[0];
    browser = await openBrowser();
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterAll(async () => {
    await browser?.close();
    server?.kill('SIGTERM');
    await new Promise((resolve) => server?.once('close', resolve));
    await data?.remove();
  });

  it('says what is wrong, then looks for hosts and shows who was found', async () => {
    await page.goto(link);
    await page.getByRole('link', { name: 'Discovery' }).click();
    await page.getByRole('heading', { name: 'Discovery', level: 1 }).waitFor();
    await page.getByText('Nobody was looked for yet').waitFor();
    await page.getByLabel('Networks', { exact: true }).fill(TARGETS);
    await page.getByLabel('names, from a resolver').check();
    await page.getByRole('button', { name: 'Look for hosts' }).click();
    await page.getByText('Names are asked of a resolver, and none is named.').waitFor();
    await page.getByLabel('names, from a resolver').uncheck();
    await page.getByLabel('TCP, to three usual ports').check();
    await page.getByLabel('Store these networks').check();
    await page.getByRole('button', { name: 'Look for hosts' }).click();
    await page.getByLabel('Scan status').getByText('completed').waitFor();
    await page.getByText('Addresses asked').waitFor();
    const row = page.getByRole('row').filter({ hasText: '127.55.0.9' });
    await row.getByText(/\d\.\d{3} ms/).waitFor();
    expect(await page.getByRole('row').filter({ hasText: '127.55.0.' }).count()).toBe(8);
    expect(complaints).toEqual([]);
  });

  it('offers a stored network to be looked at again, and tells what changed', async () => {
    await page.getByRole('link', { name: 'Networks' }).click();
    await page.getByRole('button', { name: `Actions of ${TARGETS}` }).click();
    await page.getByRole('menuitem', { name: 'Discover' }).click();
    await page.getByRole('heading', { name: 'Discovery', level: 1 }).waitFor();
    expect(await page.getByLabel('Networks', { exact: true }).inputValue()).toBe(`network:${TARGETS}`);
    await page.getByLabel('TCP, to three usual ports').check();
    await page.getByRole('button', { name: 'Look for hosts' }).click();
    await page.getByRole('heading', { name: 'Changes' }).waitFor();
    await page.getByText('Nothing changed in what both scans asked.').waitFor();
    await page.getByRole('link', { name: 'since this run' }).click();
    await page.getByLabel('Scan status').getByText('completed').waitFor();
    await page.getByRole('link', { name: 'Scans' }).click();
    await page.getByText('Nothing scanned yet').waitFor();
    expect(complaints).toEqual([]);
  });
});
