import { MAX_TIME_MS } from '#prober/messages/json-members.js';
import { type CompletedChunk, isOutcomeCode } from '#scan/results/completed-chunk.js';

/*
 * What travels between a prober process and whoever started it, in both directions:
 *
 *     body length   kind   run            body
 *     4 bytes BE    1      4 bytes BE     JSON, or the columns of a chunk
 *
 * Both ends are on one machine and of one build, as the prober sees to (`leaveUnlessOfBuild`): columns are sent in the byte order they have in memory.
 */
export const HEADER_BYTES = 9;
/** A control frame holds at most this: an order with its targets and exclusions. */
export const MAX_CONTROL_BYTES = 33_554_432;
/** A note frame at most this: what is told beside a chunk is told in as many frames as it takes. */
export const MAX_NOTE_BYTES = 8_388_608;
/** Positions of one chunk frame; engines may yield larger chunks, which are cut. */
export const MAX_CHUNK_POSITIONS = 8_192;
/** positions 8, observed 8, round trip 4, outcome 1, attempts 1. */
export const BYTES_PER_POSITION = 22;
const MAX_CHUNK_BYTES = MAX_CHUNK_POSITIONS * BYTES_PER_POSITION;
const MAX_RUN = 0xffff_ffff;

/** Kinds that carry JSON or nothing. `hello` to `renew` go to the prober, `survey` to `failed` come from it. */
export const CONTROL_KINDS = [
  'hello',
  'order',
  'exclude',
  'abort',
  'credit',
  'renew',
  'survey',
  'halted',
  'note',
  'end',
  'failed',
] as const;
export type ControlKind = (typeof CONTROL_KINDS)[number];
/** The byte of a chunk frame; control frames have 1 + their place in CONTROL_KINDS. */
const CHUNK_BYTE = 0;

/** `run` is the number an order was given, 0 for what concerns none. */
export interface ControlFrame {
  readonly kind: ControlKind;
  readonly run: number;
  /** Parsed JSON, undefined for an empty body. Not checked beyond that. */
  readonly message: unknown;
}
export interface ChunkFrame {
  readonly kind: 'chunk';
  readonly run: number;
  readonly chunk: CompletedChunk;
}
export type Frame = ControlFrame | ChunkFrame;

/** Bytes that are no frame, or a message that says nothing we know. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Throws FrameError when the message is larger than a frame can be. */
export function encodeControl(kind: ControlKind, run: number, message?: unknown): Uint8Array {
  const body = message === undefined ? '' : JSON.stringify(message);
  const bodyBytes = Buffer.byteLength(body);
  if (bodyBytes > (kind === 'note' ? MAX_NOTE_BYTES : MAX_CONTROL_BYTES))
    throw new FrameError(`a message of ${bodyBytes} bytes fits into no frame`);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes);
  writeHeader(bytes, { bodyBytes, kind: 1 + CONTROL_KINDS.indexOf(kind), run });
  bytes.write(body, HEADER_BYTES);
  return bytes;
}

/** One frame for each `MAX_CHUNK_POSITIONS` of a chunk; its notes travel in frames of their own, before these. */
export function encodeChunk(run: number, chunk: CompletedChunk): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let from = 0; from < chunk.count; from += MAX_CHUNK_POSITIONS) {
    frames.push(encodeRows(run, chunk, { from, to: Math.min(chunk.count, from + MAX_CHUNK_POSITIONS) }));
  }
  return frames;
}

function encodeRows(run: number, chunk: CompletedChunk, { from, to }: { from: number; to: number }) {
  const bodyBytes = (to - from) * BYTES_PER_POSITION;
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes);
  writeHeader(bytes, { bodyBytes, kind: CHUNK_BYTE, run });
  let at = HEADER_BYTES;
  for (const column of [
    chunk.positions.subarray(from, to),
    chunk.observedAtMs.subarray(from, to),
    chunk.roundTripsMicroseconds.subarray(from, to),
    chunk.outcomes.subarray(from, to),
    chunk.attempts.subarray(from, to),
  ]) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return bytes;
}

interface Header {
  readonly bodyBytes: number;
  readonly kind: number;
  readonly run: number;
}

function writeHeader(bytes: Buffer, { bodyBytes, kind, run }: Header): void {
  if (!Number.isInteger(run) || run < 0 || run > MAX_RUN)
    throw new FrameError(`no run has the number ${run}`);
  bytes.writeUInt32BE(bodyBytes, 0);
  bytes.writeUInt8(kind, 4);
  bytes.writeUInt32BE(run, 5);
}

/**
 * Cuts a stream of bytes into frames. What is not whole yet is kept, at most one frame of it. Whatever comes in,
 * the only thing thrown is FrameError, and once it was, no further frame is found: where the next one would begin
 * is not known.
 */
export class FrameDecoder {
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #header: Header | undefined;
  #failure: FrameError | undefined;

  /** The frames that these bytes complete. Frames before garbage in the same bytes are given with `failure` set. */
  push(bytes: Uint8Array): Frame[] {
    if (this.#failure !== undefined) throw this.#failure;
    this.#parts.push(bytes);
    this.#partBytes += bytes.byteLength;
    const frames: Frame[] = [];
    try {
      for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    } catch (error) {
      this.#parts = [];
      this.#partBytes = 0;
      this.#failure =
        error instanceof FrameError ? error : new FrameError('a frame cannot be read', { cause: error });
      if (frames.length === 0) throw this.#failure;
    }
    return frames;
  }

  /** What was wrong, once something was. */
  get failure(): FrameError | undefined {
    return this.#failure;
  }

  /** Throws FrameError when the stream ends in the middle of a frame, or was not made of frames. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#partBytes > 0 || this.#header !== undefined) throw new FrameError('the last frame is cut off');
  }

  #next(): Frame | undefined {
    if (this.#header === undefined) {
      if (this.#partBytes < HEADER_BYTES) return undefined;
      this.#header = readHeader(this.#take(HEADER_BYTES));
    }
    const header = this.#header;
    if (this.#partBytes < header.bodyBytes) return undefined;
    this.#header = undefined;
    const body = this.#take(header.bodyBytes);
    return header.kind === CHUNK_BYTE ? chunkFrame(header.run, body) : controlFrame(header, body);
  }

  /** Exactly so many bytes off the front, in memory of their own that starts at offset 0. */
  #take(byteCount: number): Uint8Array {
    const taken = new Uint8Array(byteCount);
    let filled = 0;
    let used = 0;
    while (filled < byteCount) {
      const part = this.#parts[used] ?? new Uint8Array();
      const wanted = byteCount - filled;
      taken.set(part.subarray(0, wanted), filled);
      filled += Math.min(part.byteLength, wanted);
      if (part.byteLength <= wanted) used += 1;
      else this.#parts[used] = part.subarray(wanted);
    }
    this.#parts.splice(0, used);
    this.#partBytes -= byteCount;
    return taken;
  }
}

function readHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer);
  const header = { bodyBytes: view.getUint32(0), kind: view.getUint8(4), run: view.getUint32(5) };
  if (header.kind > CONTROL_KINDS.length) throw new FrameError(`no frame is of kind ${header.kind}`);
  const maxBytes = maxBytesOf(header.kind);
  if (header.bodyBytes > maxBytes) {
    throw new FrameError(`a frame of ${header.bodyBytes} bytes is larger than ${maxBytes}`);
  }
  return header;
}

function maxBytesOf(kind: number): number {
  if (kind === CHUNK_BYTE) return MAX_CHUNK_BYTES;
  return CONTROL_KINDS[kind - 1] === 'note' ? MAX_NOTE_BYTES : MAX_CONTROL_BYTES;
}

function controlFrame({ kind, run }: Header, body: Uint8Array): ControlFrame {
  const name = CONTROL_KINDS[kind - 1];
  if (name === undefined) throw new FrameError(`no frame is of kind ${kind}`);
  return { kind: name, run, message: body.byteLength === 0 ? undefined : parseBody(body) };
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new FrameError('a control frame holds no JSON', { cause });
  }
}

function chunkFrame(run: number, { buffer, byteLength }: Uint8Array): ChunkFrame {
  const count = byteLength / BYTES_PER_POSITION;
  if (!Number.isInteger(count)) throw new FrameError(`${byteLength} bytes are no whole rows of a chunk`);
  const chunk: CompletedChunk = {
    count,
    positions: new Float64Array(buffer, 0, count),
    observedAtMs: new Float64Array(buffer, 8 * count, count),
    roundTripsMicroseconds: new Int32Array(buffer, 16 * count, count),
    outcomes: new Uint8Array(buffer, 20 * count, count),
    attempts: new Uint8Array(buffer, 21 * count, count),
  };
  assertRows(chunk);
  return { kind: 'chunk', run, chunk };
}

function assertRows({ count, positions, observedAtMs, outcomes }: CompletedChunk): void {
  for (let at = 0; at < count; at += 1) {
    const position = positions[at] ?? -1;
    const isRow =
      Number.isSafeInteger(position) &&
      position >= 0 &&
      Math.abs(observedAtMs[at] ?? Number.NaN) <= MAX_TIME_MS &&
      isOutcomeCode(outcomes[at] ?? -1);
    if (!isRow) throw new FrameError(`row ${at} of a chunk is none`);
  }
}
