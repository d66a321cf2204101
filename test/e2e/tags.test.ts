import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

describe.skipIf(!hasChromium)('the page of tags, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  const run = (...texts: string[]) => lab.server.run(...texts);
  const row = (name: string) =>
    page.getByRole('row').filter({ has: page.getByRole('button', { name: `Edit ${name}`, exact: true }) });
  const tags = async (): Promise<unknown> => JSON.parse((await run('tags', 'list', '--json')).stdout);

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
    expect((await run('scan', '127.0.93.1-2', '-p', '1', '--tag', 'weekly')).code).toBe(0);
    expect(
      (await run('hosts', 'tag', 'add', 'weekly', '--host', '127.0.93.1', '--host', '127.0.93.2')).code,
    ).toBe(0);
  });
  afterAll(() => lab?.close());

  it('lists them with their hosts and scans, and links there', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Tags', exact: true }).click();
    await page.getByRole('heading', { name: 'Tags', level: 1 }).waitFor();
    await row('weekly').getByRole('link', { name: '2 hosts' }).waitFor();
    await row('weekly').getByRole('link', { name: '1 scan' }).click();
    await page.getByText('127.0.93.1-2').first().waitFor();
    expect(new URL(page.url()).search).toBe('?tag=weekly');
    await page.goBack();
    await row('weekly').getByRole('link', { name: '2 hosts' }).click();
    await page.getByText('127.0.93.2').first().waitFor();
    expect(await page.getByRole('combobox', { name: 'Filter' }).inputValue()).toBe('tag:"weekly"');
    await page.goBack();
    expect(lab.complaints).toEqual([]);
  });

  it('creates a tag, and reports invalid names', async () => {
    await page.getByLabel('Name', { exact: true }).fill('Weekly');
    await page.getByRole('button', { name: 'Save tag' }).click();
    await page.getByRole('alert').getByText('There is a tag called "Weekly" already').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('unused');
    await page.getByLabel('Color').fill('#2e8b57');
    await page.getByRole('button', { name: 'Save tag' }).click();
    await row('unused').getByRole('link', { name: '0 hosts' }).waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('');
    expect(await tags()).toMatchObject([{ name: 'unused', color: '#2e8b57' }, { name: 'weekly' }]);
    expect(lab.complaints).toEqual([]);
  });

  it('renames a tag and changes its color, also on its hosts and scans, and undoes that', async () => {
    await row('weekly').getByRole('button', { name: 'Edit weekly' }).click();
    await page.getByRole('heading', { name: 'Change weekly' }).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('every week');
    await page.getByLabel('Color').fill('a8231c');
    await page.getByRole('button', { name: 'Save tag' }).click();
    await row('every week').getByRole('link', { name: '2 hosts' }).waitFor();
    await page.getByRole('heading', { name: 'Make a tag' }).waitFor();
    expect(await tags()).toMatchObject([
      { name: 'every week', color: '#a8231c', hosts: 2, scans: 1 },
      { name: 'unused' },
    ]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await row('weekly').waitFor();
    expect(await tags()).toMatchObject([{ name: 'unused' }, { name: 'weekly', color: null, hosts: 2 }]);
    expect(lab.complaints).toEqual([]);
  });

  it('asks for confirmation before removing a tag, and restores it with its color on hosts and scans', async () => {
    expect((await run('tags', 'color', 'weekly', 'a8231c')).code).toBe(0);
    expect((await run('hosts', 'tag', 'remove', 'weekly', '--host', '127.0.93.2')).code).toBe(0);
    // The confirmation and the undo use its current values, not those in the list.
    await row('weekly').getByRole('link', { name: '2 hosts' }).waitFor();
    await row('weekly').getByRole('button', { name: 'Remove' }).click();
    const question = page.getByRole('dialog', { name: 'Remove the tag weekly?' });
    await question.getByText('1 host and 1 scan lose it, until the removal is taken back.').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    await row('weekly').getByRole('button', { name: 'Remove' }).click();
    await question.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('The tag weekly is removed.').waitFor();
    await row('weekly').waitFor({ state: 'detached' });
    expect(await tags()).toMatchObject([{ name: 'unused' }]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await row('weekly').getByRole('link', { name: '1 scan' }).waitFor();
    expect(await tags()).toMatchObject([{}, { name: 'weekly', color: '#a8231c', hosts: 1, scans: 1 }]);
    expect(lab.complaints).toEqual([]);
  });

  it('creates a removed tag again that nothing had', async () => {
    await row('unused').getByRole('button', { name: 'Remove' }).click();
    const question = page.getByRole('dialog', { name: 'Remove the tag unused?' });
    await question.getByText('No host and no scan has it.').waitFor();
    await question.getByRole('button', { name: 'Remove' }).click();
    await row('unused').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await row('unused').waitFor();
    expect(await tags()).toMatchObject([{ name: 'unused', color: '#2e8b57' }, {}]);
    expect(lab.complaints).toEqual([]);
  });

  it('reports why a tag that a group rule uses cannot be removed', async () => {
    expect((await run('groups', 'add', 'Weekly ones', '--rule', 'tag:weekly')).code).toBe(0);
    await row('weekly').getByRole('button', { name: 'Remove' }).click();
    await page
      .getByRole('dialog', { name: 'Remove the tag weekly?' })
      .getByRole('button', { name: 'Remove' })
      .click();
    await page.getByText(/The tag "weekly" cannot be removed/).waitFor();
    await row('weekly').waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
