import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ScanoramaError } from '#domain/errors/error.js';
import { TextPieces } from '#report/text/decode-text.js';
import { namelessFile } from '#report/text/unnamed-file.js';

/** The largest report that is taken; some two million ports with a service each. */
export const MAX_REPORT_BYTES = 1_073_741_824;
const READ_BYTES = 65_536;

/** A report on this machine's disk, for as long as it is needed, or this program lives. */
export interface SpooledReport {
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  /** Its text from the beginning, in pieces; can be asked for more than once. */
  read(): AsyncIterable<string>;
}

/**
 * Lends a report that arrives as a stream: it is read more than once, and known by its content before anything is
 * stored. Throws `payload_too_large`, `invalid_report` for nothing at all, and what the stream throws.
 */
export async function withSpooledReport<Result>(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  use: (report: SpooledReport) => Promise<Result>,
): Promise<Result> {
  const file = await namelessFile();
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    await pipeline(
      bytes,
      async (chunks: AsyncIterable<Uint8Array>) => {
        for await (const chunk of boundedReport(chunks)) {
          sizeBytes += chunk.length;
          hash.update(chunk);
          // From where the last one ended, and all of it.
          await file.writeFile(chunk);
        }
      },
      { signal },
    );
    if (sizeBytes === 0)
      throw new ScanoramaError('invalid_report', 'The report is empty.', {
        hint: 'Name a file that nmap wrote with -oX.',
      });
    return await use({ sha256: hash.digest(), sizeBytes, read: () => textOf(file, signal) });
  } finally {
    await file.close();
  }
}

/** The same bytes, up to the largest report that is taken. Throws `payload_too_large`. */
export async function* boundedReport(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sizeBytes = 0;
  for await (const chunk of bytes) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_REPORT_BYTES) throw tooLarge();
    yield chunk;
  }
}

async function* textOf(file: FileHandle, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  const pieces = new TextPieces();
  // No stream: one that is left early closes the file, which is read again.
  for (let position = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead, buffer } = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    yield pieces.write(buffer.subarray(0, bytesRead));
  }
  yield pieces.end();
}

function tooLarge(): ScanoramaError {
  return new ScanoramaError(
    'payload_too_large',
    `The report is larger than ${MAX_REPORT_BYTES / 1_048_576} MiB.`,
    {
      hint: 'Cut it up, or write one report for each network.',
    },
  );
}
