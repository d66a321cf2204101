import type { EnricherName } from '#domain/enrichment/enricher.js';
import type { Finding } from '#domain/enrichment/finding.js';
import { Semaphore } from '#domain/rates/concurrency-limit.js';
import { createPlan, type Plan, type Probe } from '#domain/scans/plan.js';
import type { Clock } from '#domain/time/clock.js';
import { enrich } from '#enrichment/enrich.js';
import type { Enricher } from '#enrichment/enricher.js';
import { ENRICHERS, enrichersOf } from '#enrichment/enrichers.js';
import { type Conversation, ConversationError } from '#net/probe/ports/conversation.js';
import { leavable } from '#prober/client/abortable-stream.js';
import { UnresponsivePorts } from '#prober/engines/unresponsive-ports.js';
import type { Engine, EngineRequest } from '#scan/engine/engine.js';
import type { Note } from '#scan/engine/observation-note.js';
import type { ProbeOrder } from '#scan/engine/prober.js';
import { ChunkBuilder, type CompletedChunk, OUTCOMES } from '#scan/results/completed-chunk.js';
import { MAX_AHEAD_POSITIONS } from '#scan/results/completion.js';

/** Ports of this process that are asked at once, by all its runs: half the descriptors that engines leave free. */
export const MAX_PORTS_PROBED = 128;
/** Positions of one run that wait for what is collected at them; a chunk more may be held before the engine rests. */
export const MAX_HELD_PORTS = 1_024;

export interface EnrichingOptions {
  readonly engine: Engine;
  readonly enrichers: readonly EnricherName[];
  readonly clock: Clock;
  /** Of all runs of this process. */
  readonly turns: Semaphore;
  /** What the collectors are; the product's own when absent. */
  readonly table?: readonly Enricher[] | undefined;
}

/** Makes of an engine one that asks the ports it finds open as well. */
export function enriching(clock: Clock): (engine: Engine, order: ProbeOrder) => Engine {
  const turns = new Semaphore(MAX_PORTS_PROBED);
  return (engine, { enrich: enricherNames = [] }) =>
    createEnrichingEngine({ engine, enrichers: enricherNames, clock, turns });
}

/**
 * The engine, and of each port it finds open what the collectors learn there. The position of such a port is held until
 * they are done, and then settled together with what they found, so that both are stored in one transaction. All others
 * pass at once, those too whose address or network only kept silent so far. A position that is held when the run is stopped stays unsettled: a resumed scan asks it again.
 *
 *     engine ──> open, and a port of a collector? ──no────────────────────> reader
 *                          └──yes──> held ──> gate ──> pace ──> asked ──────┘  with its findings
 */
export function createEnrichingEngine(options: EnrichingOptions): Engine {
  return {
    ...options.engine,
    run: (request, signal) =>
      probesAny(options, request)
        ? leavable(signal, (either) => new EnrichingRun(options, request, either).chunks())
        : options.engine.run(request, signal),
  };
}

function probesAny(
  { enrichers: enricherNames, table = ENRICHERS }: EnrichingOptions,
  { plan }: EngineRequest,
): boolean {
  const { numbers, tcpCount } = plan.ports;
  return numbers.subarray(0, tcpCount).some((port) => enrichersOf(port, enricherNames, table).length > 0);
}

const IS_OPEN = OUTCOMES.map((outcome) => outcome !== 'skipped' && outcome.state === 'open');

/** One row of a chunk, taken out of it. */
interface HeldRow {
  readonly position: number;
  readonly outcome: number;
  readonly attempts: number;
  readonly roundTripMicroseconds: number;
  readonly observedAtMs: number;
}

interface Probed {
  readonly probe: Probe;
  readonly enrichers: readonly Enricher[];
}

interface EnrichedRow extends HeldRow {
  readonly findings: readonly Finding[];
}

class EnrichingRun {
  readonly #options: EnrichingOptions;
  readonly #request: EngineRequest;
  readonly #signal: AbortSignal;
  /** Of its own: the engine's keeps one block open, and this run looks up others. */
  readonly #plan: Plan;
  readonly #held = new Set<number>();
  readonly #conversations = new Set<Conversation>();
  readonly #unresponsive = new UnresponsivePorts();
  #enriched: EnrichedRow[] = [];
  /** Read, and not passed on. */
  #unread: CompletedChunk | undefined;
  /** No more connections at once than the scan may have. */
  readonly #ownSlots: Semaphore;
  #isReading = false;
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(options: EnrichingOptions, request: EngineRequest, signal: AbortSignal) {
    this.#options = options;
    this.#request = request;
    this.#signal = signal;
    this.#plan = createPlan(request.plan.input);
    this.#ownSlots = new Semaphore(Math.min(request.concurrency, MAX_PORTS_PROBED));
  }

  async *chunks(): AsyncGenerator<CompletedChunk, undefined> {
    const chunks = this.#options.engine.run(this.#request, this.#signal)[Symbol.asyncIterator]();
    this.#signal.addEventListener('abort', this.#stop, { once: true });
    try {
      for (;;) {
        this.#changed = Promise.withResolvers<void>();
        const due = this.#due();
        if (due === undefined && this.#isOver()) break;
        this.#readOn(chunks);
        if (due === undefined) await this.#changed.promise;
        else yield due;
      }
    } finally {
      this.#signal.removeEventListener('abort', this.#stop);
      this.#stop();
      await chunks.return?.();
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return undefined;
  }

  readonly #stop = (): void => {
    for (const conversation of this.#conversations) conversation.stop();
    this.#changed.resolve();
  };

  /** What is held when a stop comes is not waited for. */
  #isOver(): boolean {
    const isDone = this.#isEnded && this.#unread === undefined && this.#enriched.length === 0;
    return isDone && (this.#held.size === 0 || this.#signal.aborted);
  }

  /** A stopped engine is read to its end. */
  #readOn(chunks: AsyncIterator<CompletedChunk>): void {
    const hasCapacity = this.#signal.aborted || this.#held.size < MAX_HELD_PORTS;
    if (this.#isReading || this.#isEnded || this.#unread !== undefined || !hasCapacity) return;
    this.#isReading = true;
    void this.#read(chunks);
  }

  async #read(chunks: AsyncIterator<CompletedChunk>): Promise<void> {
    try {
      const { done, value } = await chunks.next();
      if (done === true) this.#isEnded = true;
      else this.#unread = value;
    } catch (error) {
      this.#isEnded = true;
      this.#failure = { error };
    }
    this.#isReading = false;
    this.#changed.resolve();
  }

  /** What can be told now; undefined when there is nothing. */
  #due(): CompletedChunk | undefined {
    if (this.#enriched.length > 0) return this.#takeEnriched();
    const chunk = this.#unread;
    if (chunk === undefined) return undefined;
    if (this.#isTooFarAhead(chunk)) {
      // Beyond a gap that a stop leaves nothing can be stored.
      if (this.#signal.aborted) this.#unread = undefined;
      return this.#signal.aborted ? this.#due() : undefined;
    }
    this.#unread = undefined;
    return this.#withoutHeld(chunk) ?? this.#due();
  }

  /** Whether a batch could not be made of it: the first position that is held is a gap before it. */
  #isTooFarAhead({ count, positions }: CompletedChunk): boolean {
    if (this.#held.size === 0) return false;
    let firstHeld = Number.POSITIVE_INFINITY;
    for (const position of this.#held) firstHeld = Math.min(firstHeld, position);
    for (let at = 0; at < count; at += 1)
      if ((positions[at] ?? 0) >= firstHeld + MAX_AHEAD_POSITIONS) return true;
    return false;
  }

  /** The chunk, without the rows of which more is to be learnt first; undefined when nothing is left of it. */
  #withoutHeld(chunk: CompletedChunk): CompletedChunk | undefined {
    const heldRows = new Set<number>();
    for (let at = 0; at < chunk.count; at += 1)
      if (IS_OPEN[chunk.outcomes[at] ?? 0] === true && this.#hold(chunk, at)) heldRows.add(at);
    if (heldRows.size === 0) return chunk;
    const rest = new ChunkBuilder(chunk.count);
    for (let at = 0; at < chunk.count; at += 1) {
      if (heldRows.has(at)) continue;
      const row = rowOf(chunk, at);
      rest.add(row.position, row.outcome, row);
    }
    if (rest.count === 0 && chunk.notes === undefined) return undefined;
    return { ...rest.take(), notes: chunk.notes };
  }

  /** Whether the port of this row is asked; then it is. */
  #hold(chunk: CompletedChunk, at: number): boolean {
    const { enrichers: enricherNames, table, turns } = this.#options;
    const row = rowOf(chunk, at);
    const probe = this.#plan.locate(row.position);
    if (probe.protocol !== 'tcp') return false;
    const enrichers = enrichersOf(probe.port, enricherNames, table);
    if (enrichers.length === 0 || this.#unresponsive.isGivenUp(probe.address)) return false;
    this.#held.add(row.position);
    void this.#ownSlots.take(() => turns.take(() => this.#sendProbe(row, { probe, enrichers })));
    return true;
  }

  async #sendProbe(row: HeldRow, { probe, enrichers }: Probed): Promise<void> {
    const findings: Finding[] = [];
    for (const enricher of enrichers) {
      if (this.#unresponsive.isGivenUp(probe.address)) break;
      const opened: Conversation[] = [];
      const found = await enrich(enricher, probe, this.#parts(opened));
      if (found === undefined) return;
      findings.push(...found);
      if (found.length > 0) this.#unresponsive.hasOutput(probe.address);
      else if (opened.some(wasUnresponsive)) this.#unresponsive.wasUnresponsive(probe.address);
    }
    this.#held.delete(row.position);
    this.#enriched.push({ ...row, findings });
    this.#changed.resolve();
  }

  #parts(all: Conversation[]) {
    const { gate, pace } = this.#request;
    return {
      gate,
      pace,
      clock: this.#options.clock,
      signal: this.#signal,
      opened: (conversation: Conversation) => {
        all.push(conversation);
        this.#conversations.add(conversation);
        conversation.once('close', () => this.#conversations.delete(conversation));
      },
    };
  }

  #takeEnriched(): CompletedChunk {
    const rows = this.#enriched;
    this.#enriched = [];
    const builder = new ChunkBuilder(rows.length);
    for (const row of rows) builder.add(row.position, row.outcome, row);
    const notes = rows.flatMap(({ position, findings }) =>
      findings.map((finding): Note => ({ kind: 'finding', position, finding })),
    );
    return notes.length === 0 ? builder.take() : { ...builder.take(), notes };
  }
}

/** Its time was used up. */
function wasUnresponsive({ errored }: Conversation): boolean {
  return errored instanceof ConversationError && errored.end === 'timeout';
}

function rowOf(chunk: CompletedChunk, at: number): HeldRow {
  return {
    position: chunk.positions[at] ?? 0,
    outcome: chunk.outcomes[at] ?? 0,
    attempts: chunk.attempts[at] ?? 0,
    roundTripMicroseconds: chunk.roundTripsMicroseconds[at] ?? 0,
    observedAtMs: chunk.observedAtMs[at] ?? 0,
  };
}
