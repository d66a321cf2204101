// Opens every listener that truth.ts names for one place, prints `ready`, and runs until it is ended.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { EXCLUDED, HOSTS, type TrueHost } from './truth.ts';

/** The kernel's own limit is the only one: a scan probes one port on 254 addresses at once. */
const BACKLOG = 65_535;

async function listenTcp(host: string, port: number): Promise<void> {
  const server = createServer((socket) => {
    // A scanner that has seen enough sends a reset, which is an error for the receiver.
    socket.on('error', () => undefined);
    socket.end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, resolve);
  });
}

/** Sends back what it receives, and a byte where that is empty; a mute one only listens. */
async function listenUdp(host: string, port: number, isMute: boolean): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', () => undefined);
  if (!isMute) {
    socket.on('message', (message, from) =>
      socket.send(message.length === 0 ? Buffer.of(0) : message, from.port, from.address),
    );
  }
  socket.bind(port, host);
  await once(socket, 'listening');
}

async function listenFor(host: TrueHost): Promise<void> {
  for (const address of host.addresses) {
    for (const [port, manner] of host.tcp.special) {
      if (manner === 'open') await listenTcp(address, port);
    }
    for (const [port, manner] of host.udp.special) {
      if (manner === 'open' || manner === 'mute') await listenUdp(address, port, manner === 'mute');
    }
  }
}

const [place] = process.argv.slice(2);
const here = [...HOSTS, ...EXCLUDED].filter((host) => host.place === place);
const wildcard = here.filter(({ isWildcard }) => isWildcard);
for (const host of here.filter(({ isWildcard }) => !isWildcard)) await listenFor(host);
for (const port of new Set(wildcard.flatMap(({ tcp }) => [...tcp.special.keys()])))
  await listenTcp('::', port);
process.stdout.write('ready\n');
