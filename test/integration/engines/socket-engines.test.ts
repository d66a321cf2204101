import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  canMakeNamespaces,
  makeNamespacePair,
  type NamespacePair,
} from '../../support/network/namespace-pair.ts';

const SCAN = join(import.meta.dirname, '..', '..', 'support', 'scans', 'socket-scan.ts');
const outcome = z.object({
  completed: z.array(
    z.object({
      host: z.string(),
      protocol: z.string(),
      port: z.number(),
      attempts: z.number(),
      outcome: z.string(),
    }),
  ),
  stoodStillMs: z.number(),
});
/** A probe is given up 100 ms before the kernel would repeat it, two iterations of the event loop after it is due. */
const UNDISTURBED_MS = 40;
const ENGINES = ['portable', 'native'];

let pair: NamespacePair;
const children: ChildProcess[] = [];

type Order = Readonly<Record<string, unknown>>;

/** Runs a scan in the near namespace. */
async function run(order: Order, wrap: readonly string[] = []) {
  const command = ['netns', 'exec', pair.near, ...wrap, process.execPath, '--conditions=source', SCAN];
  const { stdout } = await promisify(execFile)('ip', [...command, JSON.stringify(order)], {
    maxBuffer: 67_108_864,
  });
  return outcome.parse(JSON.parse(stdout));
}

const scan = async (order: Order, wrap: readonly string[] = []) => (await run(order, wrap)).completed;

type Rows = Awaited<ReturnType<typeof scan>>;

function texts(rows: Rows, matches: (row: Rows[number]) => boolean = () => true): string[] {
  return [...new Set(rows.filter((row) => matches(row)).map(({ outcome: text }) => text))].sort();
}

/** Runs a script where the hosts are, until the test ends; it must print a line when it is ready. */
async function playHost(script: string): Promise<void> {
  const child = spawn('ip', ['netns', 'exec', pair.far, process.execPath, '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`the host ended with ${code}`)));
  });
}

function nft(script: string): void {
  const { status, stderr } = spawnSync('ip', ['netns', 'exec', pair.far, 'nft', script]);
  if (status !== 0) throw new Error(`nft ${script}: ${stderr.toString()}`);
}

/** Packets that the kernel of the near namespace retransmitted on open connections, since the namespace was created. */
function repeatedByKernel(): number {
  const { stdout } = spawnSync('ip', ['netns', 'exec', pair.near, 'cat', '/proc/net/netstat']);
  const [names = [], values = []] = stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  const count = Number(values[names.indexOf('TCPSynRetrans')]);
  if (!Number.isInteger(count)) throw new Error('the kernel does not count what it repeats');
  return count;
}

const LISTEN = (port: number, then: string) => `
  require('node:net').createServer((socket) => { socket.on('error', () => {}); ${then} })
    .listen(${port}, '::', 4_096, () => console.log('ready'));`;

describe.skipIf(!canMakeNamespaces())('engines of sockets, in namespaces', () => {
  beforeAll(() => {
    pair = makeNamespacePair();
  });
  afterAll(() => pair.remove());
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    spawnSync('ip', ['netns', 'exec', pair.far, 'nft', 'flush ruleset']);
  });

  it.each(ENGINES)(
    '%s: distinguishes open, closed and unresponsive ports of IPv4 and IPv6',
    async (engine) => {
      await playHost(LISTEN(80, ''));
      nft('table inet t { chain c { type filter hook input priority 0; tcp dport 81 drop; }; }');
      const rows = await scan({
        engine,
        targets: ['198.18.1.1-198.18.1.20', 'fd00:19::1-fd00:19::14'],
        ports: '79-82',
        timeoutMs: 400,
      });
      expect(rows).toHaveLength(160);
      expect(texts(rows, ({ port }) => port === 80)).toEqual(['open syn-ack']);
      expect(texts(rows, ({ port }) => port === 81)).toEqual(['filtered no-response']);
      expect(texts(rows, ({ port }) => port === 79 || port === 82)).toEqual(['closed conn-refused']);
      expect(rows.every(({ port, attempts }) => port !== 81 || attempts === 2)).toBe(true);
    },
  );

  it.each(ENGINES)('%s: sends no packet that is not counted to unresponsive ports', async (engine) => {
    nft('table inet t { chain c { type filter hook input priority 0; tcp flags syn counter drop; }; }');
    const before = repeatedByKernel();
    const { completed, stoodStillMs } = await run({
      engine,
      targets: ['198.18.1.1'],
      ports: '1-300',
      packetsPerSecondPerHost: 400,
    });
    const repeated = repeatedByKernel() - before;
    expect(texts(completed)).toEqual(['filtered no-response']);
    const counted = completed.reduce((sum, { attempts }) => sum + attempts, 0);
    const { stdout } = spawnSync('ip', ['netns', 'exec', pair.far, 'nft', 'list', 'ruleset']);
    expect(stdout.toString()).toContain(`counter packets ${counted + repeated} `);
    // Where the machine was frozen for longer, the kernel may have been first.
    if (stoodStillMs < UNDISTURBED_MS) expect(repeated).toBe(0);
  });

  it.each(ENGINES)(
    '%s: loses and invents nothing with few descriptors',
    async (engine) => {
      await playHost(LISTEN(80, ''));
      nft('table inet t { chain c { type filter hook input priority 0; tcp dport 1000-1049 drop; }; }');
      const order = { engine, targets: ['198.18.1.1'], ports: '80,1000-1149', timeoutMs: 300 };
      const rows = await scan({ ...order, descriptorLimit: 10_000 }, ['prlimit', '--nofile=60:60']);
      expect(rows).toHaveLength(151);
      expect(texts(rows, ({ port }) => port === 80)).toEqual(['open syn-ack']);
      expect(texts(rows, ({ port }) => port >= 1_050)).toEqual(['closed conn-refused']);
      expect(texts(rows, ({ port }) => port >= 1_000 && port < 1_050)).toEqual(['filtered no-response']);
    },
    90_000,
  );

  it.each(ENGINES)(
    '%s: names a firewall that answers for one host, on all ports',
    async (engine) => {
      await playHost(LISTEN(80, ''));
      nft(
        'table ip t { chain c { type nat hook prerouting priority -100; ip daddr 198.18.1.9 tcp dport 1-65535 redirect to :80; }; }',
      );
      for (const ports of ['80', '1-1000']) {
        const rows = await scan({ engine, targets: ['198.18.1.8-198.18.1.9'], ports });
        expect(texts(rows, ({ host }) => host === '198.18.1.9')).toEqual(['unknown answers-all']);
        expect(texts(rows, ({ host, port }) => host === '198.18.1.8' && port === 80)).toEqual([
          'open syn-ack',
        ]);
      }
      // Probes beside the plan depend on its ports, and not on how far it has come.
      const all = { engine, targets: ['198.18.1.8-198.18.1.9'], ports: '1-65535', positions: 4_000 };
      const rows = await scan(all);
      expect(texts(rows, ({ host }) => host === '198.18.1.9')).toEqual(['unknown answers-all']);
      expect(texts(rows, ({ host, port }) => host === '198.18.1.8' && port !== 80)).toEqual([
        'closed conn-refused',
      ]);
    },
    120_000,
  );

  it.each(ENGINES)(
    '%s: names one that answers on nine in ten of the ports, or resets at once',
    async (engine) => {
      await playHost(LISTEN(80, 'socket.resetAndDestroy();'));
      nft(
        'table ip t { chain c { type nat hook prerouting priority -100; ip daddr 198.18.1.9 tcp dport { 1-65535 } jhash tcp dport mod 10 != 3 redirect to :80; }; }',
      );
      const rows = await scan({ engine, targets: ['198.18.1.8-198.18.1.9'], ports: '1-1000' });
      expect(texts(rows, ({ host }) => host === '198.18.1.9')).toEqual([
        'closed conn-refused',
        'unknown answers-all',
      ]);
      expect(texts(rows, ({ host, port }) => host === '198.18.1.8' && port !== 80)).toEqual([
        'closed conn-refused',
      ]);
    },
    120_000,
  );

  // Bound to one address each: responses of a socket bound to all would come from another one.
  const ECHO = `
    const { createSocket } = require('node:dgram');
    let missing = 8;
    const isBound = () => { missing -= 1; if (missing === 0) console.log('ready'); };
    for (const host of ['198.18.1.1', '198.18.1.2', '198.18.1.7', 'fd00:19::1']) {
      const type = host.includes(':') ? 'udp6' : 'udp4';
      const echo = createSocket(type);
      echo.on('message', (message, from) => echo.send(message, from.port, from.address));
      echo.bind(2000, host, isBound);
      createSocket(type).bind(2001, host, isBound);
    }`;

  it.each(['native', 'udp'])(
    '%s: reports the responses of UDP ports',
    async (engine) => {
      await playHost(ECHO);
      nft(`table inet t { chain c { type filter hook input priority 0;
      udp dport 2003 reject with icmpx admin-prohibited; udp dport 2004 reject with icmpx host-unreachable; }; }`);
      const probing = ['198.18.1.1', 'fd00:19::1'].map((target) =>
        scan({ engine, targets: [target], ports: 'U:2000-2004', timeoutMs: 300 }),
      );
      for (const rows of await Promise.all(probing)) {
        expect(Object.fromEntries(rows.map(({ port, outcome: text }) => [port, text]))).toEqual({
          2000: 'open udp-response',
          2001: 'open|filtered no-response',
          2002: 'closed port-unreach',
          2003: 'filtered admin-prohibited',
          2004: 'filtered host-unreach',
        });
      }
    },
    60_000,
  );

  it('native: probes TCP and UDP ports of one plan', async () => {
    await playHost(ECHO);
    // The responder is a process, which a busy machine may delay.
    const order = { engine: 'native', targets: ['198.18.1.2'], ports: 'T:2000,U:2000', timeoutMs: 3_000 };
    const rows = await scan(order);
    expect(rows.map(({ protocol, outcome: text }) => `${protocol} ${text}`).sort()).toEqual([
      'tcp closed conn-refused',
      'udp open udp-response',
    ]);
  });

  it('udp: does not take the missing responses of a host that limits its ICMP errors for open ports', async () => {
    await playHost(ECHO);
    const order = { engine: 'udp', targets: ['198.18.1.7'], ports: 'U:1993-2003', timeoutMs: 300 };
    const startedAtMs = performance.now();
    const rows = await scan(order);
    expect(texts(rows, ({ port }) => port === 2_000)).toEqual(['open udp-response']);
    expect(texts(rows, ({ port }) => port === 2_001)).toEqual(['open|filtered no-response']);
    expect(texts(rows, ({ port }) => port !== 2_000 && port !== 2_001)).toEqual(['closed port-unreach']);
    expect(rows).toHaveLength(11);
    // Six ICMP errors are free; else there was no limit, and this test shows nothing.
    expect(performance.now() - startedAtMs).toBeGreaterThan(2_500);
  }, 90_000);

  it('udp: does not wait for a host that really does not respond', async () => {
    await playHost(ECHO);
    nft('table inet t { chain c { type filter hook input priority 0; udp dport 1000-1099 drop; }; }');
    const rows = await scan({ engine: 'udp', targets: ['198.18.1.6'], ports: 'U:999-1099', timeoutMs: 300 });
    expect(texts(rows, ({ port }) => port === 999)).toEqual(['closed port-unreach']);
    expect(texts(rows, ({ port }) => port !== 999)).toEqual(['open|filtered no-response']);
    expect(Math.max(...rows.map(({ attempts }) => attempts))).toBeLessThanOrEqual(4);
  }, 60_000);
});
