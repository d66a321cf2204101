import type { ChildProcess } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printed, runProgram, startProgram, type TemporaryDataDir, temporaryDataDir } from '../program.ts';
import { hasChromium, openBrowser } from './browser.ts';

describe.skipIf(!hasChromium)('what people say of hosts, in a real Chromium', () => {
  let data: TemporaryDataDir;
  let server: ChildProcess;
  let browser: Browser;
  let page: Page;
  let link: string;
  const complaints: string[] = [];

  const run = (...words: string[]) => runProgram([...words, '--data-dir', data.path]);
  const row = (address: string) => page.getByRole('row').filter({ hasText: address });

  beforeAll(async () => {
    data = await temporaryDataDir();
    server = startProgram(['serve', '--listen', '0', '--data-dir', data.path]);
    link = (await printed(server, /http:\/\/\S+token=\S+/))[0];
    expect((await run('scan', '127.0.95.1-2', '-p', '1')).code).toBe(0);
    expect((await run('owners', 'add', 'Net team')).code).toBe(0);
    expect((await run('fields', 'add', 'rack', '--type', 'number')).code).toBe(0);
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

  it('tags the chosen hosts at once, and takes it back', async () => {
    await page.goto(link);
    await page.getByRole('link', { name: 'Hosts' }).click();
    await row('127.0.95.2').waitFor();
    await page.getByLabel('Choose 127.0.95.1').check();
    await page.getByRole('button', { name: 'All on this page' }).click();
    await page.getByText('2 hosts chosen').waitFor();
    await page.getByLabel('Tags', { exact: true }).and(page.getByRole('textbox')).fill('lab, desk');
    await page.getByRole('button', { name: 'Add tags' }).click();
    await page.getByText('2 hosts changed.').waitFor();
    for (const address of ['127.0.95.1', '127.0.95.2']) await row(address).getByText('desk').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    for (const address of ['127.0.95.1', '127.0.95.2'])
      await row(address).getByText('desk').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('edits tags, owner, fields and notes of one host, and its history tells of it', async () => {
    await page.getByRole('link', { name: '127.0.95.1' }).click();
    await page.getByRole('heading', { name: '127.0.95.1', level: 1 }).waitFor();
    await page.getByLabel('Add tags').fill('printer');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Remove the tag printer' }).waitFor();
    await page.getByLabel('Owner', { exact: true }).selectOption('Net team');
    const history = page.getByLabel('History');
    await history.getByText('Net team').waitFor();
    await page.getByLabel('rack').fill('seven');
    await page.getByRole('button', { name: 'Save fields' }).click();
    await page.getByText('It takes a decimal number').waitFor();
    await page.getByLabel('rack').fill('07');
    await page.getByRole('button', { name: 'Save fields' }).click();
    await history.getByText('Field rack').waitFor();
    await page.getByLabel('New note').fill('moved\n<b>not bold</b>');
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.getByLabel('Notes').getByText('<b>not bold</b>').waitFor();
    const shown = await run('hosts', 'show', '127.0.95.1');
    for (const word of ['printer', 'Net team', 'rack', 'moved / <b>']) expect(shown.stdout).toContain(word);
    expect(complaints).toEqual([]);
  });

  it('makes a group of what a filter finds, and shows its members as they are', async () => {
    await page.getByRole('link', { name: 'Hosts' }).click();
    await row('127.0.95.2').waitFor();
    await page.getByRole('combobox', { name: 'Filter' }).fill('tag:printer');
    await row('127.0.95.2').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Make a group of these' }).click();
    await page.getByRole('heading', { name: 'Groups', level: 1 }).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Printers');
    await page.getByRole('button', { name: 'Make group' }).click();
    await page.getByRole('row').filter({ hasText: 'tag:printer' }).getByText('by rule').waitFor();
    await page.getByRole('link', { name: 'Printers' }).click();
    await row('127.0.95.1').waitFor();
    expect(await row('127.0.95.2').count()).toBe(0);
    expect((await run('hosts', 'tag', 'add', 'printer', '--host', '127.0.95.2')).code).toBe(0);
    await page.reload();
    await row('127.0.95.2').waitFor();
    expect((await run('groups', 'members', 'Printers')).stdout).toContain('127.0.95.2');
    expect(complaints).toEqual([]);
  });
});
