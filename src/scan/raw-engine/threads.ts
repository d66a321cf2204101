import { MessageChannel, Worker, type WorkerOptions } from 'node:worker_threads';
import { BUILD, OTHER_BUILD_EXIT_CODE, rebuiltError } from '#net/native/libc/build.js';
import { programFile, SOURCE_CONDITIONS } from '#net/native/libc/program-file.js';
import { gateState, serveGate } from '#net/send/gate-replica.js';
import type { RateChange } from '#net/send/rate-controller.js';
import type { EngineRequest } from '#scan/engine/engine.js';
import { rangeFeed } from '#scan/raw-engine/range-feed.js';
import type { ChunkSink } from '#scan/raw-engine/run-loop.js';
import {
  errorOf,
  type FromThread,
  type Range,
  type ThreadOrder,
  type ToThread,
} from '#scan/raw-engine/thread-message.js';
import type { CookieKey } from '#scan/raw-probes/cookie.js';
import type { TcpProbe } from '#scan/raw-probes/verdict.js';
import { MAX_PIECES } from '#scan/raw-probes/window.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/** How far the highest position asked may be ahead of the lowest that is not handed over. */
const MAX_SPREAD_POSITIONS = 262_144;

export interface ThreadsOptions {
  readonly request: EngineRequest;
  readonly tcpProbe: TcpProbe;
  readonly key: CookieKey;
  /** First source port of each thread: there are as many threads. */
  readonly firstSourcePorts: readonly number[];
  readonly sink: ChunkSink & { readonly onWanted: (listener: () => void) => void };
  readonly signal: AbortSignal;
  readonly abandoned: AbortSignal;
  readonly onRateTrace: (trace: readonly RateChange[]) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Ranges it has and has not closed, by their first position. */
  readonly ranges: Map<number, Range>;
  isWanting: boolean;
}

/**
 * One run over several threads, each with sockets and source ports of its own. The kernel of this machine does most
 * of its work for a packet, and on a virtual link the target's too, in the thread that sends it: 1,016,000 probes
 * took one thread 5.4 s and two threads 3.1 s on two processors.
 *
 *     plan ─> pieces ─> thread 1 ─┐
 *                  └──> thread 2 ─┴─> chunks, at most THREAD_CREDITS each ─> reader
 */
export async function runThreads(options: ThreadsOptions): Promise<void> {
  await new ThreadedRun(options).run();
}

class ThreadedRun {
  readonly #options: ThreadsOptions;
  readonly #threads: Thread[] = [];
  readonly #nextRange: () => Range | undefined;
  readonly #unread: { readonly thread: Thread; readonly chunk: CompletedChunk }[] = [];
  readonly #piecesPerThread: number;
  readonly #ended = Promise.withResolvers<void>();
  readonly #rateTrace: RateChange[] = [];
  #pending: Range | undefined;
  #isFed = false;
  #runningCount: number;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: ThreadsOptions) {
    const { request, firstSourcePorts } = options;
    this.#options = options;
    this.#nextRange = rangeFeed(request.plan, request.first, request.end);
    this.#piecesPerThread = Math.floor(MAX_PIECES / firstSourcePorts.length);
    this.#runningCount = firstSourcePorts.length;
  }

  async run(): Promise<void> {
    const { signal, abandoned, sink, firstSourcePorts } = this.#options;
    sink.onWanted(() => this.#give());
    for (const port of firstSourcePorts) this.#threads.push(this.#start(port));
    signal.addEventListener('abort', this.#stop, { once: true });
    abandoned.addEventListener('abort', this.#abandon, { once: true });
    if (signal.aborted) this.#stop();
    if (abandoned.aborted) this.#abandon();
    this.#feed();
    try {
      await this.#ended.promise;
    } finally {
      signal.removeEventListener('abort', this.#stop);
      abandoned.removeEventListener('abort', this.#abandon);
      await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  readonly #stop = (): void => {
    this.#isFed = true;
    for (const thread of this.#threads) post(thread, { kind: 'stop' });
  };

  readonly #abandon = (): void => {
    this.#unread.length = 0;
    this.#ended.resolve();
  };

  #start(firstSourcePort: number): Thread {
    const { request, tcpProbe, key } = this.#options;
    const { plan, gate, retries, timeoutMs } = request;
    const { port1, port2 } = new MessageChannel();
    const answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    serveGate(gate, { answers, port: port1 });
    const order: ThreadOrder = {
      targets: plan.input.targets.toTexts(),
      ports: plan.input.ports.toString(),
      seed: plan.input.seed,
      order: plan.input.order,
      tcpProbe,
      firstSourcePort,
      key,
      retries,
      timeoutMs,
      maxPieces: this.#piecesPerThread,
      gateState: gateState(gate),
      gateLine: { version: gate.version, freshUntil: gate.freshness.until, answers, port: port2 },
    };
    const worker = new Worker(THREAD_FILE, { workerData: order, transferList: [port2], ...THREAD_OPTIONS });
    const thread: Thread = { worker, ranges: new Map(), isWanting: false };
    worker.on('message', (message: FromThread) => this.#received(thread, message));
    worker.on('error', (error) => this.#left({ error }));
    worker.on('exit', (code) => {
      port1.close();
      if (code === OTHER_BUILD_EXIT_CODE) this.#left({ error: rebuiltError() });
    });
    return thread;
  }

  #received(thread: Thread, message: FromThread): void {
    if (message.kind === 'chunk') {
      this.#unread.push({ thread, chunk: message.chunk });
      this.#give();
    } else if (message.kind === 'wanting') {
      thread.isWanting = true;
      this.#feed();
    } else if (message.kind === 'closed') {
      thread.ranges.delete(message.first);
      this.#feed();
    } else {
      this.#rateTrace.push(...message.rateTrace);
      this.#options.onRateTrace(this.#rateTrace.toSorted((a, b) => a.atMs - b.atMs));
      this.#left(message.kind === 'failed' ? { error: errorOf(message.failure) } : undefined);
    }
  }

  /** A thread is through. When it failed the others stop, and what is settled is still handed over. */
  #left(failure: { readonly error: unknown } | undefined): void {
    this.#runningCount -= 1;
    if (failure !== undefined) {
      this.#failure ??= failure;
      this.#stop();
    }
    this.#give();
  }

  #give(): void {
    const { sink } = this.#options;
    while (sink.isWanted) {
      const next = this.#unread.shift();
      if (next === undefined) break;
      sink.give(next.chunk);
      post(next.thread, { kind: 'credit' });
    }
    if (this.#runningCount === 0 && this.#unread.length === 0) this.#ended.resolve();
  }

  /** Hands out pieces in their order, one each time that a thread wants one. */
  #feed(): void {
    while (!this.#isFed) {
      this.#pending ??= this.#nextRange();
      const range = this.#pending;
      if (range === undefined) {
        this.#isFed = true;
        for (const thread of this.#threads) post(thread, { kind: 'fed' });
        return;
      }
      const thread = this.#threads.find(({ isWanting }) => isWanting);
      if (thread === undefined || range.end > this.#lowest(range.first) + MAX_SPREAD_POSITIONS) return;
      this.#pending = undefined;
      thread.isWanting = false;
      thread.ranges.set(range.first, range);
      post(thread, { kind: 'range', range });
    }
  }

  #lowest(otherwise: number): number {
    return Math.min(otherwise, ...this.#threads.flatMap(({ ranges }) => [...ranges.keys()]));
  }
}

function post({ worker }: Thread, message: ToThread): void {
  worker.postMessage(message, []);
}

/** Of the heap of one thread; its positions and packets lie beside it. */
const THREAD_HEAP = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 };

const THREAD_FILE = programFile('scan/raw-engine/raw-thread');
const THREAD_OPTIONS: WorkerOptions = {
  resourceLimits: THREAD_HEAP,
  execArgv: [...SOURCE_CONDITIONS],
  argv: [BUILD],
};
