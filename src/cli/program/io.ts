import type { Interrupts } from '#cli/program/interrupts.js';
import type { Clock } from '#domain/time/clock.js';

/** Somewhere to write, and what is known of it. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Whether a line can be taken back: a terminal that obeys control sequences. */
  readonly rewritable: boolean;
  /** Width of the terminal, in cells; a usual width where there is none. */
  readonly columns: number;
  /** Whether colour is welcome: a terminal that has it, and nobody said no. */
  readonly color: boolean;
  /** Settles when the text or the bytes are handed over; rejects with `OutputClosedError` when the reader went away. */
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
  /** Everything until the end, as it comes; can be asked for once. */
  stream(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** One line without its end; empty at the end of the input. */
  readLine(signal: AbortSignal): Promise<string>;
}

/** The world as the command line meets it; passed in, so that tests can be the world. */
export interface Io {
  /** The words that started this program, for hints that name a command. */
  readonly program: string;
  /** The flags that such a command has to repeat to mean the same place; absent for none. */
  readonly place?: string;
  readonly stdout: Sink;
  /** Never rejects: what is said beside the result must not cost the result. */
  readonly stderr: Sink;
  readonly stdin: Source;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  /** Throws `file_unreadable` when there is no such file, it is a directory, or it passes the limit. */
  readFile(path: string, limits: ReadLimits): Promise<Uint8Array>;
  /** The bytes of a file as they are read. Throws `file_unreadable` when it cannot be opened or is a directory. */
  openFile(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Settles after the time or, early and without an error, when the signal aborts. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The reader of our output went away (`| head`): not a failure, there is only nobody left to tell. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

/** The same world without colour. */
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
