import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawScan } from '../../support/scans/raw-scan.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const NEAR = `scanorama-tun-${process.pid}-a`;
const FAR = `scanorama-tun-${process.pid}-b`;
/** TUN, PPP, IPv4 in IPv4, IPv6 in IPv4, GRE: the link types that the devices pose as, each with nets of its own. */
const KINDS = [65_534, 512, 768, 776, 778];
const netOf = (at: number) => ({ ipv4: `198.18.${at + 10}`, ipv6: `fd00:${at + 10}:` });
const HOSTS = KINDS.flatMap((_, at) => [`${netOf(at).ipv4}.2`, `${netOf(at).ipv6}:2`]);
const PORTS = 'T:1-40,U:1-40';
/** The host is a process, which a busy machine may delay: only no response for twice as long counts. */
const TIMEOUT_MS = 1_500;
const OPEN = Array.from({ length: 10 }, (_, at) => at + 1);
/** For one host behind a TUN device, see test/support/network/tun-host.ts. */
const COUNTS = {
  'open syn-ack': 10,
  'closed rst': 10,
  'filtered no-response': 10,
  'open udp-response': 10,
  'closed port-unreach': 10,
  'open|filtered no-response': 10,
  'filtered admin-prohibited': 20,
};

const isAble =
  process.getuid?.() === 0 && existsSync('/dev/net/tun') && spawnSync('ip', ['netns', 'list']).status === 0;
if (!isAble) console.warn('SKIPPED: raw engines over TUN devices need root, iproute2 and /dev/net/tun');

const ip = (...texts: string[]): string => execFileSync('ip', texts, { encoding: 'utf8' });
const inNear = (texts: string): string => ip('-n', NEAR, ...texts.split(' '));
const children: ChildProcess[] = [];

async function addTun(kind: number, at: number): Promise<void> {
  const device = `tun${at}`;
  inNear(`tuntap add dev ${device} mode tun`);
  const program = [
    process.execPath,
    '--conditions=source',
    'test/support/network/tun-host.ts',
    device,
    `${kind}`,
  ];
  const child = spawn('ip', ['netns', 'exec', NEAR, ...program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  if (child.exitCode !== null) throw new Error(`no host behind ${device}: it ended with ${child.exitCode}`);
  const { ipv4, ipv6 } = netOf(at);
  inNear(`link set ${device} txqueuelen 20000 up`);
  inNear(`addr add ${ipv4}.1/24 dev ${device}`);
  inNear(`-6 addr add ${ipv6}:1/64 dev ${device} nodad`);
}

beforeAll(async () => {
  if (!isAble) return;
  ip('netns', 'add', NEAR);
  ip('netns', 'add', FAR);
  ip('link', 'add', 'near', 'netns', NEAR, 'type', 'veth', 'peer', 'name', 'far', 'netns', FAR);
  ip('-n', FAR, 'addr', 'add', '198.18.0.2/24', 'dev', 'far');
  ip('-n', FAR, 'link', 'set', 'far', 'up');
  inNear('addr add 198.18.0.1/24 dev near');
  inNear('link set near up');
  inNear('link set lo up');
  ip('netns', 'exec', FAR, 'sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv4.icmp_msgs_per_sec=100000');
  for (const [at, kind] of KINDS.entries()) await addTun(kind, at);
});

afterAll(async () => {
  if (!isAble) return;
  for (const child of children) {
    if (child.exitCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  ip('netns', 'del', NEAR);
  ip('netns', 'del', FAR);
});

function scan(...probed: string[]): RawScan {
  const [engine = '', targets = '', ports = '', threads = '1', excluded = ''] = probed;
  const texts = [engine, targets, ports, threads, excluded, `${TIMEOUT_MS}`];
  const program = [process.execPath, '--conditions=source', 'test/support/scans/raw-scan.ts', ...texts];
  return JSON.parse(execFileSync('ip', ['netns', 'exec', NEAR, ...program], { cwd: ROOT, encoding: 'utf8' }));
}

const openOf = (hosts: readonly string[]) =>
  hosts.flatMap((host) => OPEN.flatMap((port) => [`${host} tcp/${port}`, `${host} udp/${port}`])).sort();

describe.skipIf(!isAble)('raw engine on links without a header', () => {
  it.each(HOSTS.slice(0, 2))('reports the states of TCP and UDP ports of %s', (host) => {
    const found = scan('syn', host, PORTS);
    expect(found.counts).toEqual(COUNTS);
    expect(found.open).toEqual(openOf([host]));
    expect(found).toMatchObject({ completed: 80, distinct: 80, withoutRoundTrip: 0 });
  });

  it('probes hosts behind all of them and behind a veth in one run', () => {
    const found = scan('syn', ['198.18.0.2', ...HOSTS].join(','), PORTS);
    const wanted = Object.entries(COUNTS).map(([text, count]) => [text, count * HOSTS.length] as const);
    const counts: Record<string, number> = Object.fromEntries(wanted);
    counts['closed rst'] = (counts['closed rst'] ?? 0) + 40;
    counts['closed port-unreach'] = (counts['closed port-unreach'] ?? 0) + 40;
    expect(found.counts).toEqual(counts);
    expect(found.open).toEqual(openOf(HOSTS));
  });

  it('distinguishes filtered from unfiltered with ACK, and probes no excluded host', () => {
    const found = scan('ack', '198.18.10.2-198.18.10.3', '1-40', '1', '198.18.10.3');
    expect(found.counts).toEqual({
      'unfiltered rst': 20,
      'filtered admin-prohibited': 10,
      'filtered no-response': 10,
      skipped: 40,
    });
  });

  it('probes all ports of some hosts, from two threads', () => {
    const found = scan('syn', '198.18.10.2-198.18.10.4,fd00:10::2', '1-65535', '2');
    expect(found).toMatchObject({ completed: 262_140, distinct: 262_140 });
    expect(found.counts).toEqual({
      'open syn-ack': 40,
      'closed rst': 40,
      'filtered admin-prohibited': 40,
      'filtered no-response': 4 * (65_535 - 30),
    });
  }, 120_000);
});
