import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PtrProbe, reverseName } from '#net/probe/hosts/ptr.js';
import { createGate } from '#net/send/gate.js';
import { dnsResponse } from '../../../../test/support/network/dns-response.ts';
import { clock } from '../../../../test/support/network/simulated-network.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: names are asked for on Linux alone');

const gate = createGate({ exclusions: AddressSet.EMPTY });
const LOOPBACK = address('127.0.0.1');
const HOST = address('198.18.0.7');
const options = { timeoutMs: 300, signal: new AbortController().signal };
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function address(text: string): Address {
  return parseAddress(text) ?? expect.fail(`not an address: ${text}`);
}

/** A name server on loopback. */
async function nameServer(
  answer: (query: Uint8Array, reply: (bytes: Uint8Array) => void, senderPort: number) => void,
) {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', (query, from) => {
    answer(query, (bytes) => socket.send(bytes, from.port, from.address), from.port);
  });
  const probe = new PtrProbe({
    resolver: { address: LOOPBACK, port: socket.address().port },
    clock,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
  });
  closing.push(
    () => socket.close(),
    () => probe.close(),
  );
  const permit = gate.permitHost(LOOPBACK) ?? expect.fail('no permit');
  return { query: (of: Address) => probe.probe(permit, of, options), probe };
}

describe('the place of an address in the DNS', () => {
  test.each([
    ['198.18.0.7', '7.0.18.198.in-addr.arpa'],
    ['fd00::1', `1.${'0.'.repeat(29)}d.f.ip6.arpa`],
  ])('of %s is %s', (text, name) => {
    expect(reverseName(address(text))).toBe(name);
  });
});

describe.skipIf(!isLinux)('asking a resolver for names', () => {
  test('gets the names of the address asked for', async () => {
    const { query } = await nameServer((query, reply) =>
      reply(dnsResponse(query, { names: ['host.example'] })),
    );
    await expect(query(HOST)).resolves.toMatchObject({ names: ['host.example'], isRefused: false });
  });

  test('tells apart that there is no name and that nobody would say', async () => {
    const missing = await nameServer((query, reply) => reply(dnsResponse(query, { responseCode: 3 })));
    await expect(missing.query(HOST)).resolves.toMatchObject({ names: [], isRefused: false });
    const refusing = await nameServer((query, reply) => reply(dnsResponse(query, { responseCode: 5 })));
    await expect(refusing.query(HOST)).resolves.toMatchObject({ names: [], isRefused: true });
  });

  test('believes neither another identifier, nor another question, nor garbage', async () => {
    const { query } = await nameServer((query, reply) => {
      const otherIdentifier = Uint8Array.from(query);
      otherIdentifier[0] = (otherIdentifier[0] ?? 0) ^ 1;
      reply(dnsResponse(otherIdentifier, { names: ['liar.example'] }));
      const otherQuestion = Uint8Array.from(query);
      otherQuestion[13] = '9'.charCodeAt(0);
      reply(dnsResponse(otherQuestion, { names: ['liar.example'] }));
      reply(query.subarray(0, 11));
      reply(new Uint8Array(300).fill(0xff));
    });
    await expect(query(HOST)).resolves.toBeUndefined();
  });

  test('believes nobody but the resolver it asked', async () => {
    const { query } = await nameServer((request, _reply, senderPort) => {
      const stranger = createSocket('udp4');
      closing.push(() => stranger.close());
      // It knows everything, and only sends from another port.
      stranger.send(dnsResponse(request, { names: ['liar.example'] }), senderPort, '127.0.0.1');
    });
    await expect(query(HOST)).resolves.toBeUndefined();
  });

  test('sends nothing with a permit for somebody else', async () => {
    const { probe } = await nameServer(() => expect.fail('was asked'));
    const permit = gate.permitHost(HOST) ?? expect.fail('no permit');
    await expect(probe.probe(permit, HOST, options)).resolves.toEqual({ kind: 'local', code: 'EACCES' });
  });
});
