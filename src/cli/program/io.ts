import type { Interrupts } from '#cli/program/interrupts.js';
import type { Clock } from '#domain/time/clock.js';

/** A stream to write to, with its properties. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Whether a line can be erased: a terminal that supports control sequences. */
  readonly rewritable: boolean;
  /** Width of the terminal, in cells; a usual width where there is none. */
  readonly columns: number;
  /** Whether to print color: the terminal supports it, and the user did not disable it. */
  readonly color: boolean;
  /** Resolves when the data is handed over. Rejects with `OutputClosedError` when the reader closed the stream. */
  write(text: string | Uint8Array): Promise<void>;
}

export interface ReadLimits {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface Source {
  readonly isTerminal: boolean;
  /** Everything until the end; throws `file_unreadable` beyond the limit. */
  readAll(limits: ReadLimits): Promise<Uint8Array>;
  /** The complete input in pieces, as it arrives. Can be called only once. */
  stream(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** One line without its end; empty at the end of the input. */
  readLine(signal: AbortSignal): Promise<string>;
}

/** Everything outside the process that the command line uses. It is passed in, so that tests can replace it. */
export interface Io {
  /** The words that started this program, for hints that name a command. */
  readonly program: string;
  /** The flags that such a command has to repeat to mean the same place; absent for none. */
  readonly place?: string;
  readonly stdout: Sink;
  /** Never rejects: a notice that cannot be written must not fail the command. */
  readonly stderr: Sink;
  readonly stdin: Source;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  /** Throws `file_unreadable` when there is no such file, it is a directory, or it passes the limit. */
  readFile(path: string, limits: ReadLimits): Promise<Uint8Array>;
  /** The bytes of a file as they are read. Throws `file_unreadable` when it cannot be opened or is a directory. */
  openFile(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Resolves after the time, or early and without an error when the signal aborts. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The reader closed the output, as in `| head`. This is not a failure. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

/** The same `Io` without color. */
export function withoutColor(io: Io): Io {
  return { ...io, stdout: plain(io.stdout), stderr: plain(io.stderr) };
}

function plain(sink: Sink): Sink {
  return {
    isTerminal: sink.isTerminal,
    rewritable: sink.rewritable,
    get columns() {
      return sink.columns;
    },
    color: false,
    write: (text) => sink.write(text),
  };
}
