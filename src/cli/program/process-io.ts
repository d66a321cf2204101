import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { addAbortSignal, type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';
import type { TerminalFacts } from '#app/terminal.js';
import type { Interrupts } from '#cli/program/interrupts.js';
import { type Io, OutputClosedError, type ReadLimits, type Sink, type Source } from '#cli/program/io.js';
import { ScanoramaError } from '#domain/errors/error.js';

const STDIN_FD = 0;
const STDOUT_FD = 1;
const STDERR_FD = 2;
const USUAL_COLUMNS = 80;
/** Error codes for a closed pipe or terminal. */
const CLOSED_CODES: readonly string[] = ['EPIPE', 'EIO', 'EOF', 'ERR_STREAM_DESTROYED'];
const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  ENOTDIR: 'does not exist',
  ENAMETOOLONG: 'has a name that is too long',
  ELOOP: 'is a loop of links',
};

/** The real world of this process. */
export function processIo(interrupts: Interrupts, terminal: TerminalFacts): Io {
  return {
    program: terminal.program,
    stdout: sinkOf(process.stdout, { fd: STDOUT_FD, mayReject: true, terminal }),
    stderr: sinkOf(process.stderr, { fd: STDERR_FD, mayReject: false, terminal }),
    stdin: stdinSource(),
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    interrupts,
    readFile: (path, limits) => readBounded(path, createReadStream(path), limits),
    openFile,
    sleep: async (durationMs, signal) => {
      await delay(durationMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    },
  };
}

interface SinkFacts {
  readonly fd: number;
  readonly mayReject: boolean;
  readonly terminal: TerminalFacts;
}

function sinkOf(stream: NodeJS.WriteStream, { fd, mayReject, terminal }: SinkFacts): Sink {
  // A failed write is reported through its callback; without a listener the same failure would end the process.
  stream.on('error', () => undefined);
  return {
    isTerminal: isatty(fd),
    rewritable: isatty(fd) && !terminal.dumb,
    get columns() {
      return columnsOf(stream.columns, terminal.columns);
    },
    // `hasColors` exists only on terminals, and returns false when NO_COLOR is set.
    color: isatty(fd) && stream.hasColors(),
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (error && mayReject) reject(writeFailure(error));
          else resolve();
        });
      }),
  };
}

/** The requested width, limited to the width of the terminal where that is known. */
export function columnsOf(own: number | undefined, probed: number | undefined): number {
  if (own === undefined || own <= 0) return probed ?? USUAL_COLUMNS;
  return probed === undefined ? own : Math.min(own, probed);
}

function writeFailure(error: Error): Error {
  const code = errnoOf(error);
  if (CLOSED_CODES.includes(code)) return new OutputClosedError();
  return new ScanoramaError('internal', `The output could not be written (${code || error.message}).`, {
    hint: 'Free space for the output, or redirect it elsewhere.',
    cause: error,
  });
}

function stdinSource(): Source {
  return {
    isTerminal: isatty(STDIN_FD),
    readAll: (limits) => readBounded('-', process.stdin, limits),
    stream: (signal) => addAbortSignal(signal, process.stdin),
    readLine: (signal) => readLine(process.stdin, signal),
  };
}

/** Opens the file at once, so that an unreadable file is reported before anything is sent. */
async function openFile(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  try {
    const file = await open(path);
    if ((await file.stat()).isDirectory()) {
      await file.close();
      throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
    }
    return file.createReadStream({ signal });
  } catch (error) {
    throw readFailure(path, error);
  }
}

/** Counts while it reads, so that a pipe or a device without an end is refused too. */
async function readBounded(name: string, stream: Readable, limits: ReadLimits): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const stop = () => stream.destroy(limits.signal.reason);
  limits.signal.addEventListener('abort', stop, { once: true });
  try {
    limits.signal.throwIfAborted();
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      sizeBytes += bytes.length;
      if (sizeBytes > limits.maxBytes) throw tooLarge(name, limits.maxBytes);
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof ScanoramaError || limits.signal.aborted) throw error;
    throw readFailure(name, error);
  } finally {
    limits.signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks);
}

const shown = (name: string) => (name === '-' ? 'The standard input' : `The file ${name}`);

function tooLarge(name: string, maxBytes: number): ScanoramaError {
  return new ScanoramaError(
    'file_unreadable',
    `${shown(name)} is larger than ${maxBytes / 1024 / 1024} MiB.`,
    {
      hint: 'Write neighbouring addresses as ranges or networks, or scan in parts.',
      at: name,
      facts: { maxBytes },
    },
  );
}

function readFailure(name: string, error: unknown): ScanoramaError {
  const code = errnoOf(error);
  const why = READ_FAILURES[code] ?? `could not be read (${code || 'unknown reason'})`;
  return new ScanoramaError('file_unreadable', `${shown(name)} ${why}.`, { at: name, cause: error });
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Leaves the terminal in its ordinary mode, so that Ctrl-C stays a signal. */
function readLine(stream: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: stream, terminal: false });
  return new Promise((resolve) => {
    let answer = '';
    lines.once('line', (line) => {
      answer = line;
      lines.close();
    });
    lines.once('close', () => resolve(answer));
    if (signal.aborted) lines.close();
    else signal.addEventListener('abort', () => lines.close(), { once: true });
  });
}
