import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

describe.skipIf(!hasChromium)('annotations of hosts, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  const run = (...texts: string[]) => lab.server.run(...texts);
  const row = (address: string) => page.getByRole('row').filter({ hasText: address });

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
    expect((await run('scan', '127.0.95.1-2', '-p', '1')).code).toBe(0);
    expect((await run('owners', 'add', 'Net team')).code).toBe(0);
    expect((await run('fields', 'add', 'rack', '--type', 'number')).code).toBe(0);
  });
  afterAll(() => lab?.close());

  it('tags the selected hosts at once, and undoes it', async () => {
    await page.goto(lab.server.link);
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
    expect(lab.complaints).toEqual([]);
  });

  it('edits tags, owner, fields and notes of one host, and shows the edits in its history', async () => {
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
    for (const text of ['printer', 'Net team', 'rack', 'moved / <b>']) expect(shown.stdout).toContain(text);
    expect(lab.complaints).toEqual([]);
  });

  it('keeps what is typed for one host out of the fields of another', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search everything' }).fill('127.0.95.2');
    await page.getByRole('option', { name: '127.0.95.2' }).first().click();
    await page.getByRole('heading', { name: '127.0.95.2', level: 1 }).waitFor();
    await page.getByLabel('New note').fill('not finished');
    await page.getByLabel('rack').fill('8');
    await page.goBack();
    await page.getByRole('heading', { name: '127.0.95.1', level: 1 }).waitFor();
    expect(await page.getByLabel('New note').inputValue()).toBe('');
    expect(await page.getByLabel('rack').inputValue()).toBe('7');
    expect(lab.complaints).toEqual([]);
  });

  it('creates a group from the hosts of a filter, and shows its members', async () => {
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
    // Changes that another user makes to a host, or to the hosts of a group, reach the page as events.
    expect((await run('hosts', 'edit', '127.0.95.2', '--name', 'second')).code).toBe(0);
    await row('127.0.95.2').filter({ hasText: 'second' }).waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('changes a group, and undoes it', async () => {
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Rule').fill('tag:printer and');
    await page.getByRole('button', { name: 'Save group' }).click();
    await page.getByRole('alert').first().waitFor();
    await page.getByLabel('Rule').fill('tag:printer and not address:127.0.95.2');
    await page.getByLabel('Name', { exact: true }).fill('Desk printers');
    await page.getByRole('button', { name: 'Save group' }).click();
    await page.getByRole('heading', { name: 'Desk printers', level: 1 }).waitFor();
    await row('127.0.95.2').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { name: 'Printers', level: 1, exact: true }).waitFor();
    await row('127.0.95.2').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('does not overwrite the rule of a group that another user changed while it was renamed', async () => {
    const group = async (): Promise<unknown> =>
      JSON.parse((await run('groups', 'show', 'Printers', '--json')).stdout);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Description').fill('all of them');
    expect((await run('groups', 'edit', 'Printers', '--rule', 'tag:printer and status:up')).code).toBe(0);
    await page.getByRole('button', { name: 'Save group' }).click();
    await page.getByText('The group Printers is changed.').waitFor();
    expect(await group()).toMatchObject({ description: 'all of them', rule: 'tag:printer and status:up' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await expect.poll(group).toMatchObject({ description: null, rule: 'tag:printer and status:up' });
    expect(lab.complaints).toEqual([]);
  });

  it('tags all hosts of a list, beyond the current page', async () => {
    expect((await run('scan', '127.0.96.1-55', '-p', '1')).code).toBe(0);
    await page.getByRole('link', { name: 'Hosts', exact: true }).click();
    await page.getByRole('combobox', { name: 'Filter' }).fill('ip:127.0.96.0/24');
    await page.getByText('55 hosts').waitFor();
    await page.getByLabel('Choose 127.0.96.1', { exact: true }).check();
    await page.getByRole('button', { name: 'All 55 that match' }).click();
    await page.getByText('55 hosts chosen').waitFor();
    await page.getByLabel('Tags', { exact: true }).and(page.getByRole('textbox')).fill('many');
    await page.getByRole('button', { name: 'Add tags' }).click();
    await page.getByRole('dialog').getByText('All that match now: 55 hosts.').waitFor();
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByText('55 hosts changed.').waitFor();
    const shown = await run('hosts', 'list', '--filter', 'tag:many', '--json');
    expect(JSON.parse(shown.stdout)).toHaveLength(55);
    await page.getByRole('button', { name: 'Undo' }).click();
    await row('127.0.96.1').getByText('many').first().waitFor({ state: 'detached' });
    expect(JSON.parse((await run('hosts', 'list', '--filter', 'tag:many', '--json')).stdout)).toEqual([]);
    expect(lab.complaints).toEqual([]);
  });

  it('removes a host from its open page when it is purged', async () => {
    await page.getByRole('link', { name: 'Hosts', exact: true }).click();
    await page.getByRole('link', { name: '127.0.95.2', exact: true }).click();
    await page.getByRole('heading', { name: 'Completeness' }).waitFor();
    expect((await run('hosts', 'purge', '127.0.95.2', '--yes')).code).toBe(0);
    await page.getByRole('heading', { name: 'There is no such host' }).waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
