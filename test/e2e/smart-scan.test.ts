import { createServer, type Server } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

const HOST = '127.88.1.5';

describe.skipIf(!hasChromium)('the page of smart scan, in a real Chromium', () => {
  let lab: PageLab;
  let page: Page;
  let listener: Server;
  beforeAll(async () => {
    listener = createServer((socket) => void socket.on('error', () => undefined).end());
    await new Promise<void>((resolve) => listener.listen(0, HOST, resolve));
    lab = await openPageLab();
    page = lab.page;
    // Its port was closed when it was probed, so no open one is known.
    expect(await lab.server.run('scan', HOST, '-p', '9')).toMatchObject({ code: 0 });
  }, 60_000);
  afterAll(async () => {
    await lab?.close();
    await new Promise((resolve) => listener.close(resolve));
  });

  it('shows what would be sent, asks for confirmation, starts it, and offers to stop it', {
    timeout: 60_000,
  }, async () => {
    await page.goto(lab.server.link);
    await page.getByRole('link', { name: 'Suggestions' }).click();
    const stage = page.getByRole('region', { name: 'Find open ports' });
    await stage.getByText('Would scan 1 × ').waitFor();
    await stage.getByRole('button', { name: 'Find open ports: scan 1 host' }).click();
    await page.getByText('You can stop it at any time').waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('1 scan of 1 host started.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
    await page.getByRole('link', { name: 'Scans', exact: true }).click();
    await page.getByText('Smart scan: open ports of 1 host').waitFor();
    expect(lab.complaints).toEqual([]);
  });

  it('shows on the page of a host what is known of it and what comes next', {
    timeout: 60_000,
  }, async () => {
    await page.getByRole('link', { name: 'Hosts', exact: true }).click();
    await page.getByRole('link', { name: HOST }).click();
    const completeness = page.getByRole('region', { name: 'Completeness' });
    await completeness.getByText(/of 100/).waitFor();
    await completeness.getByText('Its operating system is not known.').waitFor();
    expect(lab.complaints).toEqual([]);
  });
});
