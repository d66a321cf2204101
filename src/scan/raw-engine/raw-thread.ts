import { parentPort, workerData } from 'node:worker_threads';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { leaveUnlessOfBuild } from '#net/native/libc/build.js';
import { createGateReplica } from '#net/send/gate-replica.js';
import { createPace } from '#net/send/pace.js';
import type { RateChange } from '#net/send/rate-controller.js';
import { systemClock } from '#net/send/system-clock.js';
import { openLinuxNetwork } from '#scan/raw-engine/linux-network.js';
import { type RangeFeed, RawRun } from '#scan/raw-engine/raw-run.js';
import { driveRun } from '#scan/raw-engine/run-loop.js';
import {
  type FromThread,
  failureOf,
  type Range,
  THREAD_CREDITS,
  type ThreadOrder,
  type ToThread,
} from '#scan/raw-engine/thread-message.js';
import { SourcePorts } from '#scan/raw-probes/source-ports.js';
import { PIECE_POSITIONS } from '#scan/raw-probes/window.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/** A thread that is held up leaves all but this to the others. */
const ENOUGH_READY = 2 * PIECE_POSITIONS;
const order: ThreadOrder = workerData;
const clock = systemClock;

/** A thread of a raw engine: asks the ranges it is sent, until it is told that there are no more. */
async function serve(): Promise<void> {
  const ranges: Range[] = [];
  const stopping = new AbortController();
  let isFed = false;
  let isWanting = false;
  let credits = THREAD_CREDITS;
  parentPort?.on('message', (message: ToThread) => {
    if (message.kind === 'range') {
      ranges.push(message.range);
      isWanting = false;
    } else if (message.kind === 'fed') isFed = true;
    else if (message.kind === 'credit') credits += 1;
    else stopping.abort();
  });
  const sink = {
    get isWanted() {
      return credits > 0;
    },
    give(chunk: CompletedChunk) {
      credits -= 1;
      post({ kind: 'chunk', chunk }, buffersOf(chunk));
    },
  };
  const feed: RangeFeed = () => {
    const range = ranges.shift();
    if (range !== undefined || isFed) return range;
    if (!isWanting) post({ kind: 'wanting' });
    isWanting = true;
    return 'later';
  };
  let rateTrace: readonly RateChange[] = [];
  try {
    const network = openLinuxNetwork();
    const run = new RawRun({ ...settings(), network, feed });
    try {
      const never = new AbortController().signal;
      await driveRun({ run, sink, clock, signal: stopping.signal, abandoned: never });
    } finally {
      rateTrace = run.rateTrace;
      network.close();
    }
    post({ kind: 'done', rateTrace });
  } catch (error) {
    post({ kind: 'failed', failure: failureOf(error), rateTrace });
  }
  parentPort?.close();
}

function settings() {
  return {
    plan: createPlan({
      targets: AddressSet.parse(order.targets),
      ports: parsePorts(order.ports),
      seed: order.seed,
      order: order.order,
    }),
    tcpProbe: order.tcpProbe,
    gate: createGateReplica(order.gateState, order.gateLine, clock),
    // Only a run without limits is spread over threads.
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    clock,
    ports: new SourcePorts(order.firstSourcePort),
    key: order.key,
    retries: order.retries,
    timeoutMs: order.timeoutMs,
    maxPieces: order.maxPieces,
    enoughReady: ENOUGH_READY,
    onPieceClosed: (first: number) => post({ kind: 'closed', first }),
  };
}

function buffersOf(chunk: CompletedChunk): ArrayBuffer[] {
  return [
    chunk.positions,
    chunk.outcomes,
    chunk.attempts,
    chunk.roundTripsMicroseconds,
    chunk.observedAtMs,
  ].flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}

function post(message: FromThread, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

leaveUnlessOfBuild(process.argv[2]);
await serve();
