import type { Browser, Page } from 'playwright-core';
import { type ServedProgram, serveProgram } from '../support/programs/served-program.ts';
import { openBrowser } from './browser.ts';

/** A server and one page of a real Chromium, which is not signed in yet. */
export interface PageLab {
  readonly server: ServedProgram;
  readonly browser: Browser;
  readonly page: Page;
  /** Errors that scripts of the page threw and did not catch. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export async function openPageLab(): Promise<PageLab> {
  const server = await serveProgram();
  try {
    const browser = await openBrowser();
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    return {
      server,
      browser,
      page,
      complaints,
      async close() {
        await browser.close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
