import { ScanoramaError } from '#domain/errors/error.js';
import { OTHER_BUILD_EXIT_CODE, rebuiltError } from '#net/native/libc/build.js';
import { ClientRun } from '#prober/client/client-run.js';
import { type ControlFrame, encodeControl, type Frame, FrameDecoder } from '#prober/client/frames.js';
import { killProber, type LaunchedProber, type LaunchOptions, launchProber } from '#prober/client/launch.js';
import { readFailure, readSurvey } from '#prober/messages/messages.js';
import { readNotes } from '#prober/messages/note-message.js';
import type { ProbeOrder, ProberSurvey } from '#scan/engine/prober.js';
import { noteChunk } from '#scan/results/completed-chunk.js';
import type { Log } from '#telemetry/log.js';

/** How long a new prober may take to introduce itself, on a busy machine. */
export const SURVEY_TIMEOUT_MS = 30_000;
/** How long a prober may take to leave when its channel is closed; it has nothing to finish. */
export const LEAVE_TIMEOUT_MS = 2_000;
/** Of what a prober prints, so much of one line reaches the log. */
const MAX_LINE_CHARACTERS = 2_000;

export interface ConnectionOptions extends LaunchOptions {
  readonly log: Log;
}

/** One prober process and what was asked of it. It dies once, and everything asked of it fails then. */
export class ProberConnection {
  readonly #log: Log;
  readonly #launched: LaunchedProber;
  readonly #decoder = new FrameDecoder();
  readonly #runs = new Map<number, ClientRun>();
  readonly #exited = Promise.withResolvers<void>();
  #survey: PromiseWithResolvers<ProberSurvey> | undefined;
  #hasIntroducedItself = false;
  #lastRun = 0;
  #isUp = false;
  #death: ScanoramaError | undefined;
  #isClosing = false;

  constructor({ log, ...launch }: ConnectionOptions) {
    this.#log = log;
    this.#launched = launchProber(launch);
    const { child, channel, stderr } = this.#launched;
    child.once('error', (error) => this.#die(`it could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (code === OTHER_BUILD_EXIT_CODE) this.#end(rebuiltError());
      else this.#die(`it ended with ${signal ?? `exit code ${code}`}`);
    });
    child.once('close', () => this.#exited.resolve());
    channel.on('data', (bytes: Uint8Array) => this.#onMessage(bytes));
    // Its end is told by the end of the process, which has the better reason; unless it lives on without.
    channel.on('error', () => undefined);
    channel.once('close', () => {
      setTimeout(() => this.#die('it closed its channel'), LEAVE_TIMEOUT_MS).unref();
    });
    logLines(stderr, (line) => log.warn({ prober: child.pid }, line));
    log.debug({ prober: child.pid }, 'a prober was started');
  }

  /** Undefined when it could not be started. */
  get processId(): number | undefined {
    return this.#launched.child.pid;
  }

  get isDead(): boolean {
    return this.#death !== undefined;
  }

  /** Nothing that was asked of it is under way, and nobody waits to hear what it can do. */
  get isIdle(): boolean {
    return this.#runs.size === 0 && this.#hasIntroducedItself && !this.isDead;
  }

  /** Asks once, and gives everybody the same answer. */
  survey(): Promise<ProberSurvey> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    if (this.#survey === undefined) {
      this.#survey = Promise.withResolvers<ProberSurvey>();
      this.#send('hello', 0);
      const timer = setTimeout(() => this.#die('it did not introduce itself'), SURVEY_TIMEOUT_MS);
      this.#survey.promise.then(
        () => clearTimeout(timer),
        () => clearTimeout(timer),
      );
    }
    return this.#survey.promise;
  }

  run(order: ProbeOrder, signal: AbortSignal): ClientRun {
    const number = (this.#lastRun += 1);
    const run = new ClientRun({
      order,
      signal,
      send: (kind, message) => this.#send(kind, number, message),
      isUp: () => this.#isUp,
      onStuck: () => this.#die('it did not stop when asked to'),
    });
    if (!signal.aborted) this.#runs.set(number, run);
    run.start();
    return run;
  }

  /** Closes the channel, which ends it and all its packets, and waits until it is gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#launched.channel.end();
    const timer = setTimeout(() => killProber(this.#launched), LEAVE_TIMEOUT_MS);
    await this.#exited.promise;
    clearTimeout(timer);
  }

  #send(...[kind, run, message]: Parameters<typeof encodeControl>): void {
    const { channel } = this.#launched;
    // Renewals never end, so they do not pile up before a prober that does not read.
    if (kind === 'renew' && channel.writableNeedDrain) return;
    if (!this.isDead && channel.writable) channel.write(encodeControl(kind, run, message));
  }

  #onMessage(bytes: Uint8Array): void {
    if (this.isDead) return;
    this.#isUp = true;
    try {
      for (const frame of this.#decoder.push(bytes)) this.#take(frame);
      if (this.#decoder.failure !== undefined) throw this.#decoder.failure;
    } catch (error) {
      this.#die(`it spoke nonsense: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #take(frame: Frame): void {
    const run = this.#runs.get(frame.run);
    if (frame.kind === 'chunk') {
      if (run?.receive(frame.chunk) !== true) throw new TypeError(`a chunk of run ${frame.run} is none`);
    } else if (frame.kind === 'note') {
      const chunk = noteChunk(readNotes(frame.message));
      if (run?.receive(chunk) !== true) throw new TypeError(`a note of run ${frame.run} is none`);
    } else if (frame.kind === 'survey') {
      this.#survey?.resolve(readSurvey(frame.message));
      this.#hasIntroducedItself = true;
    } else if (frame.kind === 'end' && run !== undefined) {
      this.#forget(frame.run).end();
    } else if (frame.kind === 'halted') {
      // It may be about a run that has ended meanwhile.
      run?.halted();
    } else if (frame.kind === 'failed') {
      this.#fail(frame, readFailure(frame.message));
    } else {
      throw new TypeError(`${frame.kind} was not expected`);
    }
  }

  #fail({ run }: ControlFrame, error: ScanoramaError): void {
    // It could not read us, so it is ending; or it is about a run that we gave up meanwhile.
    if (run === 0) throw error;
    if (this.#runs.has(run)) this.#forget(run).end({ error });
  }

  #forget(number: number): ClientRun {
    const run = this.#runs.get(number);
    if (run === undefined) throw new TypeError(`there is no run ${number}`);
    this.#runs.delete(number);
    return run;
  }

  #die(reason: string): void {
    if (this.isDead) return;
    const death = new ScanoramaError('prober_died', `The prober process is gone: ${reason}.`, {
      hint: 'Resume the scan: it goes on where it stopped. If it happens again, look into the log.',
      facts: { prober: this.processId ?? null },
    });
    if (!this.#isClosing) this.#log.error({ prober: this.processId, runs: this.#runs.size }, death.message);
    this.#end(death);
  }

  #end(death: ScanoramaError): void {
    if (this.isDead) return;
    this.#death = death;
    // Also after its own exit: what it started may have outlived it, and still send.
    killProber(this.#launched);
    if (this.processId === undefined) this.#exited.resolve();
    this.#survey?.promise.catch(() => undefined);
    this.#survey?.reject(death);
    for (const run of this.#runs.values()) run.end({ error: death });
    this.#runs.clear();
  }
}

function logLines(stream: NodeJS.ReadableStream, log: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-MAX_LINE_CHARACTERS);
    for (const line of lines) if (line !== '') log(line.slice(0, MAX_LINE_CHARACTERS));
  });
  stream.on('end', () => {
    if (rest !== '') log(rest);
  });
}
