import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PACE_WINDOW_MS } from '#net/send/budget.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { MAX_NMAP_DEATHS } from '#scan/nmap/nmap-engine.js';
import {
  callsOf,
  clock,
  engineOf,
  enrich,
  isRunning,
  never,
  numberIn,
  requestOf,
  standIn,
  targetsOf,
} from '../../support/scans/nmap-stand-in.ts';

const nmapVersion = spawnSync('nmap', ['--version']);
const hasNmap = nmapVersion.status === 0;
if (!hasNmap) console.warn('NO NMAP: tests that run nmap itself are skipped, because it is not installed.');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nm-engine-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const program = (name: string, body: string, first?: string) => standIn(join(folder, name), body, first);

const source = (path: string) => JSON.stringify(join(import.meta.dirname, '..', '..', '..', 'src', path));

describe.skipIf(!hasNmap)('nmap itself, on loopback', () => {
  it('reports every port once, open ones with their service', { timeout: 120_000 }, async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    try {
      // The ports next to it are ephemeral ones: another test may listen there, on every address.
      const request = requestOf({ targets: ['127.0.0.2-127.0.0.4'], ports: `1-2,${port}` });
      const { outcomes, services, partial } = await enrich(engineOf().run(request, never), request.plan);
      expect(Object.keys(outcomes)).toHaveLength(9);
      const open = Object.entries(outcomes).filter(([, outcome]) => outcome.startsWith('open'));
      expect(open).toEqual([[`127.0.0.2 tcp/${port}`, 'open syn-ack']]);
      expect(outcomes['127.0.0.3 tcp/1']).toMatch(/^closed (rst|conn-refused)$/);
      expect(services).toEqual({ [`127.0.0.2 ${port}`]: 'ssh' });
      expect(partial).toEqual([]);
    } finally {
      server.close();
    }
  });

  it('probes no address that is excluded', async () => {
    const gate = createGate({ exclusions: AddressSet.parse(['127.0.0.3']) });
    const request = requestOf({ targets: ['127.0.0.2-127.0.0.4'], ports: '1-2', gate });
    const { outcomes } = await enrich(engineOf().run(request, never), request.plan);
    expect(outcomes['127.0.0.3 tcp/1']).toBe('skipped');
    expect(outcomes['127.0.0.3 tcp/2']).toBe('skipped');
    expect(Object.values(outcomes).filter((outcome) => outcome === 'skipped')).toHaveLength(2);
  });

  it('probes IPv6 and IPv4 side by side', async () => {
    const request = requestOf({ targets: ['127.0.0.2', '::1'], ports: '1-3' });
    const { outcomes } = await enrich(engineOf().run(request, never), request.plan);
    expect(Object.values(outcomes).every((outcome) => outcome.startsWith('closed'))).toBe(true);
    expect(Object.keys(outcomes)).toHaveLength(6);
  });
});

/** Floating-point addition and subtraction need not give the same last bit. */
const ROUNDING_MS = 0.001;

describe('a program in place of nmap', () => {
  it('that dies is restarted with the hosts that it did not finish', async () => {
    const nmap = await program(
      'dies-once',
      `begin; if [ "$calls" = 1 ]; then host 127.0.0.1 2; exit 1; fi; host 127.0.0.2 2; host 127.0.0.3 2; end`,
    );
    const request = requestOf({ targets: ['127.0.0.1-127.0.0.3'], ports: '1-3' });
    const { outcomes, partial } = await enrich(engineOf(nmap).run(request, never), request.plan);
    expect(partial).toEqual([]);
    expect(outcomes['127.0.0.3 tcp/1']).toBe('open syn-ack');
    expect(outcomes['127.0.0.3 tcp/2']).toBe('closed rst');
    expect(await targetsOf(nmap, 2)).toEqual(['127.0.0.2/31']);
  });

  it('that keeps dying on a host skips that host, and the run is partial', async () => {
    const nmap = await program('dies', `begin; host 127.0.0.1 2; echo 'out of memory' >&2; kill -9 $$`);
    const request = requestOf({ targets: ['127.0.0.1-127.0.0.2'], ports: '1-3' });
    const { outcomes, partial } = await enrich(engineOf(nmap).run(request, never), request.plan);
    expect(partial).toEqual(['nmap did not finish 1 of 2 hosts: out of memory.']);
    expect(outcomes['127.0.0.1 tcp/1']).toBe('open syn-ack');
    expect([1, 2, 3].map((port) => outcomes[`127.0.0.2 tcp/${port}`])).toEqual([
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(await callsOf(nmap)).toBe(MAX_NMAP_DEATHS);
  });

  it.each([
    [
      'never finishes a host',
      `begin; echo 'dnet: failed' >&2; exit 1`,
      /without finishing a host: dnet: failed\./,
    ],
    ['prints no report', `echo 'Segmentation fault'; exit 139`, /without finishing a host\./],
  ])('that %s fails the scan', async (name, body, message) => {
    const nmap = await program(name.replaceAll(' ', '-'), body);
    const request = requestOf({ targets: ['127.0.0.1'], ports: '1' });
    await expect(enrich(engineOf(nmap).run(request, never), request.plan)).rejects.toMatchObject({
      code: 'engine_failed',
      message: expect.stringMatching(message),
    });
  });

  it('that is missing fails the scan at once', async () => {
    const request = requestOf({ targets: ['127.0.0.1'], ports: '1' });
    await expect(enrich(engineOf('/nowhere/nmap').run(request, never), request.plan)).rejects.toMatchObject({
      code: 'engine_failed',
      message: expect.stringContaining('cannot be started'),
    });
  });

  it('is killed and restarted without an address that is excluded meanwhile', async () => {
    const nmap = await program(
      'excluding',
      `begin; host 127.0.0.1 2; echo $$ > '${join(folder, 'excluding')}.pid'; if [ "$calls" = 1 ]; then sleep 60; fi; host 127.0.0.3 2; end`,
    );
    const gate = createGate({ exclusions: AddressSet.EMPTY });
    const request = requestOf({ targets: ['127.0.0.1-127.0.0.3'], ports: '1-3', gate });
    const probing = enrich(engineOf(nmap).run(request, never), request.plan);
    await numberIn(`${nmap}.pid`);
    gate.exclude(AddressSet.parse(['127.0.0.2']));
    const { outcomes, partial } = await probing;
    expect(partial).toEqual([]);
    expect(outcomes['127.0.0.1 tcp/1']).toBe('open syn-ack');
    expect(outcomes['127.0.0.2 tcp/1']).toBe('skipped');
    expect(outcomes['127.0.0.3 tcp/1']).toBe('open syn-ack');
    expect(await targetsOf(nmap, 2)).toEqual(['127.0.0.3']);
  });

  it.each([
    ['exits on request', ''],
    ['has to be killed', `trap '' TERM; `],
  ])('that %s is gone within a second of a stop, and its finished hosts are kept', async (name, trap) => {
    const file = name.replaceAll(' ', '-');
    const nmap = await program(
      file,
      `${trap}begin; host 127.0.0.1 2; echo $$ > '${join(folder, file)}.pid'; while :; do sleep 60; done`,
    );
    const request = requestOf({ targets: ['127.0.0.1-127.0.0.2'], ports: '1-3' });
    const stopping = new AbortController();
    const probing = enrich(engineOf(nmap).run(request, stopping.signal), request.plan);
    const pid = await numberIn(`${nmap}.pid`);
    const stoppedMs = performance.now();
    stopping.abort();
    const { outcomes } = await probing;
    // The guaranteed limit is a second; the test waits five.
    expect(performance.now() - stoppedMs).toBeLessThan(5_000);
    expect(Object.keys(outcomes)).toHaveLength(3);
    expect(isRunning(pid)).toBe(false);
  });

  it('alternates with another under the same limit', async () => {
    const marks = join(folder, 'marks');
    const nmap = await program(
      'alternates',
      `echo begin >> '${marks}'; while [ ! -e '${marks}.go' ]; do sleep 0.05; done; begin; for host in 198.18.0.1 198.18.0.2; do host "$host" 2; done; end; echo end >> '${marks}'`,
    );
    const engine = engineOf(nmap);
    const one = requestOf({ targets: ['198.18.0.1-198.18.0.2'], ports: '1-3' });
    const other = { ...requestOf({ targets: ['198.18.0.1'], ports: '1-3' }), pace: one.pace };
    const leaving = new AbortController();
    const runs = Promise.all([
      enrich(engine.run(one, never), one.plan),
      enrich(engine.run(other, never), other.plan),
      enrich(engine.run(other, leaving.signal), other.plan),
    ]);
    const readMarks = async () => (await readFile(marks, 'utf8').catch(() => '')).trim().split('\n');
    await expect.poll(readMarks, { timeout: 30_000 }).toEqual(['begin']);
    leaving.abort();
    await writeFile(`${marks}.go`, '');
    const [first, second, third] = await runs;
    expect(first.outcomes['198.18.0.2 tcp/1']).toBe('open syn-ack');
    expect(second.outcomes['198.18.0.1 tcp/1']).toBe('open syn-ack');
    expect(third.outcomes).toEqual({});
    expect(await readMarks()).toEqual(['begin', 'end', 'begin', 'end']);
  });

  it('takes its share of the rate of all scans, and leaves the others theirs', async () => {
    const flags = join(folder, 'shared.flags');
    const nmap = await program(
      'shared',
      `while [ ! -e '${flags}.go' ]; do sleep 0.05; done; begin; host 198.18.0.1 2; end`,
      `echo "$*" > '${flags}'`,
    );
    const [total, perWindow] = [400, 40];
    let takenAtMs = 0;
    // As the pace itself reads it: a separate record would be made some time after the permit was given.
    const noting = { ...clock, monotonic: () => (takenAtMs = clock.monotonic()) };
    const pace = createPace({
      packetsPerSecond: total,
      packetsPerSecondPerHost: undefined,
      isShared: true,
      clock: noting,
    });
    const request = { ...requestOf({ targets: ['198.18.0.1'], ports: '1-3' }), pace };
    const probing = enrich(engineOf(nmap).run(request, never), request.plan);
    const readFlags = () => readFile(flags, 'utf8').catch(() => '');
    const sentAtMs: number[] = [];
    for (let isRunning = false; sentAtMs.length <= 3 * perWindow; ) {
      while (pace.take({ family: 4, value: 0xc612_0002n }) === undefined)
        if (isRunning) sentAtMs.push(takenAtMs);
      await sleep(5);
      isRunning ||= (await readFlags()) !== '';
    }
    await writeFile(`${flags}.go`, '');
    await probing;
    expect(await readFlags()).toContain(`--max-rate ${total / 2} `);
    for (const [at, ms] of sentAtMs.slice(0, -perWindow / 2).entries())
      expect((sentAtMs[at + perWindow / 2] ?? ms) - ms).toBeGreaterThan(PACE_WINDOW_MS - ROUNDING_MS);
  });

  it('leaves no file behind when the process that started it is killed', async () => {
    const temporary = join(folder, 'temporary');
    await mkdir(temporary);
    const nmap = await program('listed', `begin; sleep 60`);
    const script = `
      const { runNmap } = await import(${source('scan/nmap/nmap-run.ts')});
      const { createGate } = await import(${source('net/send/gate.ts')});
      const { AddressSet } = await import(${source('domain/addresses/address-set.ts')});
      const { parsePorts } = await import(${source('domain/ports/ports.ts')});
      const { detectionOf } = await import(${source('domain/scans/nmap-detection.ts')});
      const clock = { now: () => Date.now(), monotonic: () => performance.now() };
      const order = { detection: detectionOf('version'), family: 4, ports: parsePorts('1'), retries: 1, isPrivileged: false };
      await runNmap({ nmap: ${JSON.stringify(nmap)}, order, targets: [{ family: 4, value: 0x7f000001n }], refused: [],
        gate: createGate({ exclusions: AddressSet.EMPTY }), clock, signal: new AbortController().signal, onHost() {} });`;
    const parent = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await expect
      .poll(() => readFile(`${nmap}.targets.1`, 'utf8').catch(() => ''), { timeout: 50_000 })
      .toBe('127.0.0.1\n');
    parent.kill('SIGKILL');
    expect(await readdir(temporary)).toEqual([]);
  });

  it('is ended when its reader stops', async () => {
    const nmap = await program('left', `begin; sleep 60`);
    const request = requestOf({ targets: ['127.0.0.1'], ports: '1' });
    const chunks = engineOf(nmap).run(request, never)[Symbol.asyncIterator]();
    const pending = chunks.next();
    await sleep(200);
    await chunks.return?.();
    expect(await pending).toMatchObject({ done: true });
  });

  it('does not outlive the program that started it, kill -9 included', async () => {
    const nmap = await program(
      'orphan',
      `echo $$ > '${join(folder, 'orphan')}.pid'; while :; do sleep 1; done`,
    );
    const source = join(import.meta.dirname, '..', '..', '..', 'src', 'scan', 'nmap', 'nmap-process.ts');
    const script = `const { NmapProcess } = await import(${JSON.stringify(source)}); new NmapProcess(${JSON.stringify(nmap)}, []); setInterval(() => undefined, 1000);`;
    const texts = ['--conditions=source', '--input-type=module', '-e', script];
    const parent = spawn(process.execPath, texts, { stdio: 'ignore' });
    const pid = await numberIn(`${nmap}.pid`);
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});
