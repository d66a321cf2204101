import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export interface NamespacePair {
  /** The namespace of the scanner. */
  readonly near: string;
  /** Where the hosts are: the requested addresses. */
  readonly far: string;
  remove(): void;
}

/** The near end of the link; the hosts are all other addresses of these ranges. */
export const NEAR_ADDRESS = '198.18.0.1';
export const NEAR_ADDRESS_V6 = 'fd00:18::1';
export const FAR_RANGE = '198.18.1.0/24';
export const FAR_RANGE_V6 = 'fd00:19::/64';

/** Whether this machine allows creating network namespaces; a warning when it does not. */
export function canMakeNamespaces(): boolean {
  const name = `con-${process.pid}-try`;
  const created = spawnSync('ip', ['netns', 'add', name]);
  if (created.status === 0) spawnSync('ip', ['netns', 'delete', name]);
  else
    console.warn('SKIPPED: this test needs network namespaces, and "ip netns add" failed (root, iproute2)');
  return created.status === 0;
}

/** Two namespaces with a link between them and none to the outside; every address of the far ranges responds. */
export function makeNamespacePair(): NamespacePair {
  const near = `con-${process.pid}-${randomBytes(3).toString('hex')}-a`;
  const far = near.replace(/a$/, 'b');
  const steps = [
    `netns add ${near}`,
    `netns add ${far}`,
    `-n ${near} link add con-veth type veth peer name con-veth netns ${far}`,
    ...[near, far].flatMap((name) => [`-n ${name} link set lo up`, `-n ${name} link set con-veth up`]),
    `-n ${near} address add ${NEAR_ADDRESS}/24 dev con-veth`,
    `-n ${far} address add 198.18.0.2/24 dev con-veth`,
    `-n ${near} address add ${NEAR_ADDRESS_V6}/64 dev con-veth nodad`,
    `-n ${far} address add fd00:18::2/64 dev con-veth nodad`,
    `-n ${near} route add ${FAR_RANGE} via 198.18.0.2`,
    `-n ${near} route add ${FAR_RANGE_V6} via fd00:18::2`,
    `-n ${far} route add local ${FAR_RANGE} dev lo`,
    `-n ${far} route add local ${FAR_RANGE_V6} dev lo`,
    // A socket can be bound to this one only; IPv6 requires an address for that, not a route.
    `-n ${far} address add fd00:19::1/128 dev lo nodad`,
  ];
  const remove = () => {
    for (const name of [near, far]) spawnSync('ip', ['netns', 'delete', name]);
  };
  for (const step of steps) {
    const { status, stderr } = spawnSync('ip', step.split(' '));
    if (status === 0) continue;
    remove();
    throw new Error(`ip ${step}: ${stderr.toString()}`);
  }
  return { near, far, remove };
}
