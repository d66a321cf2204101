import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Server, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { NativeProbeRunner } from '#net/probe/ports/native-probe.js';
import type { ProbeResult } from '#net/probe/ports/outcome.js';
import { type ConnectOptions, connectTcp, isSelfConnection } from '#net/probe/ports/tcp-connect.js';
import { createGate, type Permit } from '#net/send/gate.js';

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

type Open = (options: ConnectOptions) => (permit: Permit) => Promise<ProbeResult>;

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: native sockets and the tables of /proc need Linux');

const PORTABLE: Open = (options) => (permit) => connectTcp(permit, options);
const NATIVE: Open = (options) => {
  const sender = new NativeProbeRunner(options);
  return (permit) => sender.probe(permit);
};
const VARIANTS: [string, Open][] = isLinux
  ? [
      ['portable', PORTABLE],
      ['native', NATIVE],
    ]
  : [['portable', PORTABLE]];

function permitFor(port: number, host = '127.0.0.1'): Permit {
  const permit = createGate({ exclusions: AddressSet.EMPTY }).permit({
    address: address(host),
    protocol: 'tcp',
    port,
  });
  if (permit === undefined) throw new Error('the gate refused');
  return permit;
}

interface Probing {
  readonly host?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Asks one port; what was opened for it is closed with the test, if the test brings no signal of its own. */
function probeBy(open: Open) {
  return (port: number, { host, timeoutMs = 1_000, signal }: Probing = {}): Promise<ProbeResult> => {
    const own = new AbortController();
    cleanups.push(() => own.abort());
    return open({ timeoutMs, signal: signal ?? own.signal, clock })(permitFor(port, host));
  };
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

/** A listener on a thread that resets who comes and does `then`, for what our own busy event loop could not play. */
async function listenOnThread(backlog: number, then: string) {
  const memory = new SharedArrayBuffer(8);
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const shared = new Int32Array(workerData);
     const wasReset = () => { Atomics.add(shared, 1, 1); Atomics.notify(shared, 1); };
     const server = require('node:net').createServer((socket) => socket.on('close', wasReset).resetAndDestroy());
     server.listen({ port: 0, host: '127.0.0.1', backlog: ${backlog} }, () => {
       parentPort.postMessage(server.address().port);
       ${then}
     });`,
    { eval: true, workerData: memory },
  );
  cleanups.push(() => worker.terminate());
  const [port] = await once(worker, 'message');
  const shared = new Int32Array(memory);
  return {
    port: Number(port),
    /** Ends the wait of a `then` that waits for the first word. */
    start: () => {
      Atomics.store(shared, 0, 1);
      Atomics.notify(shared, 0);
    },
    /** Holds our own event loop up until so many were reset. */
    blockUntilReset: (count: number) => {
      for (let seen = 0; seen < count; seen = Atomics.load(shared, 1))
        if (Atomics.wait(shared, 1, seen, 20_000) === 'timed-out') throw new Error(`${seen} were reset`);
    },
  };
}

/** More than the queue of a listener holds that accepts nobody. */
const FILLERS = 4;

async function fillQueue(port: number): Promise<void> {
  for (let i = 0; i < FILLERS; i += 1) {
    const filler = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    cleanups.push(() => filler.destroy());
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

/** By inode; none where there is no /proc. */
function openSockets(): string[] {
  if (!isLinux) return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith('socket:') ? [target] : [];
    } catch {
      return [];
    }
  });
}

const LOOPBACKS = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ address }) => address === '127.0.0.1' || address === '::1')
  .map(({ address }) => address);
if (!LOOPBACKS.includes('::1')) console.warn('SKIPPED: this machine has no ::1, so IPv6 is not tried');

describe.each(VARIANTS)('TCP connect, %s', (_, open) => {
  const probe = probeBy(open);

  it.each(LOOPBACKS)('finds a listener on %s open and hears nothing from us but a reset', async (host) => {
    const received: unknown[] = [];
    const server = createServer((socket) => {
      socket.on('data', (data) => received.push(data));
      socket.on('error', (error: NodeJS.ErrnoException) => received.push(error.code));
    });
    const port = await listen(server, host);
    const result = await probe(port, { host });
    expect(result).toMatchObject({
      state: 'open',
      reason: 'syn-ack',
      roundTripMicroseconds: expect.any(Number),
    });
    // Node does not tell; a listener of this machine gives tens of kilobytes.
    const windowBytes = 'windowBytes' in result ? result.windowBytes : undefined;
    if (open === PORTABLE) expect(windowBytes).toBeUndefined();
    else expect(windowBytes).toBeGreaterThan(10_000);
    await expect.poll(() => received).toEqual(['ECONNRESET']);
  });

  it('finds a port without a listener closed', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    expect(await probe(port)).toEqual({
      state: 'closed',
      reason: 'conn-refused',
      roundTripMicroseconds: expect.any(Number),
    });
  });

  it('concludes no response from a port that drops what it gets, and leaves nothing open', async () => {
    const { port } = await listenOnThread(1, 'Atomics.wait(shared, 0, 0);');
    await fillQueue(port);
    const before = openSockets();
    expect(await probe(port, { timeoutMs: 60 })).toEqual({ state: 'filtered', reason: 'no-response' });
    const controller = new AbortController();
    const aborted = probe(port, { timeoutMs: 60_000, signal: controller.signal });
    setImmediate(() => controller.abort());
    expect(await aborted).toEqual({ kind: 'aborted', code: 'ABORTED' });
    // Those of the test before may still be closing.
    await expect.poll(() => openSockets().filter((socket) => !before.includes(socket))).toEqual([]);
  });

  it('believes an answer that waited in the kernel while our own loop was busy past the timeout', async () => {
    const port = await listen(createServer());
    const result = probe(port, { timeoutMs: 20 });
    process.nextTick(block, 80);
    expect(await result).toMatchObject({ state: 'open', reason: 'syn-ack' });
  });

  it('sends nothing once its signal is aborted', async () => {
    let connections = 0;
    const server = createServer(() => {
      connections += 1;
    });
    const port = await listen(server);
    expect(await probe(port, { signal: AbortSignal.abort() })).toEqual({ kind: 'aborted', code: 'ABORTED' });
    await probe(port);
    await expect.poll(() => connections).toBe(1);
  });

  it('puts one listener on a signal, however many probes share it', async () => {
    const port = await listen(createServer());
    const controller = new AbortController();
    cleanups.push(() => controller.abort());
    const { signal } = controller;
    let added = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<AbortSignal['addEventListener']>) => {
      added += 1;
      add(...args);
    };
    const probeOne = open({ timeoutMs: 1_000, signal, clock });
    await Promise.all(Array.from({ length: 20 }, () => probeOne(permitFor(port))));
    expect(added).toBe(1);
  });
});

describe('TCP connect, portable', () => {
  it('is aborted also before the connection is made', async () => {
    const port = await listen(createServer());
    const controller = new AbortController();
    const result = probeBy(PORTABLE)(port, { signal: controller.signal });
    controller.abort();
    expect(await result).toMatchObject({ kind: 'aborted' });
  });

  it('calls a service that resets at once open', async () => {
    const { port, blockUntilReset } = await listenOnThread(16, '');
    const result = probeBy(PORTABLE)(port);
    // While we look elsewhere, the other side accepts and resets.
    process.nextTick(blockUntilReset, 1);
    expect(await result).toMatchObject({ state: 'open', reason: 'conn-reset' });
  });
});

/** When the kernel sends its SYN a second time. */
const SECOND_SYN_MS = 1_000;

/** A port that drops what it gets; for half of `SECOND_SYN_MS` after it was `asked`, then it does `then`. */
async function droppingPort(then: string) {
  const listener = await listenOnThread(
    1,
    `setImmediate(() => {
       Atomics.wait(shared, 0, 0);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${SECOND_SYN_MS / 2});
       ${then}
     });`,
  );
  await fillQueue(listener.port);
  return listener;
}

describe.skipIf(!isLinux)('TCP connect, native, answered later', () => {
  const probe = probeBy(NATIVE);

  it('finds a port open that accepts the second SYN', async () => {
    const { port, start } = await droppingPort('');
    const probing = probe(port, { timeoutMs: 5 * SECOND_SYN_MS });
    start();
    const result = await probing;
    // The far side resets at once, and we may see that or not.
    expect(result).toMatchObject({ state: 'open', reason: expect.stringMatching(/^(syn-ack|conn-reset)$/) });
    expect('roundTripMicroseconds' in result && result.roundTripMicroseconds).toBeGreaterThan(900_000);
  });

  it('calls a service open that has reset before it was looked at', async () => {
    const { port, start, blockUntilReset } = await droppingPort('');
    const result = probe(port, { timeoutMs: 5 * SECOND_SYN_MS });
    start();
    blockUntilReset(FILLERS + 1);
    expect(await result).toMatchObject({ state: 'open', reason: 'conn-reset' });
  });

  it('finds a port closed that refuses the second SYN, and can ask with that socket again', async () => {
    const controller = new AbortController();
    cleanups.push(() => controller.abort());
    const probeOne = NATIVE({ timeoutMs: 5 * SECOND_SYN_MS, signal: controller.signal, clock });
    for (let time = 0; time < 2; time += 1) {
      const { port, start } = await droppingPort('server.close();');
      const probing = probeOne(permitFor(port));
      start();
      expect(await probing).toMatchObject({ state: 'closed', reason: 'conn-refused' });
    }
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
