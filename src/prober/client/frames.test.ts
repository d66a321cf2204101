import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONTROL_KINDS,
  encodeChunk,
  encodeControl,
  type Frame,
  FrameDecoder,
  FrameError,
  HEADER_BYTES,
  MAX_CHUNK_POSITIONS,
  MAX_CONTROL_BYTES,
  MAX_NOTE_BYTES,
} from '#prober/client/frames.js';
import { ChunkBuilder, type CompletedChunk, outcomeCode, SKIPPED } from '#scan/results/completed-chunk.js';
import { repetitions } from '../../../test/support/repetitions.ts';

function chunkOfCount(count: number): CompletedChunk {
  const builder = new ChunkBuilder(count);
  const open = outcomeCode({ state: 'open', reason: 'syn-ack' });
  for (let at = 0; at < count; at += 1) {
    const rest = {
      attempts: 1 + (at % 3),
      roundTripMicroseconds: at - 1,
      observedAtMs: 1_700_000_000_000 + at,
    };
    builder.add(2 ** 40 + at, at % 5 === 0 ? SKIPPED : open, rest);
  }
  return builder.take();
}

const run = fc.integer({ min: 0, max: 0xffff_ffff });
const control = fc
  .record({ kind: fc.constantFrom(...CONTROL_KINDS), run, message: fc.option(fc.json(), { nil: undefined }) })
  .map(
    ({ message, ...frame }): Frame => ({
      ...frame,
      message: message === undefined ? undefined : JSON.parse(message),
    }),
  );
const chunk = fc
  .record({ run, count: fc.integer({ min: 1, max: 40 }) })
  .map(({ run: number, count }): Frame => ({ kind: 'chunk', run: number, chunk: chunkOfCount(count) }));
const frames = fc.array(fc.oneof(control, chunk), { maxLength: 6 });

function encode(all: readonly Frame[]): Uint8Array {
  return Buffer.concat(
    all.flatMap((frame) =>
      frame.kind === 'chunk'
        ? encodeChunk(frame.run, frame.chunk)
        : [encodeControl(frame.kind, frame.run, frame.message)],
    ),
  );
}

/** What a decoder makes of the pieces; anything but a FrameError is thrown on. */
function decode(pieces: readonly Uint8Array[]): { frames: Frame[]; failed: boolean } {
  const decoder = new FrameDecoder();
  const found: Frame[] = [];
  try {
    for (const piece of pieces) found.push(...decoder.push(piece));
    decoder.end();
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return { frames: found, failed: true };
  }
  return { frames: found, failed: false };
}

function cut(bytes: Uint8Array, ats: readonly number[]): Uint8Array[] {
  const borders = [0, ...ats.map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return borders.slice(1).map((border, index) => bytes.subarray(borders[index], border));
}

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 20 }), (sent, cuts) => {
        expect(decode(cut(encode(sent), cuts))).toEqual({ frames: sent, failed: false });
      }),
    );
  });

  it('come out when split at every byte, and a stream cut at any byte is told as cut', () => {
    const sent: Frame[] = [
      { kind: 'order', run: 7, message: { a: ['ü'] } },
      { kind: 'chunk', run: 7, chunk: chunkOfCount(3) },
      { kind: 'end', run: 7, message: undefined },
    ];
    const bytes = encode(sent);
    const borders = new Set([0, ...sent.map((_, index) => encode(sent.slice(0, index + 1)).length)]);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(decode([bytes.subarray(0, at), bytes.subarray(at)])).toEqual({ frames: sent, failed: false });
      expect(decode([bytes.subarray(0, at)]).failed).toBe(!borders.has(at));
    }
  });

  it('are found in no garbage, which is told by one error and by no other', () => {
    fc.assert(
      fc.property(
        frames,
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        (sent, noise, cuts) => {
          const { frames: found } = decode(cut(Buffer.concat([encode(sent), noise]), cuts));
          expect(found.slice(0, sent.length)).toEqual(sent);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('with flipped bytes give frames or that error', () => {
    const complete = encode([
      { kind: 'order', run: 1, message: { scan: 'x', tcp: [[1, 2]] } },
      { kind: 'note', run: 1, message: [{ kind: 'partial', position: 1, sentence: 'nmap died.' }] },
      { kind: 'chunk', run: 1, chunk: chunkOfCount(4) },
    ]);
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat({ max: complete.length - 1 }), byte: fc.nat({ max: 255 }) }), {
          minLength: 1,
        }),
        (flips) => {
          const bytes = Uint8Array.from(complete);
          for (const { at, byte } of flips) bytes[at] = byte;
          decode([bytes]);
        },
      ),
      { numRuns: repetitions(500, 20_000) },
    );
  });

  it('beyond their bounds are refused before their body is awaited', () => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32BE(MAX_CONTROL_BYTES + 1, 0);
    header.writeUInt8(1, 4);
    expect(() => new FrameDecoder().push(header)).toThrow(FrameError);
    header.writeUInt32BE(MAX_NOTE_BYTES + 1, 0);
    header.writeUInt8(1 + CONTROL_KINDS.indexOf('note'), 4);
    expect(() => new FrameDecoder().push(header)).toThrow(FrameError);
    header.writeUInt32BE((MAX_CHUNK_POSITIONS + 1) * 22, 0);
    header.writeUInt8(0, 4);
    expect(() => new FrameDecoder().push(header)).toThrow(FrameError);
    header.writeUInt32BE(0, 0);
    header.writeUInt8(1 + CONTROL_KINDS.length, 4);
    expect(() => new FrameDecoder().push(header)).toThrow(FrameError);
  });

  it('are not looked for behind garbage', () => {
    const decoder = new FrameDecoder();
    const good = encodeControl('hello', 0);
    expect(decoder.push(Buffer.concat([good, Buffer.alloc(HEADER_BYTES, 0xff)]))).toHaveLength(1);
    expect(decoder.failure).toBeInstanceOf(FrameError);
    expect(() => decoder.push(good)).toThrow(FrameError);
  });

  it('carry a chunk of any size, cut into several', () => {
    const large = chunkOfCount(MAX_CHUNK_POSITIONS * 2 + 1);
    const { frames: found } = decode(encodeChunk(3, large));
    expect(found.map((frame) => (frame.kind === 'chunk' ? frame.chunk.count : 0))).toEqual([
      MAX_CHUNK_POSITIONS,
      MAX_CHUNK_POSITIONS,
      1,
    ]);
    const positions = found.flatMap((frame) => (frame.kind === 'chunk' ? [...frame.chunk.positions] : []));
    expect(positions).toEqual([...large.positions]);
  });

  it.each([
    ['a position that is no whole number', { positions: new Float64Array([0.5]) }],
    ['a position below 0', { positions: new Float64Array([-1]) }],
    ['a time that is none', { observedAtMs: new Float64Array([Number.NaN]) }],
    ['an outcome that nobody knows', { outcomes: new Uint8Array([255]) }],
  ])('refuse %s', (_what, wrong) => {
    expect(decode(encodeChunk(1, { ...chunkOfCount(1), ...wrong })).failed).toBe(true);
  });
});
