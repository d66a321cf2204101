import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** A hexadecimal group of an IPv6 address. */
const GROUP_DIGITS = 4;

/**
 * Every address that this machine, or the network namespace of this process, answers itself. Node leaves out those of a
 * link whose cable is unplugged, and just then it matters that they go on answering. Sends nothing.
 */
export function readOwnAddresses(): readonly string[] {
  const byNode = Object.values(networkInterfaces()).flatMap((known) =>
    (known ?? []).map(({ address }) => address),
  );
  const bySystem = [
    ...ownIpv4Addresses(readText('/proc/net/fib_trie')),
    ...ownIpv6Addresses(readText('/proc/net/if_inet6')),
  ];
  return [...new Set([...byNode, ...bySystem])];
}

/** A leaf of the trie names an address, and the lines below it what that is: `/32 host LOCAL` is one of this machine's. */
export function ownIpv4Addresses(fibTrie: string): readonly string[] {
  const own: string[] = [];
  let leaf: string | undefined;
  for (const line of fibTrie.split('\n')) {
    leaf = /\|-- ([\d.]+)$/.exec(line)?.[1] ?? leaf;
    if (leaf !== undefined && line.trim() === '/32 host LOCAL') own.push(leaf);
  }
  return own;
}

/** The first word of each line is an address, all 32 digits of it. */
export function ownIpv6Addresses(ifInet6: string): readonly string[] {
  return ifInet6.split('\n').flatMap((line) => {
    const digits = /^[0-9a-f]{32}\b/i.exec(line)?.[0];
    if (digits === undefined) return [];
    const groups = Array.from({ length: 32 / GROUP_DIGITS }, (_, at) =>
      digits.slice(at * GROUP_DIGITS, (at + 1) * GROUP_DIGITS),
    );
    return [groups.join(':')];
  });
}

/** Another system has no such file. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
