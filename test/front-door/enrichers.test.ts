import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ServedProgram, serveProgram } from '../support/programs/served-program.ts';
import { listenWith, serverKey, speaksSsh } from '../support/servers/ssh-server.ts';
import { HAS_SSHD, startSshd } from '../support/servers/sshd.ts';
import { NAMED, OTHER } from '../support/servers/tls-certificates.ts';
import { listenTls } from '../support/servers/tls-server.ts';

const HOST = '127.88.0.1';
const SSH_PORT = 2_222;
const TLS_PORT = 8_443;
const PRINT_PORT = 9_100;

interface Closing {
  close(): Promise<void>;
}

let served: ServedProgram;
const open = new Set<Closing>();
const printed: Buffer[] = [];
beforeAll(async () => {
  served = await serveProgram();
  const printer = createServer((socket) =>
    socket.on('data', (bytes) => printed.push(bytes)).on('error', () => undefined),
  );
  await new Promise<void>((resolve) => printer.listen(PRINT_PORT, HOST, resolve));
  open.add({ close: () => new Promise((resolve) => printer.close(() => resolve())) });
}, 60_000);
afterAll(async () => {
  for (const one of open) await one.close();
  await served?.close();
});

async function closed(one: Closing): Promise<void> {
  open.delete(one);
  await one.close();
}

/** The real server, or where it is not installed a simulated one. */
async function sshServer(): Promise<Closing & { readonly fingerprints: readonly string[] }> {
  const started = HAS_SSHD ? await startSshd(HOST, SSH_PORT) : await standIn();
  open.add(started);
  return started;
}

async function standIn() {
  const keys = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512'].map(serverKey);
  const server = await listenWith(
    speaksSsh(() => ({ keys })),
    { host: HOST, port: SSH_PORT },
  );
  return { close: () => server.close(), fingerprints: keys.map(({ fingerprint }) => fingerprint) };
}

async function tlsServer(options: TlsOptions): Promise<Closing> {
  const started = await listenTls(options, { host: HOST, port: TLS_PORT });
  open.add(started);
  return started;
}

const evidence = z.looseObject({
  ssh_servers: z.array(
    z.looseObject({
      port: z.number(),
      keys: z.array(z.object({ algorithm: z.string(), fingerprint: z.string(), bits: z.number() })),
      banner: z.string(),
      seen_at: z.string(),
    }),
  ),
  certificates: z.array(
    z.looseObject({
      port: z.number(),
      fingerprint: z.string(),
      subject_cn: z.string(),
      names: z.array(z.string()),
      tls_version: z.string(),
      seen_at: z.string(),
    }),
  ),
});
const scanJson = z.looseObject({
  id: z.uuid(),
  status: z.string(),
  enrich: z.array(z.string()),
  hosts: z.array(evidence),
});

async function given(...texts: string[]): Promise<string> {
  const result = await served.run(...texts);
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result.stdout;
}

async function scanned(...texts: string[]) {
  const ports = [SSH_PORT, TLS_PORT, PRINT_PORT].join(',');
  return scanJson.parse(JSON.parse(await given('scan', HOST, '-p', ports, '--json', ...texts)));
}

const keysIn = ({ ssh_servers: servers }: z.output<typeof evidence>) =>
  new Set(servers.flatMap(({ keys }) => keys.map(({ fingerprint }) => fingerprint)));

describe('findings of open ports', () => {
  it('is found by a scan, shown with the scan and the host, and reported when it changes', {
    timeout: 120_000,
  }, async () => {
    const first = await sshServer();
    const shown = await tlsServer(NAMED);
    const scan = await scanned();
    const [host] = scan.hosts;
    expect(scan).toMatchObject({ status: 'completed', enrich: ['ssh', 'tls'] });
    expect(host && keysIn(host)).toEqual(new Set(first.fingerprints));
    const fingerprint = new X509Certificate(NAMED.cert).fingerprint256.replaceAll(':', '').toLowerCase();
    expect(host?.certificates).toMatchObject([
      { port: TLS_PORT, fingerprint, subject_cn: 'www.example', tls_version: 'TLSv1.3' },
    ]);

    const known = evidence.parse(JSON.parse(await given('hosts', 'show', HOST, '--json')));
    expect(known.ssh_servers).toEqual(host?.ssh_servers);
    expect(known.certificates).toEqual(host?.certificates);
    for (const text of [await given('hosts', 'show', HOST), await given('scans', 'show', scan.id)]) {
      for (const key of first.fingerprints) expect(text).toContain(key);
      expect(text).toMatch(/8443\/tcp +www\.example +www\.example +2126-/);
      // A server that proves a key speaks SSH, and one that shows a certificate TLS, whatever is usual on the port.
      expect(text).toMatch(/2222\/tcp +open +ssh\s/);
      expect(text).toMatch(/8443\/tcp +open +ssl\/https-alt\?\s/);
    }

    await closed(first);
    await closed(shown);
    const second = await sshServer();
    await tlsServer(OTHER);
    const again = await scanned();
    expect(again.hosts[0] && keysIn(again.hosts[0])).toEqual(new Set(second.fingerprints));
    const history = await given('hosts', 'history', HOST);
    expect(history).toMatch(/2222\/tcp SSH host key +ecdsa.* → ecdsa/);
    expect(history).toMatch(/8443\/tcp TLS certificate +www\.example, .* → other, .* read over TLSv1\.3 /);
    const diff = await given('scans', 'diff', scan.id, again.id);
    expect(diff).toMatch(/2222\/tcp +SSH host key changed: /);
    expect(diff).toMatch(/8443\/tcp +TLS certificate changed: www\.example/);

    const then = ['--as-of', z.string().parse(scan['completed_at'])];
    const past = evidence.parse(JSON.parse(await given('hosts', 'show', HOST, '--json', ...then)));
    expect(keysIn(past)).toEqual(new Set(first.fingerprints));
    expect(past.certificates).toMatchObject([{ fingerprint }]);

    const unprobed = await scanned('--enrich', 'none');
    expect(unprobed).toMatchObject({ status: 'completed', enrich: [] });
    expect(unprobed.hosts).toMatchObject([{ ssh_servers: [], certificates: [] }]);
    expect(printed).toEqual([]);
    await given('verify');
  });

  it('is requested with known names only, and only where it has an effect', async () => {
    expect(await served.run('scan', HOST, '--enrich', 'http')).toMatchObject({ code: 2 });
    const idle = await served.run('scan', HOST, '-t', 'udp', '-p', '53', '--enrich', 'ssh');
    expect(idle.stderr).toContain('enrich changes nothing in a scan of type udp');
  });
});
