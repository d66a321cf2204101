import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { loadErrorQueue } from '#net/native/sockets/error-queue.js';
import { loadUdpSockets } from '#net/native/sockets/udp-socket.js';
import { NativeProbeRunner } from '#net/probe/ports/native-probe.js';
import type { ProbeResult } from '#net/probe/ports/outcome.js';
import { udpPayload } from '#net/probe/udp-payloads/udp-payload.js';
import { createGate } from '#net/send/gate.js';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: native calls are made on Linux alone');
const hasIpv6 = Object.values(networkInterfaces()).some((some) =>
  some?.some(({ address }) => address === '::1'),
);
if (!hasIpv6) console.warn('SKIPPED: this machine has no ::1, so IPv6 is not tried');
/** An address of loopback whose well-known ports are nobody's. */
const HOST = '127.83.41.9';
const HOSTS = [HOST, ...(hasIpv6 ? ['::1'] : [])];
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** A socket that keeps what it hears and answers with `answer`, from another port if `from` is given. */
async function play(host: string, port = 0, answer?: string, from?: Socket) {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const received: Uint8Array[] = [];
  socket.on('message', (message, peer) => {
    received.push(new Uint8Array(message));
    if (answer !== undefined) (from ?? socket).send(answer, peer.port, peer.address);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  cleanups.push(() => socket.close());
  return { socket, received, port: socket.address().port };
}

function sendProbe(host: string, port: number, timeoutMs = 1_000): Promise<ProbeResult> {
  const controller = new AbortController();
  cleanups.push(() => controller.abort());
  const probe = { address: address(host), protocol: 'udp', port } as const;
  const permit = createGate({ exclusions: AddressSet.EMPTY }).permit(probe);
  if (permit === undefined) throw new Error('the gate refused');
  return new NativeProbeRunner({ timeoutMs, signal: controller.signal, clock }).probe(permit);
}

describe.skipIf(!isLinux).each(HOSTS)('a UDP port of %s', (host) => {
  it('is open when something comes back, also something empty', async () => {
    for (const answer of ['hello', '']) {
      const { port, received } = await play(host, 0, answer);
      expect(await sendProbe(host, port)).toEqual({
        state: 'open',
        reason: 'udp-response',
        roundTripMicroseconds: expect.any(Number),
      });
      expect(received).toEqual([new Uint8Array()]);
    }
  });

  it('is closed when the host says so', async () => {
    const { port, socket } = await play(host);
    cleanups.pop();
    socket.close();
    await once(socket, 'close');
    expect(await sendProbe(host, port)).toMatchObject({ state: 'closed', reason: 'port-unreach' });
  });

  it('is open or filtered when nothing is heard', async () => {
    const { port } = await play(host);
    expect(await sendProbe(host, port, 50)).toEqual({ state: 'open|filtered', reason: 'no-response' });
  });
});

describe.skipIf(!isLinux)('UDP ports', () => {
  it('get the payload of their service', async () => {
    const { received } = await play(HOST, 5_060, 'SIP/2.0 200 OK');
    expect(await sendProbe(HOST, 5_060)).toMatchObject({ state: 'open' });
    expect(received).toEqual([new Uint8Array(udpPayload(5_060))]);
  });

  it('of TFTP may answer from another port, and no other service may', async () => {
    const other = await play(HOST);
    await play(HOST, 69, 'from elsewhere', other.socket);
    await play(HOST, 5_683, 'from elsewhere', other.socket);
    expect(await sendProbe(HOST, 69)).toMatchObject({ state: 'open', reason: 'udp-response' });
    expect(await sendProbe(HOST, 5_683, 100)).toMatchObject({ state: 'open|filtered' });
  });

  it('are not open because a stranger wrote to us', async () => {
    const stranger = await play('127.83.41.10');
    await play(HOST, 69, 'from elsewhere', stranger.socket);
    expect(await sendProbe(HOST, 69, 100)).toMatchObject({ state: 'open|filtered' });
  });
});

describe.skipIf(!isLinux)('a datagram socket', () => {
  it('knows that it would talk to itself', async () => {
    const sockets = loadUdpSockets();
    const local = address('127.0.0.1');
    const fd = sockets.open(4);
    if (typeof fd === 'string') throw new Error(fd);
    cleanups.push(() => sockets.close(fd));
    const { port } = await play('127.0.0.1');
    expect(sockets.connect(fd, local, port)).toBeUndefined();
    expect(sockets.isNearEnd(fd, local, port)).toBe(false);
    // Connected once more, to the port it was given.
    const own =
      Array.from({ length: 65_535 }, (_, at) => at + 1).find((one) => sockets.isNearEnd(fd, local, one)) ?? 0;
    expect(sockets.connect(fd, local, own)).toBeUndefined();
    expect(sockets.isNearEnd(fd, local, own)).toBe(true);
    expect(sockets.receive(fd)).toBeUndefined();
  });

  it('tells what the network reported, and by whom', async () => {
    const sockets = loadUdpSockets();
    const fd = sockets.open(4);
    if (typeof fd === 'string') throw new Error(fd);
    cleanups.push(() => sockets.close(fd));
    const { port, socket } = await play(HOST);
    cleanups.pop();
    socket.close();
    await once(socket, 'close');
    sockets.connect(fd, address(HOST), port);
    expect(loadErrorQueue().take(fd)).toBeUndefined();
    expect(sockets.send(fd, new Uint8Array())).toBeUndefined();
    await expect.poll(() => sockets.receive(fd)).toBe('ECONNREFUSED');
    expect(loadErrorQueue().take(fd)).toEqual({
      code: 'ECONNREFUSED',
      icmp: { protocol: 'icmp', type: 3, code: 3, from: address(HOST) },
    });
    expect(loadErrorQueue().take(fd)).toBeUndefined();
  });
});
