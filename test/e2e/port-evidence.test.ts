import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenWith, type StandInServer, serverKey, speaksSsh } from '../support/servers/ssh-server.ts';
import { NAMED } from '../support/servers/tls-certificates.ts';
import { listenTls, type TlsStandIn } from '../support/servers/tls-server.ts';
import { hasChromium } from './browser.ts';
import { openPageLab, type PageLab } from './page-lab.ts';

const HOST = '127.0.96.1';
const KEY = serverKey('ssh-ed25519');

describe.skipIf(!hasChromium)('findings of ports of a host, in a real Chromium', () => {
  let lab: PageLab;
  let ssh: StandInServer;
  let tls: TlsStandIn;

  beforeAll(async () => {
    [lab, ssh, tls] = await Promise.all([
      openPageLab(),
      listenWith(
        speaksSsh(() => ({ keys: [KEY] })),
        { host: HOST, port: 2_222 },
      ),
      listenTls(NAMED, { host: HOST, port: 8_443 }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([lab?.close(), ssh?.close(), tls?.close()]);
  });

  it('is on the page of the host, and a scan from the page does not collect it where that is selected', async () => {
    const { page, server } = lab;
    expect((await server.run('scan', HOST, '-p', '2222,8443')).code).toBe(0);
    await page.goto(server.link);
    await page.getByRole('link', { name: 'Hosts' }).click();
    await page.getByRole('link', { name: HOST }).click();
    await page.getByText(KEY.fingerprint).first().waitFor();
    await page.getByText('SSH-2.0-Stand_In').first().waitFor();
    const { fingerprint256 } = new X509Certificate(NAMED.cert);
    await page.getByText(fingerprint256.replaceAll(':', '').toLowerCase()).first().waitFor();
    await page.getByText('DNS:*.example').first().waitFor();
    await page.getByText('Port 2222/tcp SSH host key').waitFor();

    await page.getByRole('link', { name: 'Scans', exact: true }).click();
    await page.getByRole('link', { name: HOST }).click();
    await page.getByText('1 SSH host key, 1 TLS certificate').waitFor();
    await page.getByRole('button', { name: `More of ${HOST}` }).click();
    await page.getByText(KEY.fingerprint).waitFor();
    await page.getByText(fingerprint256.replaceAll(':', '').toLowerCase()).waitFor();
    await page.goBack();
    await page.goBack();

    await page.getByRole('link', { name: 'Scan this host' }).click();
    await page.getByLabel('Ports', { exact: true }).fill('8443');
    await page.getByText('Advanced', { exact: true }).click();
    await page.getByLabel('Ask open ports').selectOption('none');
    await page.getByRole('button', { name: 'Start scan' }).click();
    await expect
      .poll(async () => (await server.run('scans', 'list', '--json')).stdout, { timeout: 60_000 })
      .toMatch(/"enrich": ?\[\]/);
    expect(lab.complaints).toEqual([]);
  }, 120_000);
});
