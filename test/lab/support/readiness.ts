import { setTimeout as sleep } from 'node:timers/promises';
import { must } from './namespaces.ts';
import { HOSTS, PLACES, type Place } from './truth.ts';
import { linkEnds } from './wiring.ts';

const READY_LIMIT_MS = 15_000;
const POLL_MS = 50;

/** A datagram to the discard port of each of its arguments, so that the kernel resolves their MAC addresses. */
const SEND = `
const { createSocket } = require('node:dgram');
const addresses = process.argv.slice(1);
for (const [family, type] of [[':', 'udp6'], ['.', 'udp4']]) {
  const own = addresses.filter((address) => address.includes(family));
  const socket = createSocket(type);
  socket.on('error', () => undefined);
  let left = own.length;
  for (const address of own) socket.send('', 9, address, () => { left -= 1; if (left === 0) socket.close(); });
}`;

const presentAt = (place: Place) =>
  HOSTS.filter((host) => host.place === place && host.tcp.otherwise !== 'absent').flatMap(
    ({ addresses }) => addresses,
  );

/** Which place resolves which addresses. Excluded addresses get no packet here either. */
function neighborsBy(): readonly { readonly place: Place; readonly addresses: readonly string[] }[] {
  return [
    { place: 'scan', addresses: [...linkEnds(), ...presentAt('near')] },
    { place: 'router', addresses: presentAt('far') },
  ];
}

/**
 * Waits until every address is usable and the MAC address of every neighbor is known: until then the kernel holds packets
 * back, and a scanner that retries once takes a host for unresponsive. The cache is flushed again: scans resolve for themselves.
 */
export async function untilReady(nameOf: (place: Place) => string): Promise<void> {
  const deadlineMs = performance.now() + READY_LIMIT_MS;
  const until = async (what: string, isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) {
      if (performance.now() > deadlineMs) throw new Error(`the lab is not ready: ${what}`);
      await sleep(POLL_MS);
    }
  };
  for (const place of PLACES)
    await until(`addresses of ${place} are tentative`, () => tentativeIn(nameOf(place)) === '');
  for (const { place, addresses } of neighborsBy()) {
    must('ip', ['netns', 'exec', nameOf(place), process.execPath, '-e', SEND, ...addresses]);
    await until(`${place} does not know its neighbors`, () => {
      const known = knownBy(nameOf(place));
      return addresses.every((address) => known.has(address));
    });
    for (const family of ['-4', '-6']) must('ip', [family, '-n', nameOf(place), 'neigh', 'flush', 'all']);
  }
}

function tentativeIn(name: string): string {
  return must('ip', ['-n', name, '-6', 'addr', 'show', 'tentative']).trim();
}

function knownBy(name: string): ReadonlySet<string> {
  const lines = must('ip', ['-n', name, 'neigh', 'show']).split('\n');
  return new Set(lines.filter((line) => line.includes(' lladdr ')).map((line) => line.split(' ')[0] ?? ''));
}
