import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ScanoramaError } from '#domain/error.js';
import { TextPieces } from '#report/decode-text.js';

/** The largest report that is taken; some two million ports with a service each. */
export const MAX_REPORT_BYTES = 1_073_741_824;

/** A report on this machine's disk, for as long as it is needed. */
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
  const folder = await mkdtemp(join(tmpdir(), 'scanorama-import-'));
  try {
    const path = join(folder, 'report');
    const hash = createHash('sha256');
    let sizeBytes = 0;
    await pipeline(
      bytes,
      async function* measure(chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of boundedReport(chunks)) {
          sizeBytes += chunk.length;
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(path, { flags: 'wx', mode: 0o600 }),
      { signal },
    );
    if (sizeBytes === 0)
      throw new ScanoramaError('invalid_report', 'The report is empty.', {
        hint: 'Name a file that nmap wrote with -oX.',
      });
    return await use({ sha256: hash.digest(), sizeBytes, read: () => textOf(path, signal) });
  } finally {
    await rm(folder, { recursive: true, force: true });
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

async function* textOf(path: string, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  const pieces = new TextPieces();
  for await (const chunk of createReadStream(path, { signal })) yield pieces.write(Buffer.from(chunk));
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
