import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  canMakeNamespaces,
  makeNamespacePair,
  type NamespacePair,
} from '../../support/network/namespace-pair.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const isAble = canMakeNamespaces();
let pair: NamespacePair;
beforeEach(() => {
  if (isAble) pair = makeNamespacePair();
});
afterEach(() => {
  if (isAble) pair.remove();
});

const ON_LINK = '198.18.0.2';
const ABSENT = '198.18.0.9';
const ROUTED = '198.18.1.5';
/** The far end has no route there, and reports that as a router does. */
const BEYOND = '198.18.7.7';
const NOWHERE = '198.19.0.1';
const BROADCAST = '198.18.0.255';
const PORTS = '1-3';
const TIMEOUT_MS = 900;

function ip(texts: string): void {
  const { status, stderr } = spawnSync('ip', texts.split(' '));
  if (status !== 0) throw new Error(`ip ${texts}: ${stderr.toString()}`);
}

function node(...texts: string[]): unknown {
  const program = [process.execPath, '--conditions=source', ...texts];
  return JSON.parse(
    execFileSync('ip', ['netns', 'exec', pair.near, ...program], { cwd: ROOT, encoding: 'utf8' }),
  );
}

const connected = z.object({
  completed: z.array(z.object({ host: z.string(), outcome: z.string(), attempts: z.number() })),
});
const raw = z.object({ counts: z.record(z.string(), z.number()) });

/** The outcomes of the ports of one address, by each engine. */
const ENGINES: Readonly<Record<string, (target: string) => readonly string[]>> = {
  syn: (target) => {
    const { counts } = raw.parse(
      node('test/support/scans/raw-scan.ts', 'syn', target, PORTS, '1', '', `${TIMEOUT_MS}`),
    );
    return Object.keys(counts).sort();
  },
  connect: (target) => {
    const order = { engine: 'native', targets: [target], ports: PORTS, timeoutMs: TIMEOUT_MS };
    const { completed } = connected.parse(node('test/support/scans/socket-scan.ts', JSON.stringify(order)));
    return [...new Set(completed.map(({ outcome: text }) => text))].sort();
  },
};

const CLOSED = { syn: 'closed rst', connect: 'closed conn-refused' } as const;
/** Of a neighbor that is not there. When a socket gets the error depends on when the kernel began to resolve it. */
const UNRESPONSIVE = {
  syn: /^filtered host-unreach$/,
  connect: /^filtered (no-response|host-unreach)$/,
} as const;

describe.skipIf(!isAble).each(['syn', 'connect'] as const)(
  '%s: what prevents this machine from probing',
  (name) => {
    const scan = ENGINES[name] ?? (() => []);

    it('is distinguished from errors that the network reports', () => {
      ip(`-n ${pair.near} route add ${BEYOND}/32 via ${ON_LINK}`);
      ip(`netns exec ${pair.far} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0`);
      expect(scan(ON_LINK)).toEqual([CLOSED[name]]);
      expect(scan(ROUTED)).toEqual([CLOSED[name]]);
      expect(scan(ABSENT)[0]).toMatch(UNRESPONSIVE[name]);
      expect(scan(BEYOND)).toEqual(['filtered net-unreach']);
      expect(scan(NOWHERE)).toEqual(['not probed: ENETUNREACH']);
      // An unused address, though the route there works: else no scan of one's own network would be complete.
      expect(scan(BROADCAST)).toEqual(['filtered net-unreach']);
    }, 60_000);

    it('is a link that was switched off, and one whose cable was pulled', () => {
      ip(`-n ${pair.far} link set con-veth down`);
      for (const target of [ON_LINK, ROUTED]) expect(scan(target)).toEqual(['not probed: ENETDOWN']);
      ip(`-n ${pair.near} link set con-veth down`);
      for (const target of [ON_LINK, ROUTED]) expect(scan(target)).toEqual(['not probed: ENETUNREACH']);
    }, 60_000);

    it('is a gateway that does not answer address resolution', () => {
      ip(`-n ${pair.far} address del ${ON_LINK}/24 dev con-veth`);
      ip(`-n ${pair.near} neighbor flush all`);
      expect(scan(ROUTED)).toEqual(['not probed: NO_GATEWAY']);
      expect(scan(ON_LINK)[0]).toMatch(UNRESPONSIVE[name]);
    }, 60_000);

    it('is a route of the type blackhole, prohibit or unreachable', () => {
      for (const [at, kind] of ['blackhole', 'prohibit', 'unreachable'].entries()) {
        ip(`-n ${pair.near} route add ${kind} 198.18.8.${at}/32`);
        expect(scan(`198.18.8.${at}`)[0]).toMatch(/^not probed: E(NET|HOST)UNREACH$/);
      }
    }, 60_000);
  },
);
