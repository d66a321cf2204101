import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_PACKETS_PER_SECOND_PER_HOST } from '#net/send/pace.js';
import { ServerProgram } from '#torture/server-program.js';
import { openTestDatabase, type TestDatabase, urlOf } from '../support/database/database.ts';
import { PROGRAM } from '../support/programs/program.ts';
import { createWorkContext } from '../support/programs/work-context.ts';
import { begin, order } from '../support/programs/worker.ts';
import {
  hasTool,
  type LabName,
  must,
  newLabName,
  removeNamespaces,
  withoutLab,
} from './support/namespaces.ts';

/** An address of the namespace itself, outside loopback: the default rates apply. Nothing listens. */
const HOST = '198.18.77.1';
const PORTS_EACH = 2_000;
/** Shorter than a server is frozen here: another takes its scan over meanwhile. */
const LEASE = '2s';
const FREEZE_MS = 3_500;
/** The budget applies in each of these windows; the longest shows a violation on a slow machine as well. */
const SPANS_MS = [100, 1_000, 5_000];
/** Between a permit and its packet, in addition to the delay of this machine. */
const JITTER_MS = 15;
const PATIENCE_MS = 30_000;

interface Probed {
  readonly atMs: number;
  readonly port: number;
}

/** tcpdump on the loopback of a namespace, where packets between its addresses pass. */
class Witness {
  readonly probed: Probed[] = [];
  readonly #child: ChildProcess;

  constructor(namespace: string) {
    const syn = 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn';
    const texts = [
      'netns',
      'exec',
      namespace,
      'tcpdump',
      ...'-n -tt -l --immediate-mode -i lo -Z root'.split(' '),
    ];
    this.#child = spawn('ip', [...texts, `dst host ${HOST} and ${syn}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, seconds, port] = /^(\d+\.\d+) IP \S+ > [\d.]+\.(\d+): /.exec(line) ?? [];
        if (seconds !== undefined) this.probed.push({ atMs: Number(seconds) * 1_000, port: Number(port) });
      }
    });
  }

  async started(): Promise<void> {
    const { stderr } = this.#child;
    if (stderr === null) throw new Error('tcpdump has no output');
    for await (const line of createInterface({ input: stderr })) if (line.startsWith('listening on')) return;
    throw new Error('tcpdump did not start');
  }

  /** The number of packets to the ports of one scan. */
  countOf(firstPort: number): number {
    return this.probed.filter(({ port }) => port >= firstPort && port < firstPort + PORTS_EACH).length;
  }

  close(): void {
    this.#child.kill('SIGTERM');
  }
}

const isLeftOut = withoutLab() || withoutTcpdump();
function withoutTcpdump(): boolean {
  if (hasTool('tcpdump')) return false;
  console.warn('NO TCPDUMP: the combined rate of several servers is not measured.');
  return true;
}

let lab: LabName;
let namespace = '';
let db: TestDatabase;
let watching: Witness;
const servers: ServerProgram[] = [];

beforeAll(async () => {
  if (isLeftOut) return;
  lab = newLabName();
  namespace = `${lab.prefix}-rates`;
  must('ip', ['netns', 'add', namespace]);
  must('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
  must('ip', ['-n', namespace, 'address', 'add', `${HOST}/32`, 'dev', 'lo']);
  db = await openTestDatabase();
  watching = new Witness(namespace);
  await watching.started();
});
afterAll(async () => {
  if (isLeftOut) return;
  await Promise.all(servers.map((server) => server.close()));
  watching.close();
  removeNamespaces([namespace]);
  await db.close();
  await rm(lab.folder, { recursive: true, force: true });
});

async function startServer(): Promise<ServerProgram> {
  const name = `server-${servers.length}`;
  const dataDir = join(lab.folder, name);
  await mkdir(dataDir);
  const command = ['ip', 'netns', 'exec', namespace, process.execPath, PROGRAM] as const;
  const environment = { PATH: process.env['PATH'] ?? '', SCANORAMA_LEASE_TIME: LEASE };
  const server = new ServerProgram(
    { command, environment },
    { name, dataDir, databaseUrl: urlOf(db.address) },
  );
  servers.push(server);
  await server.start(AbortSignal.timeout(PATIENCE_MS));
  return server;
}

/** A scan of the host at default rates, with the connect engine; waits until it is being probed. */
async function beginScan(firstPort: number): Promise<void> {
  const ports = `${firstPort}-${firstPort + PORTS_EACH - 1}`;
  await begin(createWorkContext(db.store), order([HOST], ports, { scanType: 'connect' }));
  await probedMore(firstPort);
}

async function probedMore(firstPort: number): Promise<void> {
  const before = watching.countOf(firstPort);
  await expect.poll(() => watching.countOf(firstPort), { timeout: PATIENCE_MS }).toBeGreaterThan(before + 5);
}

/** The shortest time in which one packet more arrived than a window may contain. */
function shortestMs(times: readonly number[], packets: number): number {
  return Math.min(...times.slice(packets).map((atMs, index) => atMs - (times[index] ?? 0)));
}

describe.skipIf(isLeftOut)('three servers on one database', () => {
  it('send one host no more together than one alone may, also when one is killed and one is frozen', {
    timeout: 150_000,
  }, async () => {
    const lateness = monitorEventLoopDelay({ resolution: 1 });
    lateness.enable();
    const [scanA, scanB, scanC] = [10_000, 20_000, 30_000];
    const a = await startServer();
    await beginScan(scanA);
    const b = await startServer();
    // So that the next scan belongs to the other server.
    a.signal('SIGSTOP');
    await beginScan(scanB);
    a.signal('SIGCONT');
    await Promise.all([scanA, scanB].map(probedMore));
    const c = await startServer();
    for (const server of [a, b]) server.signal('SIGSTOP');
    await beginScan(scanC);
    for (const server of [a, b]) server.signal('SIGCONT');
    await Promise.all([scanA, scanB, scanC].map(probedMore));
    b.signal('SIGSTOP');
    await a.kill();
    await sleep(FREEZE_MS);
    b.signal('SIGCONT');
    // A client resumes each.
    await Promise.all([scanA, scanB, scanC].map(probedMore));
    expect([b.isUp, c.isUp]).toEqual([true, true]);
    lateness.disable();

    const times = watching.probed.map(({ atMs }) => atMs).toSorted((one, other) => one - other);
    const lateMs = lateness.max / 1e6;
    const spans = SPANS_MS.map((spanMs) => {
      const packets = (DEFAULT_PACKETS_PER_SECOND_PER_HOST * spanMs) / 1_000;
      return { spanMs, packets, tookMs: shortestMs(times, packets) };
    });
    const reported = spans.map(
      ({ packets, tookMs }) => `${packets + 1} took ${tookMs.toFixed(1)} ms or longer`,
    );
    console.log(
      `${times.length} packets to one host by three servers: ${reported.join(', ')}; machine up to ${lateMs.toFixed(1)} ms late`,
    );
    for (const { spanMs, tookMs } of spans) expect(tookMs).toBeGreaterThan(spanMs - JITTER_MS - 2 * lateMs);
  });
});
