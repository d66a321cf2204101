import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { certificateValue, parseCertificate } from '#domain/enrichment/certificate.js';
import type { Finding } from '#domain/enrichment/finding.js';
import { parseSshHostKeys } from '#domain/enrichment/ssh-host-key.js';
import { enrich, type OpenPort } from '#enrichment/enrich.js';
import type { Enricher } from '#enrichment/enricher.js';
import { SSH_HOST_KEYS, SSH_MAX_BYTES } from '#enrichment/ssh/ssh-host-keys.js';
import { TLS_CERTIFICATE } from '#enrichment/tls-certificate.js';
import type { Conversation } from '#net/probe/ports/conversation.js';
import { Freshness } from '#net/send/exclusion-freshness.js';
import { heldPace } from '#net/send/exclusion-pace.js';
import { createGate } from '#net/send/gate.js';
import { createPace, type Pace } from '#net/send/pace.js';
import { systemClock as clock } from '#net/send/system-clock.js';
import {
  listenWith,
  type ServerMessages,
  type StandInServer,
  serverKey,
  speaksSsh,
} from '../../test/support/servers/ssh-server.ts';
import { NAMED, OTHER } from '../../test/support/servers/tls-certificates.ts';
import { listenTls } from '../../test/support/servers/tls-server.ts';

const HOST = '127.0.0.1';
/** Timeout for servers that never complete a handshake. */
const SHORT_MS = 300;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listening(serve: (socket: Socket) => void): Promise<StandInServer> {
  const server = await listenWith(serve, { host: HOST });
  closing.push(() => server.close());
  return server;
}

async function listeningTls(options: TlsOptions): Promise<number> {
  const server = await listenTls(options, { host: HOST });
  closing.push(() => server.close());
  return server.port;
}

const at = (port: number): OpenPort => ({ address: AddressSet.parse([HOST]).nth(0n), port });
const free = () => createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock });

interface Fixture {
  readonly pace?: Pace;
  readonly freshness?: Freshness;
}

function fixtureOf({ pace = free(), freshness = Freshness.FOR_EVER }: Fixture = {}) {
  const gate = createGate({ exclusions: AddressSet.EMPTY, freshness });
  const stopping = new AbortController();
  const opened: Conversation[] = [];
  const parts = {
    gate,
    pace: heldPace(pace, freshness),
    clock,
    signal: stopping.signal,
    opened: (conversation: Conversation) => void opened.push(conversation),
  };
  const stop = () => {
    stopping.abort();
    for (const conversation of opened) conversation.stop();
  };
  return { gate, parts, opened, stop };
}

const probed = (enricher: Enricher, port: number, fixture: Fixture = {}) =>
  enrich(enricher, at(port), fixtureOf(fixture).parts);
const hasty = (enricher: Enricher): Enricher => ({ ...enricher, timeoutMs: SHORT_MS });
const only = (findings: readonly Finding[] | undefined): Finding =>
  findings?.length === 1 && findings[0] !== undefined ? findings[0] : expect.fail('not one finding');

describe('SSH host keys', () => {
  const keys = ['rsa-sha2-512', 'ecdsa-sha2-nistp256', 'ssh-ed25519'].map(serverKey);
  const messages: ServerMessages = { keys };

  it('are read completely, by one connection for each key', async () => {
    const server = await listening(speaksSsh(() => messages));
    const finding = only(await probed(SSH_HOST_KEYS, server.port));
    expect(finding).toMatchObject({ fact: 'ssh_host_key', protocol: 'tcp', port: server.port });
    expect(finding.reason).toBe('SSH-2.0-Stand_In');
    const found = parseSshHostKeys(finding.value)?.map(({ fingerprint }) => fingerprint);
    expect(new Set(found)).toEqual(new Set(keys.map(({ fingerprint }) => fingerprint)));
    expect(server.count()).toBe(3);
  });

  it('are all or nothing: one key that is not proved discards the others', async () => {
    let connections = 0;
    const server = await listening((socket) => {
      connections += 1;
      if (connections < 3) speaksSsh(() => messages)(socket);
      else socket.destroy();
    });
    expect(await probed(SSH_HOST_KEYS, server.port)).toEqual([]);
    expect(connections).toBe(3);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['hangs up', (socket) => socket.end()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['speaks HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['sends nothing', () => undefined],
    ['sends a byte at a time', (socket) => drip(socket, 'SSH-2.0-slow')],
    ['never stops sending', (socket) => flood(socket)],
    ['sends only its identification', (socket) => void socket.write('SSH-2.0-x\r\n')],
    [
      'forges its signature',
      (socket) => speaksSsh(() => ({ ...messages, forge: () => Buffer.alloc(80) }))(socket),
    ],
  ])('are not found where a server %s', async (_, serve) => {
    const server = await listening(serve);
    expect(await probed(hasty(SSH_HOST_KEYS), server.port)).toEqual([]);
    expect(server.count()).toBe(1);
  });

  it('are read within the budget of the host, four packets for each connection', async () => {
    const server = await listening(speaksSsh(() => ({ keys: keys.slice(2) })));
    const charged: string[] = [];
    const pace: Pace = {
      ...free(),
      take: (address) => {
        charged.push(String(address.value));
        return charged.length === 2 ? { scope: 'host', delayMs: 5 } : undefined;
      },
    };
    expect(await probed(SSH_HOST_KEYS, server.port, { pace })).toHaveLength(1);
    expect(charged).toHaveLength(SSH_HOST_KEYS.packets + 1);
  });
});

describe('a TLS certificate', () => {
  it('is read with every field that a list of expiries needs', async () => {
    const port = await listeningTls(NAMED);
    const finding = only(await probed(TLS_CERTIFICATE, port));
    const { serialNumber, fingerprint256 } = new X509Certificate(NAMED.cert);
    expect(finding).toMatchObject({ fact: 'tls_certificate', protocol: 'tcp', port, reason: 'TLSv1.3' });
    expect(parseCertificate(finding.value)).toMatchObject({
      fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
      subject: 'C=DE, O=Example\\, Ltd, CN=www.example',
      subjectCn: 'www.example',
      issuerCn: 'www.example',
      names: ['DNS:www.example', 'DNS:*.example', 'IP:198.18.0.1', 'email:a@example'],
      namesLeftOut: 0,
      serial: serialNumber.toLowerCase(),
      keyType: 'ec',
      keyBits: 256,
    });
    const { notBefore, notAfter } = parseCertificate(finding.value) ?? expect.fail('none');
    expect(new Date(notAfter ?? '').getUTCFullYear() - new Date(notBefore ?? '').getUTCFullYear()).toBe(100);
  });

  it.each(['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const)(
    'is read from a server that supports only %s',
    async (version) => {
      const ciphers = 'ALL:@SECLEVEL=0';
      const port = await listeningTls({ ...OTHER, minVersion: version, maxVersion: version, ciphers });
      const finding = only(await probed(TLS_CERTIFICATE, port));
      expect(finding.reason).toBe(version);
      expect(parseCertificate(finding.value)).toMatchObject({
        subjectCn: 'other',
        names: [],
        keyType: 'rsa',
        keyBits: 2_048,
      });
    },
  );

  it('has the same value every time', async () => {
    const port = await listeningTls(OTHER);
    const values = [await probed(TLS_CERTIFICATE, port), await probed(TLS_CERTIFICATE, port)].map(only);
    expect(values[0]?.value).toBe(values[1]?.value);
    expect(certificateValue(parseCertificate(values[0]?.value ?? '') ?? expect.fail('none'))).toBe(
      values[0]?.value,
    );
  });

  it.each<[string, (socket: Socket) => void]>([
    ['hangs up', (socket) => socket.end()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['speaks HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['sends nothing', () => undefined],
    ['sends a byte at a time', (socket) => drip(socket, '\x16\x03\x03\x40\x00')],
    ['never stops sending', (socket) => flood(socket)],
  ])('is not found where a server %s', async (_, serve) => {
    const server = await listening(serve);
    expect(await probed(hasty(TLS_CERTIFICATE), server.port)).toEqual([]);
    expect(server.count()).toBe(1);
  });
});

describe('the gate', () => {
  it('prevents connections to an excluded address', async () => {
    const server = await listening(speaksSsh(() => ({ keys: [serverKey('ssh-ed25519')] })));
    const { gate, parts, opened } = fixtureOf();
    gate.exclude(AddressSet.parse([HOST]));
    expect(await enrich(SSH_HOST_KEYS, at(server.port), parts)).toEqual([]);
    expect(opened).toEqual([]);
    expect(server.count()).toBe(0);
  });

  it.each([SSH_HOST_KEYS, TLS_CERTIFICATE])(
    'ends a connection of $name when its address is excluded meanwhile',
    async (enricher) => {
      const { gate, parts } = fixtureOf();
      const closed = Promise.withResolvers<void>();
      const server = await listening((socket) => {
        socket.once('close', () => closed.resolve()).resume();
        gate.exclude(AddressSet.parse([HOST]));
      });
      expect(await enrich(enricher, at(server.port), parts)).toEqual([]);
      await closed.promise;
      expect(server.count()).toBe(1);
    },
  );

  it('sends nothing more to an address that is excluded between two messages', async () => {
    const { gate, parts } = fixtureOf();
    const received: string[] = [];
    const server = await listening((socket) => {
      socket.on('data', (bytes) => received.push(bytes.toString('latin1')));
      socket.once('data', () => {
        gate.exclude(AddressSet.parse([HOST]));
        socket.write(Buffer.from('SSH-2.0-x\r\n'));
        speaksSsh(() => ({ keys: [serverKey('ssh-ed25519')] }))(socket);
      });
    });
    expect(await enrich(SSH_HOST_KEYS, at(server.port), parts)).toEqual([]);
    expect(received.join('')).toBe('SSH-2.0-Scanorama\r\n');
  });

  it('holds connections while the exclusions are too old, and retries one that was cut off by it', async () => {
    let nowMs = 0;
    const freshness = new Freshness({ now: () => 0, monotonic: () => nowMs });
    freshness.renew(1);
    const { parts } = fixtureOf({ freshness });
    let connections = 0;
    const keys = [serverKey('ssh-ed25519')];
    const server = await listening((socket) => {
      connections += 1;
      if (connections > 1) speaksSsh(() => ({ keys }))(socket);
      else nowMs = 2;
      socket.once('close', () => freshness.renew(3));
    });
    expect(await enrich(SSH_HOST_KEYS, at(server.port), parts)).toHaveLength(1);
    expect(connections).toBe(2);
  });
});

describe('a stop', () => {
  it.each([SSH_HOST_KEYS, TLS_CERTIFICATE])('ends a connection of $name at once', async (enricher) => {
    const { parts, stop } = fixtureOf();
    const closed = Promise.withResolvers<void>();
    const server = await listening((socket) => {
      socket.once('close', () => closed.resolve()).resume();
      stop();
    });
    expect(await enrich(enricher, at(server.port), parts)).toBeUndefined();
    await closed.promise;
  });

  it('ends a wait for the budget', async () => {
    const fixture = fixtureOf({ pace: { ...free(), take: () => ({ scope: 'total', delayMs: 3_600_000 }) } });
    const probing = enrich(SSH_HOST_KEYS, at(9), fixture.parts);
    fixture.stop();
    expect(await probing).toBeUndefined();
    expect(fixture.opened).toEqual([]);
  });
});

/** Sends a byte every 20 ms until the socket closes. */
function drip(socket: Socket, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  let sent = 0;
  const timer = setInterval(
    () => socket.write(bytes.subarray(sent % bytes.length, (sent++ % bytes.length) + 1)),
    20,
  );
  socket.once('close', () => clearInterval(timer));
}

/** Sends lines as fast as the socket takes them. */
function flood(socket: Socket): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(Buffer.alloc(SSH_MAX_BYTES, 'spam\r\n')));
  };
  socket.on('drain', more);
  more();
}
