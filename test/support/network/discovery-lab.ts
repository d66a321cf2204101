import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/*
 *     scanner ──198.18.0.0/24, fd00::/64── middle ──198.18.9.0/24── far
 *     .1, ::1                              .2 .3 .4, ::2 ::3        .2
 *
 * `middle` routes, answers ARP for all of 198.18.2.0/24 in place of `far`, where .7 and .8 are; all of 198.18.3.0/24 is
 * `far` itself, like a firewall that answers every ping.
 */
const SCRIPT = `
set -e
ip netns add $S; ip netns add $M; ip netns add $F
ip link add s0 netns $S type veth peer name m0 netns $M
ip link add m1 netns $M type veth peer name f0 netns $F
for ns in $S $M $F; do ip -n $ns link set lo up; done
ip -n $S link set s0 up; ip -n $M link set m0 up; ip -n $M link set m1 up; ip -n $F link set f0 up
ip -n $S addr add 198.18.0.1/24 dev s0
ip -n $S addr add fd00::1/64 dev s0 nodad
for last in 2 3 4; do ip -n $M addr add 198.18.0.$last/24 dev m0; done
ip -n $M addr add fd00::2/64 dev m0 nodad; ip -n $M addr add fd00::3/64 dev m0 nodad
ip -n $M addr add 198.18.9.1/24 dev m1
ip -n $F addr add 198.18.9.2/24 dev f0
ip -n $F addr add 198.18.2.7/32 dev lo; ip -n $F addr add 198.18.2.8/32 dev lo
ip -n $F route add local 198.18.3.0/24 dev lo
ip -n $F route add default via 198.18.9.1
ip -n $S route add 198.18.2.0/24 dev s0
ip -n $S route add 198.18.3.0/24 via 198.18.0.2
ip -n $S route add 198.18.9.0/24 via 198.18.0.2
ip -n $M route add 198.18.2.0/24 via 198.18.9.2
ip -n $M route add 198.18.3.0/24 via 198.18.9.2
ip netns exec $M sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.m0.proxy_arp=1 net.ipv4.neigh.m0.proxy_delay=0
ip netns exec $S sysctl -qw net.ipv4.ping_group_range='0 2147483647'
`;

const NODE = process.execPath;
const ROOT = join(import.meta.dirname, '..', '..', '..');

type Place = 'scanner' | 'middle' | 'far';

interface RunOptions {
  readonly hasRawPackets?: boolean;
  readonly from?: Place;
}

export interface DiscoveryLab {
  /** Runs a fixture in the namespace of the scanner, or another, with its argument as JSON, and parses what it prints. */
  run(fixture: string, argument: unknown, options?: RunOptions): Promise<unknown>;
  /** Runs a shell command in one of the namespaces. */
  inside(place: Place, command: string): void;
  /** Listens on a TCP port of `middle` until the lab is removed. */
  listen(port: number): Promise<void>;
  /** Captures what arrives at `middle` until it is ended, into a file. */
  capture(file: string): Promise<{ end(): Promise<Uint8Array> }>;
  remove(): Promise<void>;
}

/** `undefined`, with a warning, where this process may not create namespaces. */
export function makeDiscoveryLab(): DiscoveryLab | undefined {
  const id = `pkt-${process.pid}`;
  const names = { S: `${id}-s`, M: `${id}-m`, F: `${id}-f` };
  const nameOf = { scanner: names.S, middle: names.M, far: names.F };
  const created = spawnSync('sh', ['-c', SCRIPT], { env: { ...process.env, ...names }, encoding: 'utf8' });
  const removeAll = (): void => {
    for (const name of Object.values(names)) spawnSync('ip', ['netns', 'delete', name]);
  };
  if (created.status !== 0) {
    removeAll();
    console.warn(`SKIPPED, NO NETWORK NAMESPACES: ${created.error?.message ?? created.stderr.trim()}`);
    return undefined;
  }
  const children: ChildProcess[] = [];
  return {
    async run(fixture, argument, { hasRawPackets = true, from = 'scanner' } = {}) {
      const dropping = hasRawPackets ? [] : ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw'];
      const path = join(ROOT, 'test/support/scans', fixture);
      const command = [...dropping, NODE, '--conditions=source', path, JSON.stringify(argument)];
      const ran = promisify(execFile)('ip', ['netns', 'exec', nameOf[from], ...command], { cwd: ROOT });
      return JSON.parse((await ran).stdout);
    },
    inside(place, command) {
      const ran = spawnSync('ip', ['netns', 'exec', nameOf[place], 'sh', '-c', command], {
        encoding: 'utf8',
      });
      if (ran.status !== 0) throw new Error(`${command} failed: ${ran.stderr}`);
    },
    async listen(port) {
      const server = "require('node:net').createServer((socket) => socket.on('error', () => undefined))";
      const script = `${server}.listen(${port}, '::', () => console.log('listening'))`;
      const child = spawn('ip', ['netns', 'exec', names.M, NODE, '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      if (child.stdout !== null) await once(child.stdout, 'data');
    },
    async capture(file) {
      const command = [
        'netns',
        'exec',
        names.M,
        'tcpdump',
        '--immediate-mode',
        '-U',
        '-i',
        'm0',
        '-Q',
        'in',
        '-w',
        file,
      ];
      const child = spawn('ip', command, { stdio: ['ignore', 'ignore', 'pipe'] });
      children.push(child);
      // It prints that it is listening when it is.
      if (child.stderr !== null) await once(child.stderr, 'data');
      return {
        async end() {
          await ended(child);
          return new Uint8Array(readFileSync(file));
        },
      };
    },
    async remove() {
      await Promise.all(children.map(ended));
      removeAll();
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
