/** One frame of a capture. */
export interface Frame {
  /** Milliseconds since 1970-01-01 UTC, with fractions. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

const MAGIC_MICROSECONDS = 0xa1b2_c3d4;
const MAGIC_NANOSECONDS = 0xa1b2_3c4d;
const FILE_HEADER_BYTES = 24;
const FRAME_HEADER_BYTES = 16;

/** The frames of a pcap file in the machine's own byte order; a truncated last one is skipped. */
export function* framesOf(file: Uint8Array): Generator<Frame> {
  if (file.length < FILE_HEADER_BYTES) return;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = view.getUint32(0, true);
  if (magic !== MAGIC_MICROSECONDS && magic !== MAGIC_NANOSECONDS) throw new Error('no pcap file');
  const perMs = magic === MAGIC_NANOSECONDS ? 1_000_000 : 1_000;
  for (let at = FILE_HEADER_BYTES; at + FRAME_HEADER_BYTES <= file.length; ) {
    const begin = at + FRAME_HEADER_BYTES;
    const end = begin + view.getUint32(at + 8, true);
    if (end > file.length) return;
    const atMs = view.getUint32(at, true) * 1_000 + view.getUint32(at + 4, true) / perMs;
    yield { atMs, bytes: file.subarray(begin, end) };
    at = end;
  }
}
