/** Network namespaces of the bench: `ben-PID-…`, loopback and a pair at most, no link to the outside. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';

const LIMIT_MS = 10_000;

export function ip(...texts: readonly string[]): string {
  return execFileSync('ip', texts, { encoding: 'utf8', timeout: LIMIT_MS });
}

/** The arguments that start a command inside of a namespace. */
export const inside = (namespace: string, texts: readonly string[]): readonly string[] => [
  'ip',
  'netns',
  'exec',
  namespace,
  ...texts,
];

function add(what: string): string {
  const name = `ben-${process.pid}-${what}`;
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return name;
}

function remove(name: string): void {
  try {
    ip('netns', 'delete', name);
  } catch {
    // It was not created.
  }
}

/** Removes what a killed bench has left behind. */
export function removeLeftNamespaces(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const [, name, pid] = /^(ben-(\d+)-\w+)/.exec(line) ?? [];
    if (name !== undefined && !existsSync(`/proc/${pid}`)) remove(name);
  }
}

/** A namespace with only loopback, for as long as `use` runs. */
export async function withLoopback<T>(what: string, use: (namespace: string) => Promise<T>): Promise<T> {
  try {
    return await use(add(what));
  } finally {
    remove(`ben-${process.pid}-${what}`);
  }
}

export interface Pair {
  /** The namespace of the scanner. */
  readonly near: string;
  readonly nearLink: string;
  /** The namespace of the targets. */
  readonly far: string;
  readonly farLink: string;
  /** The MAC address of the far end, which every packet goes to. */
  readonly farHardware: string;
}

/** 198.18.0.1 — 198.18.0.2, with every address of `targets` local to the far end, for as long as `use` runs. */
export async function withPair<T>(
  what: string,
  targets: string,
  use: (pair: Pair) => Promise<T>,
): Promise<T> {
  try {
    return await use(makePair(what, targets));
  } finally {
    remove(`ben-${process.pid}-${what}a`);
    remove(`ben-${process.pid}-${what}b`);
  }
}

function makePair(what: string, targets: string): Pair {
  const [near, far] = [add(`${what}a`), add(`${what}b`)];
  const [nearLink, farLink] = [`bn${process.pid}`, `bf${process.pid}`];
  ip('link', 'add', nearLink, 'netns', near, 'type', 'veth', 'peer', 'name', farLink, 'netns', far);
  ip('-n', near, 'address', 'add', '198.18.0.1/24', 'dev', nearLink);
  ip('-n', far, 'address', 'add', '198.18.0.2/24', 'dev', farLink);
  ip('-n', near, 'link', 'set', nearLink, 'up');
  ip('-n', far, 'link', 'set', farLink, 'up');
  const farHardware = /ether ([\da-f:]+)/.exec(ip('-n', far, 'link', 'show', farLink))?.[1] ?? '';
  // As the kernel would know it after any other traffic, so that every scanner starts under the same conditions.
  const neighbor = ['lladdr', farHardware, 'dev', nearLink, 'nud', 'permanent'];
  ip('-n', near, 'neigh', 'replace', '198.18.0.2', ...neighbor);
  ip('-n', near, 'route', 'add', targets, 'via', '198.18.0.2');
  ip('-n', far, 'route', 'add', 'local', targets, 'dev', 'lo');
  ip('netns', 'exec', far, 'sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0');
  return { near, nearLink, far, farLink, farHardware };
}
