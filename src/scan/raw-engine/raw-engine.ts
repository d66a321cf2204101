import { availableParallelism } from 'node:os';
import type { Clock } from '#domain/time/clock.js';
import { type PortReservation, reservePorts } from '#net/native/sockets/port-reservation.js';
import type { RateChange } from '#net/send/rate-controller.js';
import type { Engine, EngineRequest } from '#scan/engine/engine.js';
import { ChunkOutlet } from '#scan/raw-engine/chunk-output.js';
import { openLinuxNetwork } from '#scan/raw-engine/linux-network.js';
import { rangeFeed } from '#scan/raw-engine/range-feed.js';
import { noPortsError, rawError } from '#scan/raw-engine/raw-error.js';
import { RawRun } from '#scan/raw-engine/raw-run.js';
import { driveRun } from '#scan/raw-engine/run-loop.js';
import { runThreads } from '#scan/raw-engine/threads.js';
import type { RawNetwork } from '#scan/raw-engine/wire.js';
import type { CookieKey } from '#scan/raw-probes/cookie.js';
import { HELD_SOURCE_PORTS, SOURCE_PORTS, SourcePorts } from '#scan/raw-probes/source-ports.js';
import type { TcpProbe } from '#scan/raw-probes/verdict.js';

export const RAW_ENGINES = ['syn', 'ack', 'udp'] as const;
/**
 * More threads than processors ask no faster, whatever number of runs they serve, and each is 30 MB; more than four
 * would leave each too small a share of the positions in flight.
 */
const MAX_THREADS = Math.min(4, availableParallelism());
/** Fewer positions are asked before a second thread has started. */
const MIN_SPREAD_POSITIONS = 131_072;

export type RawEngineName = (typeof RAW_ENGINES)[number];

export interface RawEngineOptions {
  readonly name: RawEngineName;
  readonly clock: Clock;
  /** Fills the array with numbers nobody can guess. */
  readonly randomize: (words: Int32Array) => void;
  /** How many threads a large run without limits is spread over, at most and by default MAX_THREADS; fewer beside other runs. */
  readonly threads?: number;
  /** The tests put a network of their own here. */
  readonly openNetwork?: () => RawNetwork;
}

export interface RawEngine extends Engine {
  /** How the rate of the latest run went, oldest first; that of every thread, when it is through. */
  readonly rateTrace: readonly RateChange[];
}

/** Raw packets on Linux, with CAP_NET_RAW: TCP ports by SYN or ACK, UDP ports by datagrams, in one run if need be. */
export function createRawEngine(options: RawEngineOptions): RawEngine {
  let rateTrace: readonly RateChange[] = [];
  const onRateTrace = (trace: readonly RateChange[]): void => {
    rateTrace = trace;
  };
  return {
    name: options.name,
    protocols: ['tcp', 'udp'],
    get rateTrace() {
      return rateTrace;
    },
    run: (request, signal) => ({
      [Symbol.asyncIterator]() {
        const abandoned = new AbortController();
        let running: Promise<void> = Promise.resolve();
        const outlet = new ChunkOutlet(() => {
          abandoned.abort();
          return running;
        });
        const reading = { signal, abandoned: abandoned.signal, sink: outlet, onRateTrace };
        running = runOnce(options, request, reading).then(
          () => outlet.end(),
          (error: unknown) => outlet.end({ error: rawError(error) }),
        );
        return outlet;
      },
    }),
  };
}

interface Reading {
  readonly signal: AbortSignal;
  readonly abandoned: AbortSignal;
  readonly sink: ChunkOutlet;
  readonly onRateTrace: (trace: readonly RateChange[]) => void;
}

async function runOnce(options: RawEngineOptions, request: EngineRequest, reading: Reading): Promise<void> {
  const threads = isSpread(options, request) ? (options.threads ?? MAX_THREADS) : 1;
  const words = new Int32Array(2 + threads);
  options.randomize(words);
  const [low = 0, high = 0, ...randomWords] = words;
  const how = { request, ...reading, key: { low, high }, tcpProbe: tcpProbeOf(options.name) };
  const held = reserveSourcePorts(randomWords);
  try {
    const firstSourcePorts = held.map(({ first }) => first);
    if (threads > 1) await runThreads({ ...how, firstSourcePorts });
    else await runHere(options, { ...how, firstSourcePort: firstSourcePorts[0] ?? 0 });
  } finally {
    for (const reservation of held) reservation.release();
  }
}

function tcpProbeOf(name: RawEngineName): TcpProbe {
  return name === 'ack' ? 'ack' : 'syn';
}

interface Here extends Reading {
  readonly request: EngineRequest;
  readonly key: CookieKey;
  readonly tcpProbe: TcpProbe;
  readonly firstSourcePort: number;
}

async function runHere(options: RawEngineOptions, here: Here): Promise<void> {
  const { clock } = options;
  const { request, key, tcpProbe, firstSourcePort } = here;
  const network = (options.openNetwork ?? openLinuxNetwork)();
  try {
    const ports = new SourcePorts(firstSourcePort);
    const feed = rangeFeed(request.plan, request.first, request.end);
    const run = new RawRun({ ...request, clock, network, key, tcpProbe, ports, feed });
    here.onRateTrace(run.rateTrace);
    await driveRun({ ...here, run, clock });
  } finally {
    network.close();
  }
}

/** A pace is kept by one thread, and a thread is not worth starting for little. */
function isSpread({ openNetwork }: RawEngineOptions, { plan, first, end, pace }: EngineRequest): boolean {
  if (openNetwork !== undefined || end - first < MIN_SPREAD_POSITIONS) return false;
  return plan.input.targets.ranges.every(
    ({ family, first, last }) =>
      pace.isFree({ family, value: first }) && pace.isFree({ family, value: last }),
  );
}

/** Source ports held in this process, over all its runs. */
let heldCount = 0;

/**
 * Source ports for as many threads as there are words, fewer while other runs have some: a run that found MAX_THREADS
 * under way gets one. By default 20 find room above the ports that Linux hands out. Throws when there are none.
 */
export function reserveSourcePorts(randomWords: readonly number[]): readonly PortReservation[] {
  const held: PortReservation[] = [];
  for (const word of randomWords) {
    if (held.length > 0 && heldCount >= MAX_THREADS) break;
    const reservation = reserveScanPorts(word);
    if (reservation === undefined) break;
    heldCount += 1;
    const release = (): void => {
      heldCount -= 1;
      reservation.release();
    };
    held.push({ first: reservation.first, release });
  }
  if (held.length === 0) throw noPortsError();
  return held;
}

function reserveScanPorts(randomWord: number): PortReservation | undefined {
  const random = (): number => (randomWord >>> 0) / 2 ** 32;
  return reservePorts({ count: SOURCE_PORTS, held: HELD_SOURCE_PORTS, random });
}
