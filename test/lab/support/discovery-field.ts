import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatAddress } from '#domain/addresses/address.js';
import { decodeFrame } from '#net/packet/frame.js';
import { isPacketError } from '#net/packet/packet-error.js';
import { decodePcap } from '#net/packet/pcap.js';
import { must, newLabName, removeNamespaces } from './namespaces.ts';

/*
 *     scanner ──198.18.0.0/24, fd00::/64── hosts
 *     .1, ::1                              .2 .3 .4, ::2 ::3, and behind them 198.18.16.0/20
 *
 * Every address of the large network responds, with one of eight TTLs, as in a network with many kinds of
 * hosts; equal responses from all addresses would be taken for an impostor.
 */
const SETUP = `
set -e
ip netns add $S; ip netns add $H
ip link add s0 netns $S type veth peer name h0 netns $H
for ns in $S $H; do ip -n $ns link set lo up; done
ip -n $S link set s0 up; ip -n $H link set h0 up
ip -n $S addr add 198.18.0.1/24 dev s0; ip -n $S addr add fd00::1/64 dev s0 nodad
for last in 2 3 4; do ip -n $H addr add 198.18.0.$last/24 dev h0; done
for last in 2 3; do ip -n $H addr add fd00::$last/64 dev h0 nodad; done
ip -n $S route add 198.18.16.0/20 via 198.18.0.2
ip -n $H route add local 198.18.16.0/20 dev lo
ip netns exec $H nft 'add table ip field'
ip netns exec $H nft 'add chain ip field out { type filter hook output priority 0; }'
for kind in 0 1 2 3 4 5 6 7; do
  ip netns exec $H nft "add rule ip field out ip saddr 198.18.16.0/20 ip saddr & 0.0.0.7 == 0.0.0.$kind ip ttl set 6$kind"
done
`;

/** The hosts of the first `n` /24 networks of the large network. */
export function fieldOf(networks: number): string[] {
  return Array.from({ length: networks }, (_, at) => `198.18.${16 + at}.1-198.18.${16 + at}.254`);
}
export const HOSTS_PER_NETWORK = 254;

export interface DiscoveryField {
  readonly scanner: string;
  /** Starts a program where the hosts are, and waits until it has printed the expected text on its standard error. */
  startHost(command: readonly string[], awaited: RegExp): Promise<void>;
  /** Destinations of pings from now on, until the capture is ended. */
  capturePings(): Promise<{ end(): Promise<readonly string[]> }>;
  remove(): Promise<void>;
}

export function makeDiscoveryField(): DiscoveryField {
  const { prefix, folder } = newLabName();
  const [S, H] = [`${prefix}-s`, `${prefix}-h`];
  const children: ChildProcess[] = [];
  const start = async (command: readonly string[], awaited: RegExp): Promise<ChildProcess> => {
    const child = spawn('ip', ['netns', 'exec', H, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    let output = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (awaited.test(output)) resolve();
      });
      child.once('close', () => reject(new Error(`${command[0] ?? ''} ended: ${output}`)));
    });
    return child;
  };
  try {
    must('env', [`S=${S}`, `H=${H}`, 'sh', '-c', SETUP]);
  } catch (error) {
    removeNamespaces([S, H]);
    throw error;
  }
  return {
    scanner: S,
    startHost: async (command, awaited) => void (await start(command, awaited)),
    async capturePings() {
      const file = join(folder, `pings-${children.length}.pcap`);
      const tcpdump = ['tcpdump', '-U', '-i', 'h0', '-Q', 'in', '-w', file, 'icmp[icmptype] == icmp-echo'];
      const child = await start(tcpdump, /listening on/);
      return {
        async end() {
          await ended(child);
          return destinationsOf(new Uint8Array(readFileSync(file)));
        },
      };
    },
    async remove() {
      await Promise.all(children.map(ended));
      removeNamespaces([S, H]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function destinationsOf(bytes: Uint8Array): string[] {
  const capture = decodePcap(bytes);
  if (isPacketError(capture)) throw new Error(capture.code);
  return capture.packets.flatMap((packet) => {
    const frame = decodeFrame(packet.bytes);
    if (isPacketError(frame) || frame.network.kind !== 'ipv4') return [];
    return [formatAddress(frame.network.ipv4.destination)];
  });
}
