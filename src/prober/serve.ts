import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ScanoramaError } from '#domain/errors/error.js';
import { Credit } from '#prober/client/credit.js';
import {
  type ControlFrame,
  encodeChunk,
  encodeControl,
  FrameDecoder,
  FrameError,
} from '#prober/client/frames.js';
import {
  failureMessage,
  readCredit,
  readExclusions,
  readOrder,
  readRenewal,
  surveyMessage,
} from '#prober/messages/messages.js';
import { noteMessages } from '#prober/messages/note-message.js';
import type { ProbeRun, Prober } from '#scan/engine/prober.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/** Orders under way at once; a worker runs 16 shards. */
export const MAX_ORDERS = 64;

interface ServedRun {
  readonly run: ProbeRun;
  readonly abort: AbortController;
  readonly credit: Credit;
}

/**
 * Answers the frames of one channel until it ends, then ends every run, and with it all packets. What cannot be
 * read as a frame ends it too, after saying so; an order that makes no sense is refused and the others go on.
 * Frames not yet sent are bounded by the credit of the runs.
 *
 *     channel ──> decoder ──> order ──> prober.run ──(credit)──> chunks ──> channel
 */
export async function serveProber(channel: Duplex, prober: Prober): Promise<void> {
  const server = new ProberServer(channel, prober);
  const decoder = new FrameDecoder();
  try {
    for await (const bytes of channel.iterator({ destroyOnReturn: false })) {
      for (const frame of decoder.push(bytes)) if (frame.kind !== 'chunk') server.receive(frame);
      if (decoder.failure !== undefined) throw decoder.failure;
    }
    decoder.end();
  } catch (error) {
    // Anything else is the channel's own failure: whoever was at the other end is gone.
    if (error instanceof FrameError) server.refuse(0, error);
  } finally {
    server.close();
    channel.end();
    await finished(channel, { readable: false }).catch(() => undefined);
  }
}

/** The notes first: a position must not arrive before what is to be stored with it. */
function framesOf(number: number, chunk: CompletedChunk): Uint8Array[] {
  const notes = noteMessages(chunk.notes ?? []).map((message) => encodeControl('note', number, message));
  return [...notes, ...encodeChunk(number, chunk)];
}

class ProberServer {
  readonly #channel: Duplex;
  readonly #prober: Prober;
  readonly #runs = new Map<number, ServedRun>();

  constructor(channel: Duplex, prober: Prober) {
    this.#channel = channel;
    this.#prober = prober;
    // What cannot be written any more is told by the end of reading.
    channel.on('error', () => undefined);
  }

  receive(frame: ControlFrame): void {
    try {
      this.#obey(frame);
    } catch (error) {
      this.refuse(frame.run, error);
    }
  }

  refuse(run: number, error: unknown): void {
    const reported =
      error instanceof FrameError
        ? new ScanoramaError('internal', `The prober was told nonsense: ${error.message}.`)
        : error;
    this.#send(encodeControl('failed', run, failureMessage(reported)));
  }

  close(): void {
    for (const { abort, credit } of this.#runs.values()) {
      abort.abort();
      credit.close();
    }
  }

  #obey({ kind, run, message }: ControlFrame): void {
    if (kind === 'hello') {
      this.#introduce();
    } else if (kind === 'order') {
      this.#begin(run, message);
    } else if (kind === 'exclude') {
      const more = readExclusions(message);
      this.#runs.get(run)?.run.exclude(more);
    } else if (kind === 'renew') {
      const { goodUntilMs, terms } = readRenewal(message);
      this.#runs.get(run)?.run.renew(goodUntilMs, terms);
    } else if (kind === 'credit') {
      const chunks = readCredit(message);
      this.#runs.get(run)?.credit.grant(chunks);
    } else if (kind === 'abort') {
      this.#halt(run);
    } else {
      throw new FrameError(`${kind} is no frame that a prober takes`);
    }
  }

  /** Its packets end with the call, though answers are taken for some time more. */
  #halt(number: number): void {
    const served = this.#runs.get(number);
    if (served === undefined) return;
    served.abort.abort();
    this.#send(encodeControl('halted', number));
  }

  #introduce(): void {
    this.#prober.survey().then(
      (survey) => this.#send(encodeControl('survey', 0, surveyMessage(survey))),
      (error: unknown) => this.refuse(0, error),
    );
  }

  #begin(number: number, message: unknown): void {
    if (this.#runs.has(number)) throw new FrameError(`run ${number} is under way already`);
    if (this.#runs.size >= MAX_ORDERS) {
      throw new ScanoramaError('engine_failed', `The prober runs ${MAX_ORDERS} orders already.`, {
        hint: 'Resume the scan when others have ended.',
      });
    }
    const abort = new AbortController();
    const run = this.#prober.run(readOrder(message), abort.signal);
    const served = { run, abort, credit: new Credit() };
    this.#runs.set(number, served);
    void this.#deliver(number, served).finally(() => this.#runs.delete(number));
  }

  async #deliver(number: number, { run, credit }: ServedRun): Promise<void> {
    try {
      for await (const chunk of run) {
        const frames = framesOf(number, chunk);
        freeColumns(chunk);
        for (const frame of frames) {
          if (!(await credit.take())) return;
          this.#send(frame);
        }
      }
      this.#send(encodeControl('end', number));
    } catch (error) {
      this.refuse(number, error);
    }
  }

  #send(frame: Uint8Array): void {
    if (!this.#channel.destroyed && this.#channel.writable) this.#channel.write(frame, () => free(frame));
  }
}

/*
 * Memory beside the heap is given back at once: the collector hears of little else here, and lets tens of megabytes
 * of it wait. At 180,000 positions a second the prober was 246 MB large without this, and is 178 MB.
 */

function freeColumns({
  positions,
  outcomes,
  attempts,
  roundTripsMicroseconds,
  observedAtMs,
}: CompletedChunk): void {
  for (const column of [positions, outcomes, attempts, roundTripsMicroseconds, observedAtMs]) free(column);
}

/** Not what shares its buffer with others, as small ones from a pool do. */
function free({ buffer, byteLength }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
