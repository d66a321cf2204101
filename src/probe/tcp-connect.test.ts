import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '#domain/address.js';
import { AddressSet } from '#domain/address-set.js';
import type { ProbeResult } from '#probe/outcome.js';
import { connectTcp, isSelfConnection } from '#probe/tcp-connect.js';
import { createGate } from '#send/gate.js';

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

interface Ask {
  readonly host?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

function ask(
  port: number,
  { host = '127.0.0.1', timeoutMs = 1_000, signal }: Ask = {},
): Promise<ProbeResult> {
  const permit = createGate({ exclusions: AddressSet.EMPTY }).permit({
    address: address(host),
    protocol: 'tcp',
    port,
  });
  if (permit === undefined) throw new Error('the gate refused');
  return connectTcp(permit, { timeoutMs, signal: signal ?? new AbortController().signal, clock });
}

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  // A reset is an error to the one who gets it.
  server.on('connection', (socket) => socket.on('error', () => {}));
  server.listen(0, host);
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not listening on a port');
  return bound.port;
}

/** A listener on a thread that does `then`, for what our own busy event loop could not play. */
async function listenOnThread(backlog: number, then: string): Promise<number> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer((socket) => socket.resetAndDestroy());
     server.listen({ port: 0, host: '127.0.0.1', backlog: ${backlog} }, () => {
       parentPort.postMessage(server.address().port);
       ${then}
     });`,
    { eval: true },
  );
  cleanups.push(() => worker.terminate());
  const [port] = await once(worker, 'message');
  return Number(port);
}

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /^TCPSocket|^ConnectWrap/.test(name));
}

/** Ports anybody listens on, on this machine, by the kernel's own tables. */
function listeningPorts(): Set<number> {
  const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/net/${name}`, 'utf8')).join('\n');
  return new Set(
    [...tables.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm)].map((match) =>
      Number.parseInt(match[1] ?? '', 16),
    ),
  );
}

const LOOPBACKS = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ address }) => address === '127.0.0.1' || address === '::1')
  .map(({ address }) => address);
if (!LOOPBACKS.includes('::1')) console.warn('SKIPPED: this machine has no ::1, so IPv6 is not tried');

describe('TCP connect', () => {
  it.each(LOOPBACKS)('finds a listener on %s open and hears nothing from us but a reset', async (host) => {
    const heard: unknown[] = [];
    const server = createServer((socket) => {
      socket.on('data', (data) => heard.push(data));
      socket.on('error', (error: NodeJS.ErrnoException) => heard.push(error.code));
    });
    const port = await listen(server, host);
    const result = await ask(port, { host });
    expect(result).toEqual({ state: 'open', reason: 'syn-ack', roundTripMicroseconds: expect.any(Number) });
    await expect.poll(() => heard).toEqual(['ECONNRESET']);
  });

  it('finds a port without a listener closed', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    expect(await ask(port)).toEqual({
      state: 'closed',
      reason: 'conn-refused',
      roundTripMicroseconds: expect.any(Number),
    });
  });

  it('calls a service that resets at once open', async () => {
    const port = await listenOnThread(16, '');
    const result = ask(port);
    // While we look elsewhere, the other side accepts and resets.
    process.nextTick(block, 100);
    expect(await result).toMatchObject({ state: 'open', reason: 'conn-reset' });
  });

  it('concludes no response from a port that drops what it gets, and leaves nothing open', async () => {
    const port = await listenOnThread(1, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
    for (let i = 0; i < 4; i += 1) {
      const filler = connect({ port, host: '127.0.0.1' }).on('error', () => {});
      cleanups.push(() => filler.destroy());
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = openSockets().length;
    expect(await ask(port, { timeoutMs: 60 })).toEqual({ state: 'filtered', reason: 'no-response' });
    const controller = new AbortController();
    const aborted = ask(port, { timeoutMs: 60_000, signal: controller.signal });
    setImmediate(() => controller.abort());
    expect(await aborted).toEqual({ kind: 'aborted', code: 'ABORTED' });
    await expect.poll(() => openSockets().length).toBe(before);
  });

  it('believes an answer that waited in the kernel while our own loop was busy past the timeout', async () => {
    const port = await listen(createServer());
    const result = ask(port, { timeoutMs: 20 });
    process.nextTick(block, 80);
    expect(await result).toMatchObject({ state: 'open', reason: 'syn-ack' });
  });

  it('sends nothing once its signal is aborted', async () => {
    let connections = 0;
    const server = createServer(() => {
      connections += 1;
    });
    const port = await listen(server);
    expect(await ask(port, { signal: AbortSignal.abort() })).toEqual({ kind: 'aborted', code: 'ABORTED' });
    const controller = new AbortController();
    const result = ask(port, { signal: controller.signal });
    controller.abort();
    expect(await result).toMatchObject({ kind: 'aborted' });
    await ask(port);
    expect(connections).toBe(1);
  });

  it('puts one listener on a signal, however many probes share it', async () => {
    const port = await listen(createServer());
    const { signal } = new AbortController();
    let added = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<AbortSignal['addEventListener']>) => {
      added += 1;
      add(...args);
    };
    await Promise.all(Array.from({ length: 20 }, () => ask(port, { signal })));
    expect(added).toBe(1);
  });
});

describe('self-connection', () => {
  it('is recognised for what the kernel calls connected', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    const socket = new Socket();
    cleanups.push(() => socket.destroy());
    socket.connect({ host: '127.0.0.1', port, localPort: port });
    await once(socket, 'connect');
    expect(isSelfConnection(socket)).toBe(true);
  });

  it('is not what a connection to a listener is', async () => {
    const port = await listen(createServer());
    const socket = connect({ host: '127.0.0.1', port });
    cleanups.push(() => socket.destroy());
    await once(socket, 'connect');
    expect(isSelfConnection(socket)).toBe(false);
  });
});

const hasProcNet = process.platform === 'linux';
if (!hasProcNet) console.warn('SKIPPED: the sweep for false open ports needs /proc/net/tcp (Linux)');

describe.skipIf(!hasProcNet)('sweep of the ports that the kernel takes as source ports', () => {
  it('reports none open where nobody listens, though connections to oneself happen there', async () => {
    const [first = 0, last = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
      .split(/\s+/)
      .map(Number);
    const before = listeningPorts();
    const falselyOpen: number[] = [];
    const { signal } = new AbortController();
    let port = first;
    const askOn = async (): Promise<void> => {
      while (port <= last) {
        const asked = port;
        port += 1;
        const result = await ask(asked, { signal });
        if ('state' in result && result.state === 'open' && !before.has(asked)) falselyOpen.push(asked);
      }
    };
    await Promise.all(Array.from({ length: 200 }, askOn));
    const after = listeningPorts();
    expect(falselyOpen.filter((open) => !after.has(open))).toEqual([]);
  });
});
