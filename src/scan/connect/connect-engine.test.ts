import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_RETRIES,
  DEFAULT_TIMEOUT_MS,
  type EngineRequest,
} from '#scan/engine/engine.js';
import { createNativeConnectEngine } from '#scan/engine/native-engines.js';
import { batches, MAX_BATCH_DELAY_MS } from '#scan/results/batches.js';
import { outcomeOf } from '#scan/results/completed-chunk.js';
import { rowsOf } from '../../../test/support/network/simulated-network.ts';

/** An address of loopback that no other test is likely to listen on. */
const HOST = '127.83.41.7';
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const servers: Server[] = [];
/** What a test that ran out of time left at work would take the processor, and sockets, of the next one. */
let running = new AbortController();

afterEach(async () => {
  running.abort();
  running = new AbortController();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Undefined when somebody has the port. */
async function listen(port: number, host: string): Promise<number | undefined> {
  const server = createServer((socket) => socket.on('error', () => {}));
  const listening = once(server, 'listening');
  server.listen(port, host);
  try {
    await listening;
  } catch {
    return undefined;
  }
  servers.push(server);
  return port;
}

async function listenAtRandom(count: number, { host = HOST, last = 65_535 } = {}): Promise<Set<number>> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = await listen(1 + Math.floor(Math.random() * last), host);
    if (port !== undefined) ports.add(port);
  }
  return ports;
}

/** Ports of others that answer on every address of this machine, or on ::1. */
function othersPorts(): Set<number> {
  const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/net/${name}`, 'utf8')).join('\n');
  const listening = tables.matchAll(/^ *\d+: (?:0{8}|0{32}|0{24}01000000):([0-9A-F]{4}) 0+:0000 0A /gm);
  return new Set([...listening].map((match) => Number.parseInt(match[1] ?? '', 16)));
}

interface Probing extends Partial<EngineRequest> {
  readonly host?: string;
}

function requestFor(ports: string, { host = HOST, ...more }: Probing = {}): EngineRequest {
  const plan = createPlan({ targets: AddressSet.parse([host]), ports: parsePorts(ports), seed: 1n });
  return {
    plan,
    first: 0,
    end: plan.positions,
    gate: createGate({ exclusions: AddressSet.EMPTY }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    retries: DEFAULT_RETRIES,
    timeoutMs: DEFAULT_TIMEOUT_MS,
    concurrency: DEFAULT_CONCURRENCY,
    ...more,
  };
}

/** By number and inode. Timers are counted where they are simulated: the test runner has its own here. */
function openSockets(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return /^socket:|eventpoll/.test(target) ? [`${fd} ${target}`] : [];
    } catch {
      return [];
    }
  });
}

/** Tests before this one in the same process may still be closing theirs. */
async function expectNoneLeft(before: readonly string[]): Promise<void> {
  await expect.poll(() => openSockets().filter((socket) => !before.includes(socket))).toEqual([]);
}

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: connect scans of a loopback address of our own need Linux');

const hasIpv6 = Object.values(networkInterfaces()).some((some) =>
  some?.some(({ address }) => address === '::1'),
);
if (!hasIpv6) console.warn('SKIPPED: this machine has no ::1, so IPv6 is not tried');
/** Many listeners among all ports. */
const MANY = { host: HOST, listeners: 3_000, last: 65_535 };
const IPV6 = hasIpv6 ? [{ host: '::1', listeners: 40, last: 65_535 }] : [];
/** The portable one takes seven times as long, and is asked for few and for hundreds of listeners among fewer ports of IPv4. */
const FEWER = [
  { host: HOST, listeners: 40, last: 16_384 },
  { host: HOST, listeners: 500, last: 4_096 },
];
const ENGINES = [
  ['portable', createConnectEngine, [...FEWER, MANY, ...IPV6]],
  ['native', createNativeConnectEngine, [{ ...MANY, listeners: 40 }, MANY, ...IPV6]],
] as const;

describe.skipIf(!isLinux).each(ENGINES)('connect engine on loopback, %s', (_, createEngine, listening) => {
  it.each(listening)(
    'finds exactly the listeners, %o',
    async ({ host, listeners, last }) => {
      const ours = await listenAtRandom(listeners, { host, last });
      const others = othersPorts();
      const before = openSockets();
      const request = requestFor(`1-${last}`, { host });
      const source = createEngine({ clock }).run(request, running.signal);
      const open = new Set<number>();
      const verdicts = new Set<string>();
      let next = 0;
      for await (const batch of batches(source, {
        first: 0,
        maxPositions: 10_000,
        maxDelayMs: MAX_BATCH_DELAY_MS,
        clock,
      })) {
        expect(batch.first).toBe(next);
        expect(batch.completed.count).toBe(batch.end - batch.first);
        expect(batch.probesAnswered).toBe(batch.completed.count);
        next = batch.end;
        for (const [at, code] of batch.completed.outcomes.entries()) {
          const probe = request.plan.locate(batch.first + at);
          const outcome = outcomeOf(code);
          if (outcome === 'skipped') verdicts.add(outcome);
          else verdicts.add(`${outcome.state} ${outcome.reason}`);
          if (outcome !== 'skipped' && outcome.state === 'open') open.add(probe.port);
        }
      }
      expect(next).toBe(last);
      expect(verdicts).toEqual(new Set(['open syn-ack', 'closed conn-refused']));
      expect([...ours].filter((port) => !open.has(port))).toEqual([]);
      const later = othersPorts();
      const strangers = [...open].filter((port) => !ours.has(port) && !others.has(port) && !later.has(port));
      expect(strangers).toEqual([]);
      await expectNoneLeft(before);
    },
    240_000,
  );

  it('stops in the middle: keeps what was seen, sends no more, leaves nothing open', async () => {
    const before = openSockets();
    const controller = new AbortController();
    const pace = createPace({
      packetsPerSecond: 2_000,
      packetsPerSecondPerHost: undefined,
      clock,
      limitLoopback: true,
    });
    const source = createEngine({ clock }).run(requestFor('1-65535', { pace }), controller.signal);
    let completedCount = 0;
    for await (const chunk of source) {
      completedCount += chunk.count;
      if (completedCount > 500) controller.abort();
    }
    expect(controller.signal.aborted).toBe(true);
    expect(completedCount).toBeLessThan(65_535);
    await expectNoneLeft(before);
  });

  it('closes its sockets when the reader leaves', async () => {
    const before = openSockets();
    const source = createEngine({ clock }).run(requestFor('1-65535'), new AbortController().signal);
    for await (const chunk of source) if (chunk.count > 0) break;
    await expectNoneLeft(before);
  });

  it('never connects to an address that was excluded while it runs', async () => {
    const port = [...(await listenAtRandom(1))][0] ?? 0;
    let connections = 0;
    servers[0]?.on('connection', () => {
      connections += 1;
    });
    const gate = createGate({ exclusions: AddressSet.EMPTY });
    const request = requestFor(String(port), { gate });
    const first = createEngine({ clock }).run(request, new AbortController().signal);
    for await (const [completed] of rowsOf(first, request.plan))
      expect(completed?.outcome).toMatchObject({ state: 'open' });
    await expect.poll(() => connections).toBe(1);
    gate.exclude(AddressSet.parse([HOST]));
    const second = createEngine({ clock }).run(request, new AbortController().signal);
    for await (const [completed] of rowsOf(second, request.plan)) expect(completed?.outcome).toBe('skipped');
    expect(connections).toBe(1);
  });
});
