import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawScan } from '../../support/scans/raw-scan.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const NEAR = `scanorama-raw-${process.pid}-a`;
const FAR = `scanorama-raw-${process.pid}-b`;
const TCP_PORTS = [22, 80, 443];
const UDP_PORTS = [53, 161];
/** All ports here respond, so it costs nothing; the listener is a process, which a busy machine may delay. */
const TIMEOUT_MS = 3_000;

const isAble = process.getuid?.() === 0 && spawnSync('ip', ['netns', 'list']).status === 0;
if (!isAble) console.warn('SKIPPED: raw engines on a veth pair need root and iproute2');

const ip = (...texts: string[]): string => execFileSync('ip', texts, { encoding: 'utf8' });

/** Listens on all addresses in the far namespace; UDP is echoed. */
const LISTENERS = `
const { createServer } = require('node:net');
const { createSocket } = require('node:dgram');
let left = ${TCP_PORTS.length + UDP_PORTS.length};
const ready = () => { left -= 1; if (left === 0) console.log('ready'); };
for (const port of ${JSON.stringify(TCP_PORTS)}) createServer((s) => s.destroy()).listen({ port, backlog: 4096 }, ready);
for (const port of ${JSON.stringify(UDP_PORTS)}) {
  const socket = createSocket('udp4');
  socket.on('message', (_text, from) => socket.send('hello', from.port, from.address));
  socket.bind(port, '198.18.0.2', ready);
}`;

let listeners: ChildProcess | undefined;

beforeAll(async () => {
  if (!isAble) return;
  ip('netns', 'add', NEAR);
  ip('netns', 'add', FAR);
  ip('link', 'add', 'near', 'netns', NEAR, 'type', 'veth', 'peer', 'name', 'far', 'netns', FAR);
  ip('-n', NEAR, 'addr', 'add', '198.18.0.1/24', 'dev', 'near');
  ip('-n', FAR, 'addr', 'add', '198.18.0.2/24', 'dev', 'far');
  ip('-n', NEAR, '-6', 'addr', 'add', 'fd00:18::1/64', 'dev', 'near', 'nodad');
  ip('-n', FAR, '-6', 'addr', 'add', 'fd00:18::2/64', 'dev', 'far', 'nodad');
  for (const [name, link] of [
    [NEAR, 'near'],
    [FAR, 'far'],
  ] as const) {
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'set', link, 'up');
  }
  ip('-n', NEAR, 'route', 'add', '198.18.1.0/24', 'via', '198.18.0.2');
  ip('-n', FAR, 'route', 'add', 'local', '198.18.1.0/24', 'dev', 'lo');
  ip('netns', 'exec', FAR, 'sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv4.icmp_msgs_per_sec=100000');
  listeners = spawn('ip', ['netns', 'exec', FAR, process.execPath, '-e', LISTENERS]);
  if (listeners.stdout !== null) await once(listeners.stdout, 'data');
});

afterAll(async () => {
  if (!isAble) return;
  if (listeners !== undefined) {
    const ended = once(listeners, 'exit');
    listeners.kill();
    await ended;
  }
  ip('netns', 'del', NEAR);
  ip('netns', 'del', FAR);
});

function scan(namespace: string, ...probed: string[]): RawScan {
  const [engine = '', targets = '', ports = '', threads = '1', excluded = ''] = probed;
  const texts = [engine, targets, ports, threads, excluded, `${TIMEOUT_MS}`];
  const program = [process.execPath, '--conditions=source', 'test/support/scans/raw-scan.ts', ...texts];
  return JSON.parse(
    execFileSync('ip', ['netns', 'exec', namespace, ...program], { cwd: ROOT, encoding: 'utf8' }),
  );
}

describe.skipIf(!isAble)('raw engine on a veth pair', () => {
  it('finds exactly what listens behind a gateway, spread over two threads', () => {
    const found = scan(NEAR, 'syn', '198.18.1.1-198.18.1.100', '1-2000', '2', '198.18.1.7');
    const open = Array.from({ length: 100 }, (_, at) => `198.18.1.${at + 1}`)
      .filter((address) => address !== '198.18.1.7')
      .flatMap((address) => TCP_PORTS.map((port) => `${address} tcp/${port}`));
    expect(found.open).toEqual(open.sort());
    expect(found).toMatchObject({ completed: 200_000, distinct: 200_000 });
    expect(found.counts).toEqual({ skipped: 2_000, 'open syn-ack': 297, 'closed rst': 99 * 1_997 });
  }, 180_000);

  it('finds TCP and UDP over IPv4 and IPv6 on the link, and unused addresses', () => {
    const found = scan(
      NEAR,
      'syn',
      '198.18.0.2,198.18.0.9,fd00:18::2,fd00:18::9,198.19.0.1',
      'T:1-500,U:50-60,U:161',
    );
    const udp = UDP_PORTS.map((port) => `198.18.0.2 udp/${port}`);
    const tcp = ['198.18.0.2', 'fd00:18::2'].flatMap((address) =>
      TCP_PORTS.map((port) => `${address} tcp/${port}`),
    );
    expect(found.open).toEqual([...udp, ...tcp].sort());
    expect(found.withoutRoundTrip).toBe(0);
    expect(found.counts['filtered host-unreach']).toBe(2 * 512);
    expect(found.counts['not probed: ENETUNREACH']).toBe(512);
  });

  it('distinguishes filtered from unfiltered with ACK', () => {
    expect(scan(NEAR, 'ack', '198.18.0.2', '1-100').counts).toEqual({ 'unfiltered rst': 100 });
  });

  it("probes this machine's own addresses, and takes no packet of its own for a response", () => {
    const found = scan(FAR, 'syn', '127.0.0.1,::1,198.18.0.2', 'T:1-500,61000-65535');
    const addresses = ['127.0.0.1', '::1', '198.18.0.2'];
    expect(found.open).toEqual(
      addresses.flatMap((address) => TCP_PORTS.map((port) => `${address} tcp/${port}`)).sort(),
    );
    expect(found.counts['closed rst']).toBe(3 * (500 + 4_536 - TCP_PORTS.length));
  });
});
