import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = process.env['SCANORAMA_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

export const hasChromium: boolean = existsSync(CHROMIUM);
if (!hasChromium)
  console.warn(
    `NO CHROMIUM at ${CHROMIUM}: the tests in a real browser are skipped. Debian's package is chromium.`,
  );

/** A real Chromium that contacts only the page under test: no updates, no synchronization, no name look-ups. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}
