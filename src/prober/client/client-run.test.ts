import { afterEach, expect, it, vi } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PortSet } from '#domain/ports/port-set.js';
import {
  ABORT_ANSWER_MS,
  ClientRun,
  type ClientRunOptions,
  HALT_ANSWER_MS,
} from '#prober/client/client-run.js';
import { CREDIT_CHUNKS } from '#prober/client/credit.js';
import type { Note } from '#scan/engine/observation-note.js';
import { noteChunk } from '#scan/results/completed-chunk.js';

const never = new AbortController().signal;

function openRun(more: Partial<ClientRunOptions> = {}): ClientRun {
  const ports = PortSet.of({ tcp: [{ first: 1, last: 100 }] });
  const order = {
    scan: 'a scan',
    engine: 'nmap',
    plan: { targets: AddressSet.parse(['198.18.0.0/24']), ports, seed: 1n },
    first: 100,
    end: 200,
    exclusions: AddressSet.EMPTY,
    exclusionsGoodUntilMs: null,
    rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: true },
    retries: 1,
    timeoutMs: 1_000,
    concurrency: 1,
    liveHosts: true,
  } as const;
  const unresponsive = { send: () => undefined, isUp: () => true, onStuck: () => undefined };
  return new ClientRun({ order, signal: never, ...unresponsive, ...more }).start();
}

function addressOf(text: string): Address {
  return parseAddress(text) ?? expect.fail(`${text} is no address`);
}

function named(text: string, position = 150): Note {
  const host = { address: addressOf(text), fact: 'hostname', protocol: null, port: null } as const;
  return { kind: 'finding', position, finding: { ...host, value: 'a.test', reason: null, observedAtMs: 1 } };
}

function discovered(text: string): Note {
  const seen = { reason: 'echo-reply', roundTripMicroseconds: 1, observedAtMs: 1 } as const;
  const observations = [{ ...seen, address: addressOf(text) }];
  const events = {
    observations,
    impostors: [],
    lacks: [],
    methodStatuses: [],
    unresponsiveRanges: [],
    beganAtMs: 1,
  };
  return { kind: 'discovery', position: 100, events };
}

it('hands notes over as chunks of no positions, in order', async () => {
  const run = openRun();
  const notes = [named('198.18.0.1', 100), discovered('198.18.0.255'), named('198.18.0.2', 199)];
  for (const note of notes) expect(run.receive(noteChunk([note]))).toBe(true);
  run.end();
  const read: Note[] = [];
  for await (const chunk of run) {
    expect(chunk.count).toBe(0);
    read.push(...(chunk.notes ?? []));
  }
  expect(read).toEqual(notes);
});

it.each([
  ['a position before the order', named('198.18.0.1', 99)],
  ['a position behind it', named('198.18.0.1', 200)],
  ['a finding of an address that is no target', named('198.18.1.0')],
  ['a sighting of one', discovered('fd00::1')],
])('takes no note with %s', (_what, note) => {
  expect(openRun().receive(noteChunk([named('198.18.0.1'), note]))).toBe(false);
});

it('takes notes on credit alone', () => {
  const run = openRun();
  const taken = Array.from({ length: CREDIT_CHUNKS + 1 }, () =>
    run.receive(noteChunk([named('198.18.0.1')])),
  );
  expect(taken).toEqual([...Array.from({ length: CREDIT_CHUNKS }, () => true), false]);
});

afterEach(() => vi.useRealTimers());

/** What becomes of a prober that was told to stop. */
function stopped(more: Partial<ClientRunOptions> = {}) {
  vi.useFakeTimers();
  const stopping = new AbortController();
  let stuckAfterMs: number | undefined;
  const startMs = performance.now();
  const onStuck = (): void => {
    stuckAfterMs ??= performance.now() - startMs;
  };
  const run = openRun({ signal: stopping.signal, onStuck, ...more });
  stopping.abort();
  return { run, stuckAfterMs: () => stuckAfterMs };
}

it('gives a prober that does not halt less than a second', () => {
  const { stuckAfterMs } = stopped();
  vi.advanceTimersByTime(HALT_ANSWER_MS - 1);
  expect(stuckAfterMs()).toBeUndefined();
  vi.advanceTimersByTime(1_000 - HALT_ANSWER_MS);
  expect(stuckAfterMs()).toBe(HALT_ANSWER_MS);
});

it('gives one that has halted the time to hand over what it has, and one that has ended all of it', () => {
  const slow = stopped();
  slow.run.halted();
  vi.advanceTimersByTime(ABORT_ANSWER_MS - 1);
  expect(slow.stuckAfterMs()).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(slow.stuckAfterMs()).toBe(ABORT_ANSWER_MS);
  vi.useRealTimers();
  const done = stopped();
  done.run.end();
  vi.advanceTimersByTime(2 * ABORT_ANSWER_MS);
  expect(done.stuckAfterMs()).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

it('does not hurry one that has not started yet, and so sends nothing', () => {
  const { stuckAfterMs } = stopped({ isUp: () => false });
  vi.advanceTimersByTime(ABORT_ANSWER_MS - 1);
  expect(stuckAfterMs()).toBeUndefined();
});
