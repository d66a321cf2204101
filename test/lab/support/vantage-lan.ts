import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, printed } from '../../support/programs/program.ts';
import { must, newLabName, removeNamespaces } from './namespaces.ts';

/*
 *     hosts ──┬── inside   198.18.0.2            hosts: 198.18.0.10 to .13, open as in `OPEN`, closed elsewhere
 *             │
 *             └── firewall ──198.18.1.0/24── outside 198.18.1.2
 *
 * One kernel plays all hosts; port 443 of .13 is open only to the outside, like a published service.
 */
const VANTAGE_POINTS = ['inside', 'outside'] as const;
export type VantagePoint = (typeof VANTAGE_POINTS)[number];

const OPEN = [
  '198.18.0.10:22',
  '198.18.0.10:443',
  '198.18.0.10:3306',
  '198.18.0.10:8080',
  '198.18.0.11:22',
  '198.18.0.12:22',
  '198.18.0.13:22',
  '198.18.0.13:443',
];
/** Open at first, from both vantage points. */
export const CLOSING = '198.18.0.11:80';

const SETUP = `
set -e
for ns in $HOSTS $INSIDE $FIREWALL $OUTSIDE; do ip netns add $ns; ip -n $ns link set lo up; done
ip -n $HOSTS link add lan type bridge
ip link add inside netns $HOSTS type veth peer name lan netns $INSIDE
ip link add firewall netns $HOSTS type veth peer name lan netns $FIREWALL
ip link add outside netns $FIREWALL type veth peer name wan netns $OUTSIDE
for port in inside firewall; do ip -n $HOSTS link set $port master lan; ip -n $HOSTS link set $port up; done
ip -n $HOSTS link set lan up
for last in 10 11 12 13; do ip -n $HOSTS addr add 198.18.0.$last/24 dev lan; done
ip -n $INSIDE addr add 198.18.0.2/24 dev lan; ip -n $INSIDE link set lan up
ip -n $FIREWALL addr add 198.18.0.1/24 dev lan; ip -n $FIREWALL link set lan up
ip -n $FIREWALL addr add 198.18.1.1/24 dev outside; ip -n $FIREWALL link set outside up
ip -n $OUTSIDE addr add 198.18.1.2/24 dev wan; ip -n $OUTSIDE link set wan up
ip -n $HOSTS route add 198.18.1.0/24 via 198.18.0.1
ip -n $OUTSIDE route add 198.18.0.0/24 via 198.18.1.1
ip netns exec $FIREWALL sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
`;

/** Packets that are not allowed are dropped; some of what reaches the outside is sent by the firewall itself. */
const FIREWALL_RULES = `
table ip lan {
  chain forward {
    type filter hook forward priority 0; policy drop;
    iifname lan accept
    ip daddr 198.18.0.12 drop
    ip protocol icmp accept
    ip daddr 198.18.0.10 tcp dport 3306 reject with tcp reset
    ip daddr 198.18.0.10 tcp dport 8080 reject with icmp type admin-prohibited
    ip daddr { 198.18.0.10, 198.18.0.13 } tcp dport 22 accept
    ip daddr 198.18.0.13 tcp dport 443 accept
    tcp dport 80 accept
  }
}`;
const HOST_RULES = `
table ip hosts {
  chain input {
    type filter hook input priority 0;
    ip saddr 198.18.0.2 ip daddr 198.18.0.13 tcp dport 443 drop
  }
}`;

const TARGETS = '198.18.0.10-13';
const PORTS = '22,80,443,3306,8080';
/** With timeouts for a busy machine: a response that arrives too late would make a port filtered. */
const PACE = [
  '-n',
  '-T4',
  '--max-retries',
  '2',
  '--initial-rtt-timeout',
  '500ms',
  '--min-rtt-timeout',
  '500ms',
];
const LOCK_WAIT_MS = 20;

export interface VantageLan {
  /** One run of nmap from there; returns the file it wrote, with a start time of its own. */
  scan(from: VantagePoint, flags: readonly string[]): Promise<string>;
  /** Closes `CLOSING`, for every sender. */
  close(): Promise<void>;
  remove(): Promise<void>;
}

/** Creates the network and waits until its hosts listen; `withoutLab` tells whether one can be created. */
export async function makeVantageLan(): Promise<VantageLan> {
  const { prefix, folder } = newLabName();
  const nameOf = (place: VantagePoint | 'hosts' | 'firewall') => `${prefix}-${place}`;
  const names = [nameOf('hosts'), nameOf('firewall'), ...VANTAGE_POINTS.map(nameOf)];
  const children: ChildProcess[] = [];
  const remove = async () => {
    await Promise.all(children.map(stopped));
    removeNamespaces(names);
    rmSync(folder, { recursive: true, force: true });
  };
  const listen = async (places: readonly string[]): Promise<ChildProcess> => {
    const file = join(import.meta.dirname, '..', 'fixtures', 'listen-on.ts');
    const command = ['netns', 'exec', nameOf('hosts'), process.execPath, file, ...places];
    const child = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await printed(child, /ready/);
    return child;
  };
  try {
    const environment = names.map((name) => `${name.slice(prefix.length + 1).toUpperCase()}=${name}`);
    must('env', [...environment, 'sh', '-c', SETUP]);
    must('ip', ['netns', 'exec', nameOf('firewall'), 'nft', '-f', '-'], FIREWALL_RULES);
    must('ip', ['netns', 'exec', nameOf('hosts'), 'nft', '-f', '-'], HOST_RULES);
    const [closing] = await Promise.all([listen([CLOSING]), listen(OPEN)]);
    let runs = 0;
    return {
      async scan(from, flags) {
        runs += 1;
        const file = join(folder, `run-${runs}-${from}.xml`);
        const command = ['nmap', ...PACE, ...flags, '-p', PORTS, '-oX', file, TARGETS];
        const nmap = spawn('ip', ['netns', 'exec', nameOf(from), ...command], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const { code, stderr } = await ended(nmap);
        if (code !== 0) throw new Error(`nmap ended with ${code}: ${stderr}`);
        await secondOver(file);
        return file;
      },
      close: () => stopped(closing),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Reports count in whole seconds: two runs within one second could not be ordered. */
async function secondOver(file: string): Promise<void> {
  const times = Array.from(readFileSync(file, 'utf8').matchAll(/(?:time|starttime|endtime)="(\d+)"/g));
  const lastMs = 1_000 * Math.max(...times.map(([, seconds]) => Number(seconds)));
  while (Date.now() < lastMs + 1_000) await sleep(LOCK_WAIT_MS);
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, 'exit');
  child.kill('SIGTERM');
  await end;
}
