import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PortSet } from '#domain/ports/port-set.js';
import { detectionOf } from '#domain/scans/nmap-detection.js';
import { systemClock } from '#net/send/system-clock.js';
import { ProcessProber } from '#prober/client/client.js';
import { CREDIT_CHUNKS } from '#prober/client/credit.js';
import type { ProbeOrder } from '#scan/engine/prober.js';
import { type CompletedChunk, outcomeOf } from '#scan/results/completed-chunk.js';
import { createLog } from '#telemetry/log.js';

/** Addresses of loopback that no other test asks. */
const HOST = '127.86.3.1';
const never = new AbortController().signal;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const { NODE_COMPILE_CACHE } = process.env;
/** Where compiled code is found again: half of what a start costs. */
const COMPILED = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

function openProber(nodePath?: string, path = process.env['PATH'] ?? ''): ProcessProber {
  const environment = { ...COMPILED, PATH: path };
  const prober = new ProcessProber({ nodePath, environment, log: createLog('silent') });
  cleanups.push(() => prober.close());
  return prober;
}

function orderOf(last: number, more: Partial<ProbeOrder> = {}): ProbeOrder {
  const ports = PortSet.of({ tcp: [{ first: 1, last }] });
  return {
    scan: 'a scan',
    engine: 'connect',
    plan: { targets: AddressSet.parse([HOST]), ports, seed: 1n },
    first: 0,
    end: last,
    exclusions: AddressSet.EMPTY,
    exclusionsGoodUntilMs: null,
    rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: true },
    retries: 1,
    timeoutMs: 1_000,
    concurrency: 500,
    liveHosts: false,
    ...more,
  };
}

const slow = { packetsPerSecond: 1_000, packetsPerSecondPerHost: undefined, unlimited: false };

const WITNESSED_HOST = '127.86.3.2';
const PROMISE_MS = 1_000;

/** Counts who connects to every 20th of the ports that `prober-parent.ts` asks. */
async function openWitness() {
  const witness = { connections: 0 };
  const ports = Array.from({ length: 500 }, (_, at) => 20_000 + 20 * at);
  const servers = ports.map((port) =>
    createServer((socket) => {
      witness.connections += 1;
      socket.on('error', () => undefined).resume();
    }).listen(port, WITNESSED_HOST),
  );
  await Promise.all(servers.map((server) => once(server, 'listening')));
  cleanups.push(() => {
    for (const server of servers) server.close();
  });
  return witness;
}

async function positionsOf(chunks: AsyncIterable<CompletedChunk>): Promise<number[]> {
  const positions: number[] = [];
  for await (const chunk of chunks) positions.push(...chunk.positions);
  return positions;
}

/** A PATH on which nmap tells its version, and asked for more its process number to us, and then sends nothing. */
function fakeNmap() {
  const folder = mkdtempSync(join(tmpdir(), 'prober-nmap-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const pidFile = join(folder, 'pid');
  const script = `[ "$1" = --version ] && { echo 'Nmap version 7.95'; exit; }\necho $$ >${pidFile}\nexec sleep 60\n`;
  writeFileSync(join(folder, 'nmap'), `#!/bin/sh\n${script}`, { mode: 0o755 });
  const startedNmap = () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0);
  return { path: `${folder}:${process.env['PATH'] ?? ''}`, startedNmap };
}

describe('a survey', () => {
  it('that is taken anew sees what was installed meanwhile, and waits while something is asked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'prober-path-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const prober = openProber(undefined, folder);
    const nmapVersion = async (anew: boolean) => (await prober.survey({ anew })).facts.nmapVersion;
    expect(await nmapVersion(false)).toBeNull();
    const first = prober.processId;
    const fake = '#!/bin/sh\n[ "$1" = --version ] && echo \'Nmap version 7.95\'\n';
    writeFileSync(join(folder, 'nmap'), fake, { mode: 0o755 });
    expect(await nmapVersion(false)).toBeNull();
    const stop = new AbortController();
    const run = prober.run(orderOf(10_000, { rate: slow }), stop.signal)[Symbol.asyncIterator]();
    await run.next();
    expect(await nmapVersion(true)).toBeNull();
    expect(prober.processId).toBe(first);
    stop.abort();
    while ((await run.next()).done !== true);
    expect(await nmapVersion(true)).toBe('7.95');
    expect(prober.processId).not.toBe(first);
    await expect.poll(() => isAlive(first)).toBe(false);
  });
});

/** A Node.js that is given another build than its parent's once there is a file `rebuilt`. */
function rebuildable() {
  const folder = mkdtempSync(join(tmpdir(), 'prober-build-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const flag = join(folder, 'rebuilt');
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const other = `[ -e ${flag} ] && exec ${process.execPath} --conditions=source ${main} another`;
  writeFileSync(join(folder, 'node'), `#!/bin/sh\n${other}\nexec ${process.execPath} "$@"\n`, {
    mode: 0o755,
  });
  return { nodePath: join(folder, 'node'), rebuild: () => writeFileSync(flag, '') };
}

describe.skipIf(process.platform !== 'linux')('a program that was rebuilt while it runs', () => {
  it('keeps the prober it has, and starts none of another build', async () => {
    const { nodePath, rebuild } = rebuildable();
    const warnings: string[] = [];
    const log = createLog('silent');
    log.warn = (line: unknown) => void warnings.push(String(line));
    const prober = new ProcessProber({ nodePath, environment: { ...COMPILED }, log });
    cleanups.push(() => prober.close());
    const survey = await prober.survey();
    const first = prober.processId;
    rebuild();
    for (const time of [1, 2]) expect([time, await prober.survey({ anew: true })]).toEqual([time, survey]);
    expect(prober.processId).toBe(first);
    expect(warnings).toEqual(['this program was rebuilt; restart it to use the new build']);
    expect(await positionsOf(prober.run(orderOf(10), never))).toHaveLength(10);
    process.kill(first ?? 0, 'SIGKILL');
    await expect.poll(() => prober.processId).toBeUndefined();
    await expect(prober.survey()).rejects.toMatchObject({ code: 'program_rebuilt' });
    await expect.poll(() => prober.processId).toBeUndefined();
    await expect(positionsOf(prober.run(orderOf(10), never))).rejects.toMatchObject({
      code: 'program_rebuilt',
    });
  });
});

function isAlive(pid: number | undefined): boolean {
  try {
    // A zombie is no process that could send.
    return pid !== undefined && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: the prober process runs on Linux alone');

describe.skipIf(!isLinux)('a prober process', () => {
  it('says what it has, and why it has not the rest', async () => {
    const survey = await openProber().survey();
    expect(survey.available).toContainEqual({ name: 'connect', protocols: expect.arrayContaining(['tcp']) });
    expect(survey.facts).toMatchObject({
      where: 'own-process',
      platform: 'linux',
      nodePath: process.execPath,
    });
  });

  it('settles every position of an order once, and finds the listener', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, HOST);
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const ports = PortSet.of({ tcp: [{ first: port - 50, last: Math.min(65_535, port + 50) }] });
    const order = orderOf(ports.count, { plan: { ...orderOf(1).plan, ports } });
    const prober = openProber();
    const completed: number[] = [];
    let openCount = 0;
    for await (const chunk of prober.run(order, never)) {
      completed.push(...chunk.positions);
      for (const code of chunk.outcomes) {
        const outcome = outcomeOf(code);
        if (outcome !== 'skipped' && outcome.state === 'open') openCount += 1;
      }
    }
    expect(completed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: ports.count }, (_, at) => at));
    expect(openCount).toBeGreaterThanOrEqual(1);
  });

  it('runs several orders at once', async () => {
    const prober = openProber();
    const runs = await Promise.all(
      [3_000, 10, 2_000].map((last) => positionsOf(prober.run(orderOf(last), never))),
    );
    expect(runs.map((positions) => new Set(positions).size)).toEqual([3_000, 10, 2_000]);
  });

  it('skips what is excluded, before and in the middle', async () => {
    const prober = openProber();
    const excluded = prober.run(orderOf(50, { exclusions: AddressSet.parse([HOST]) }), never);
    for await (const chunk of excluded) expect([...chunk.outcomes].every((code) => code === 0)).toBe(true);
    const run = prober.run(orderOf(60_000, { rate: slow }), never);
    let skipped = 0;
    let probed = 0;
    for await (const chunk of run) {
      run.exclude(AddressSet.parse([HOST]));
      for (const code of chunk.outcomes)
        if (code === 0) skipped += 1;
        else probed += 1;
    }
    expect(skipped + probed).toBe(60_000);
    // A minute's worth, of which this process may have slept a few seconds before it excluded.
    expect(skipped).toBeGreaterThan(40_000);
  });

  it('ends at an abort with what it has, and goes on with the others', async () => {
    const prober = openProber();
    const abort = new AbortController();
    const other = positionsOf(prober.run(orderOf(1_500, { rate: slow, scan: 'another' }), never));
    const stopped: number[] = [];
    for await (const chunk of prober.run(orderOf(60_000, { rate: slow }), abort.signal)) {
      stopped.push(...chunk.positions);
      abort.abort();
    }
    expect(stopped.length).toBeGreaterThan(0);
    expect(stopped.length).toBeLessThan(20_000);
    expect(await other).toHaveLength(1_500);
    expect(await positionsOf(prober.run(orderOf(10), AbortSignal.abort()))).toEqual([]);
  });

  it('asks no further than a slow reader lets it', async () => {
    const prober = openProber();
    const chunks = prober.run(orderOf(65_535), never)[Symbol.asyncIterator]();
    const first = await chunks.next();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    let unread = 0;
    // What was sent on credit is here already; beyond it lies what the engine holds.
    for (let at = 0; at < CREDIT_CHUNKS; at += 1) unread += (await chunks.next()).value?.count ?? 0;
    expect(first.value?.count).toBeGreaterThan(0);
    expect(unread).toBeLessThan(40_000);
    await chunks.return?.();
    expect(await positionsOf(prober.run(orderOf(10), never))).toHaveLength(10);
  });

  it('that is killed fails what was under way, and the next order starts another', async () => {
    const prober = openProber();
    const reading = positionsOf(prober.run(orderOf(60_000, { rate: slow }), never));
    const failure = expect(reading).rejects.toMatchObject({ code: 'prober_died' });
    await prober.survey();
    const killed = prober.processId ?? 0;
    process.kill(killed, 'SIGKILL');
    await failure;
    expect(prober.processId).toBeUndefined();
    expect(await positionsOf(prober.run(orderOf(10), never))).toHaveLength(10);
    expect(prober.processId).not.toBe(killed);
  });

  it('that does not stop when it is told to is killed, and no scan waits for it', async () => {
    const prober = openProber();
    const abort = new AbortController();
    const reading = positionsOf(prober.run(orderOf(60_000, { rate: slow }), abort.signal));
    const failure = expect(reading).rejects.toMatchObject({ code: 'prober_died' });
    await prober.survey();
    const stuck = prober.processId ?? 0;
    process.kill(stuck, 'SIGSTOP');
    abort.abort();
    await failure;
    await expect.poll(() => isAlive(stuck)).toBe(false);
  });

  it.each(['killed', 'closed'] as const)('that is %s takes its nmap along', async (how) => {
    const { path, startedNmap } = fakeNmap();
    const prober = openProber(undefined, path);
    const order = orderOf(10, { engine: 'nmap', nmap: detectionOf('version') });
    const failure = expect(positionsOf(prober.run(order, never))).rejects.toMatchObject({
      code: 'prober_died',
    });
    await expect.poll(startedNmap, { timeout: 20_000 }).toBeGreaterThan(1);
    const nmap = startedNmap();
    expect(isAlive(nmap)).toBe(true);
    if (how === 'killed') process.kill(prober.processId ?? 0, 'SIGKILL');
    else await prober.close();
    await failure;
    await expect.poll(() => isAlive(nmap), { timeout: 5 * PROMISE_MS, interval: 20 }).toBe(false);
  });

  it('does not mind a Ctrl-C that was meant for the server', async () => {
    const prober = openProber();
    await prober.survey();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.kill(prober.processId ?? 0, signal);
    expect(await positionsOf(prober.run(orderOf(10), never))).toHaveLength(10);
  });

  it('that has not the engine says so, with a code of its own', async () => {
    await expect(
      positionsOf(openProber().run(orderOf(10, { engine: 'import' }), never)),
    ).rejects.toMatchObject({
      code: 'engine_unavailable',
    });
  });

  it('that cannot be started, or is no prober, is told as dead', async () => {
    for (const program of ['/nonexistent/node', '/bin/true', '/bin/yes']) {
      await expect(openProber(program).survey()).rejects.toMatchObject({ code: 'prober_died' });
    }
  });

  it('that speaks nonsense is taken for dead, and killed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'prober-'));
    cleanups.push(() => rmSync(directory, { recursive: true }));
    const program = join(directory, 'node');
    writeFileSync(program, '#!/bin/sh\nprintf "this is no frame at all" >&3\nexec sleep 60\n', {
      mode: 0o755,
    });
    const prober = openProber(program);
    const survey = prober.survey();
    const { processId } = prober;
    await expect(survey).rejects.toMatchObject({ code: 'prober_died' });
    await expect.poll(() => isAlive(processId)).toBe(false);
  });

  it('gets no secret of the environment', async () => {
    process.env['SCANORAMA_API_KEY'] = 'a secret of this test';
    const prober = openProber();
    await prober.survey();
    delete process.env['SCANORAMA_API_KEY'];
    const environment = readFileSync(`/proc/${prober.processId}/environ`, 'utf8');
    expect(
      environment
        .split('\0')
        .filter((entry) => entry !== '')
        .map((entry) => entry.split('=')[0]),
    ).toEqual([...Object.keys(COMPILED), 'PATH', 'MALLOC_ARENA_MAX']);
  });

  it('leaves when it is closed', async () => {
    const prober = openProber();
    await prober.survey();
    const { processId } = prober;
    await prober.close();
    expect(isAlive(processId)).toBe(false);
  });

  it('sends nothing once its parent is frozen, and goes on when that wakes', async () => {
    const witness = await openWitness();
    const program = fileURLToPath(
      new URL('../../../test/support/programs/prober-parent.ts', import.meta.url),
    );
    const texts = ['--conditions=source', program, WITNESSED_HOST, String(PROMISE_MS)];
    const parent = spawn(process.execPath, texts, { stdio: ['ignore', 'pipe', 'inherit'] });
    cleanups.push(() => parent.kill('SIGKILL'));
    await expect.poll(() => witness.connections, { timeout: 20_000 }).toBeGreaterThan(3);
    parent.kill('SIGSTOP');
    await sleep(5 * PROMISE_MS);
    const before = witness.connections;
    await sleep(PROMISE_MS);
    expect(witness.connections).toBe(before);
    parent.kill('SIGCONT');
    await expect.poll(() => witness.connections, { timeout: 10_000 }).toBeGreaterThan(before);
  });

  it('asks nobody by an order whose exclusions are too old, until they are renewed', async () => {
    const run = openProber().run(orderOf(20, { exclusionsGoodUntilMs: 0 }), never);
    const reading = positionsOf(run);
    expect(await Promise.race([reading, sleep(500)])).toBeUndefined();
    run.renew(systemClock.monotonic() + 60_000);
    expect(await reading).toHaveLength(20);
  });

  it('leaves, and with it all packets, when its parent is killed', async () => {
    const program = fileURLToPath(
      new URL('../../../test/support/programs/prober-parent.ts', import.meta.url),
    );
    const parent = spawn(process.execPath, ['--conditions=source', program, HOST], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = await once(parent.stdout, 'data');
    const processId = Number(String(output).trim());
    expect(isAlive(processId)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(processId), { timeout: 5 * PROMISE_MS, interval: 20 }).toBe(false);
  });
});
