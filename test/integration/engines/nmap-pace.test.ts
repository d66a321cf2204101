import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { ALL_PARTS } from '#domain/rates/rate-share.js';
import { Freshness } from '#net/send/exclusion-freshness.js';
import { heldPace } from '#net/send/exclusion-pace.js';
import { createGate } from '#net/send/gate.js';
import { createLevel, paceOf } from '#net/send/pace.js';
import { createNmapEngine } from '#scan/nmap/nmap-engine.js';
import { MAX_FREEZE_MS, MAX_FREEZES_MS } from '#scan/nmap/nmap-run.js';
import {
  callsOf,
  clock,
  engineOf,
  enrich,
  type Input,
  isRunning,
  never,
  numberIn,
  requestOf,
  standIn,
  stateOf,
  targetsOf,
} from '../../support/scans/nmap-stand-in.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nm-held-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const program = (name: string, body: string) => standIn(join(folder, name), body);

/** As if no time passed while nmap is frozen, so that it is not killed for having been frozen for long. */
const standing = { now: () => Date.now(), monotonic: () => 0 };
const patientEngineOf = (nmap: string) => createNmapEngine({ clock: standing, nmap, isPrivileged: false });

/** A request whose exclusions become too old to send by, and are read again, when the test decides. */
function ageing(input: Input) {
  let nowMs = 0;
  let untilMs = 1;
  const freshness = new Freshness({ now: () => 0, monotonic: () => nowMs });
  freshness.renew(untilMs);
  const request = requestOf({ ...input, gate: createGate({ exclusions: AddressSet.EMPTY, freshness }) });
  return {
    request: { ...request, pace: heldPace(request.pace, freshness) },
    makeOld: () => (nowMs = untilMs + 1),
    renew: () => {
      untilMs = nowMs + 1;
      freshness.renew(untilMs);
    },
  };
}

const LONG_TIMEOUT = { timeout: 10_000 };

describe('a program in place of nmap', () => {
  it('is frozen while the exclusions are too old to send by, and continues where it was', async () => {
    const file = join(folder, 'freezing');
    const nmap = await program(
      'freezing',
      `begin; echo $$ > '${file}.pid'; while [ ! -e '${file}.go' ]; do sleep 0.05; done; host 127.0.0.1 2; end`,
    );
    const { request, makeOld, renew } = ageing({ targets: ['127.0.0.1'], ports: '1-3' });
    const probing = enrich(patientEngineOf(nmap).run(request, never), request.plan);
    const pid = await numberIn(`${file}.pid`);
    makeOld();
    await expect.poll(() => stateOf(pid), LONG_TIMEOUT).toBe('T');
    renew();
    await expect.poll(() => stateOf(pid), LONG_TIMEOUT).not.toBe('T');
    await writeFile(`${file}.go`, '');
    expect((await probing).outcomes['127.0.0.1 tcp/1']).toBe('open syn-ack');
    expect(await callsOf(nmap)).toBe(1);
  });

  it('is killed when that lasts, and its unfinished hosts are probed again once it is over', async () => {
    const file = join(folder, 'held');
    const nmap = await program(
      'held',
      `begin; host 127.0.0.1 2; echo $$ > '${file}.pid'; if [ "$calls" = 1 ]; then sleep 60; fi; host 127.0.0.3 2; end`,
    );
    const { request, makeOld, renew } = ageing({ targets: ['127.0.0.1', '127.0.0.3'], ports: '1-3' });
    const probing = enrich(engineOf(nmap).run(request, never), request.plan);
    const pid = await numberIn(`${file}.pid`);
    makeOld();
    await expect.poll(() => isRunning(pid), LONG_TIMEOUT).toBe(false);
    await sleep(300);
    expect(await callsOf(nmap)).toBe(1);
    renew();
    const { outcomes, partial } = await probing;
    expect(partial).toEqual([]);
    expect(outcomes['127.0.0.1 tcp/1']).toBe('open syn-ack');
    expect(outcomes['127.0.0.3 tcp/1']).toBe('open syn-ack');
    expect(await targetsOf(nmap, 2)).toEqual(['127.0.0.3']);
  });

  it('is killed when its rates exceed the share of this program, and continues at lower ones', async () => {
    const file = join(folder, 'slowed');
    const nmap = await standIn(
      file,
      `begin; host 127.0.0.1 2; echo $$ > '${file}.pid'; if [ "$calls" = 1 ]; then sleep 60; fi; host 127.0.0.3 2; end`,
      `echo "$*" >> '${file}.flags'`,
    );
    const total = { packetsPerSecond: 400, parts: ALL_PARTS };
    const perHost = { packetsPerSecond: 40, parts: ALL_PARTS };
    const pace = paceOf([createLevel({ total, perHost, limitLoopback: true })], clock);
    const request = { ...requestOf({ targets: ['127.0.0.1', '127.0.0.3'], ports: '1-3' }), pace };
    const probing = enrich(engineOf(nmap).run(request, never), request.plan);
    const pid = await numberIn(`${file}.pid`);
    total.parts = ALL_PARTS / 2;
    perHost.parts = ALL_PARTS / 2;
    await expect.poll(() => isRunning(pid), LONG_TIMEOUT).toBe(false);
    const { outcomes, partial } = await probing;
    expect(partial).toEqual([]);
    expect(outcomes['127.0.0.1 tcp/1']).toBe('open syn-ack');
    expect(outcomes['127.0.0.3 tcp/1']).toBe('open syn-ack');
    expect(await targetsOf(nmap, 2)).toEqual(['127.0.0.3']);
    const [first, second] = (await readFile(`${file}.flags`, 'utf8')).split('\n');
    expect(first).toMatch(/--max-rate 360 --scan-delay 25ms/);
    expect(second).toMatch(/--max-rate 180 --scan-delay 50ms/);
  });

  it('is killed when it was frozen for too long in total, however short each time', async () => {
    const file = join(folder, 'often');
    const nmap = await program(
      'often',
      `begin; host 127.0.0.1 2; echo $$ > '${file}.pid'; if [ "$calls" = 1 ]; then sleep 60; fi; host 127.0.0.3 2; end`,
    );
    const { request, makeOld, renew } = ageing({ targets: ['127.0.0.1', '127.0.0.3'], ports: '1-3' });
    let skippedMs = 0;
    const skipping = { now: () => Date.now(), monotonic: () => performance.now() + skippedMs };
    const engine = createNmapEngine({ clock: skipping, nmap, isPrivileged: false });
    const probing = enrich(engine.run(request, never), request.plan);
    const pid = await numberIn(`${file}.pid`);
    const most = Math.ceil(MAX_FREEZES_MS / (MAX_FREEZE_MS / 2));
    for (let times = 0; times <= most && isRunning(pid); times += 1) {
      makeOld();
      await expect.poll(() => stateOf(pid) === 'T' || !isRunning(pid), LONG_TIMEOUT).toBe(true);
      skippedMs += MAX_FREEZE_MS / 2;
      renew();
      await expect.poll(() => stateOf(pid) !== 'T', LONG_TIMEOUT).toBe(true);
    }
    await expect.poll(() => isRunning(pid), LONG_TIMEOUT).toBe(false);
    expect((await probing).outcomes['127.0.0.3 tcp/1']).toBe('open syn-ack');
    expect(await targetsOf(nmap, 2)).toEqual(['127.0.0.3']);
  });

  it('is not left frozen when the shell that guards it is killed, and its hosts are probed again', async () => {
    const file = join(folder, 'guardless');
    const nmap = await program(
      'guardless',
      `begin; echo $PPID > '${file}.shell'; echo $$ > '${file}.pid'; if [ "$calls" = 1 ]; then sleep 60; fi; host 127.0.0.1 2; end`,
    );
    const { request, makeOld, renew } = ageing({ targets: ['127.0.0.1'], ports: '1-3' });
    const probing = enrich(patientEngineOf(nmap).run(request, never), request.plan);
    const pid = await numberIn(`${file}.pid`);
    makeOld();
    await expect.poll(() => stateOf(pid), LONG_TIMEOUT).toBe('T');
    process.kill(await numberIn(`${file}.shell`), 'SIGKILL');
    await expect.poll(() => isRunning(pid), LONG_TIMEOUT).toBe(false);
    renew();
    expect((await probing).outcomes['127.0.0.1 tcp/1']).toBe('open syn-ack');
    expect(await callsOf(nmap)).toBe(2);
  });
});
