import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

describe.skipIf(!hasChromium)('the page of settings, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;

  beforeAll(async () => {
    lab = await openPageLab();
    page = lab.page;
  });
  afterAll(() => lab?.close());

  const field = (name: string) => page.getByLabel(name, { exact: true });
  const save = () => page.getByRole('button', { name: 'Save settings' });

  it('shows the defaults, marks a wrong value at its field, keeps valid ones, and undoes a change', async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Settings', exact: true }).click();
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    expect(await field('rate.per_host').getAttribute('placeholder')).toBe('40');
    expect(await save().isDisabled()).toBe(true);
    await field('rate.per_host').fill('none');
    await field('worker.lease').fill('30 s');
    await save().click();
    await page.getByText('"none" is no value of rate.per_host.').waitFor();
    expect(await field('rate.per_host').getAttribute('aria-invalid')).toBe('true');
    await field('rate.per_host').fill('20');
    await save().click();
    await page.getByText('2 settings changed.').waitFor();
    await expect.poll(() => field('worker.lease').inputValue()).toBe('30s');
    await page
      .getByText(/Set by /)
      .first()
      .waitFor();
    await page.reload();
    await expect.poll(() => field('rate.per_host').inputValue()).toBe('20');
    await field('rate.per_host').fill('');
    await save().click();
    await page.getByText('1 setting changed.').waitFor();
    await expect.poll(() => field('rate.per_host').inputValue()).toBe('');
    expect(await field('worker.lease').inputValue()).toBe('30s');
    expect(lab.complaints).toEqual([]);
  });
});
