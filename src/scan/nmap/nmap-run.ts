import type { FileHandle } from 'node:fs/promises';
import type { Address, AddressFamily } from '#domain/addresses/address.js';
import { singleRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Clock } from '#domain/time/clock.js';
import { addressLines, type NmapOptions, nmapArguments } from '#net/probe/hosts/nmap-arguments.js';
import type { Gate } from '#net/send/gate.js';
import type { Reservation } from '#net/send/pace.js';
import { NmapReader } from '#report/nmap/nmap-xml.js';
import { TextPieces } from '#report/text/decode-text.js';
import { namelessFile } from '#report/text/unnamed-file.js';
import { type FinishedHost, finishedHost } from '#scan/nmap/nmap-host.js';
import { type NmapExit, NmapProcess, passedFile } from '#scan/nmap/nmap-process.js';

/** How often it is looked whether an address that is being asked has become excluded; nmap is killed then. */
export const EXCLUSION_POLL_MS = 50;
/**
 * How long nmap is frozen while the exclusions are too old to send by. It cannot be told to pause, and one that woke
 * much later would take answers it slept through for silence: it is killed then, and its unfinished hosts asked again.
 */
export const MAX_FREEZE_MS = 2_000;
/** The same of all times that one nmap is frozen, as under a database that answers too late again and again. */
export const MAX_FREEZES_MS = 10_000;

export interface NmapRunOptions {
  readonly nmap: string;
  readonly order: Omit<NmapOptions, 'targetsFile' | 'exclusionsFile'>;
  /** What its rates are taken from; it is killed when they are too much. */
  readonly reserved?: Pick<Reservation, 'isTooMuch'> | undefined;
  /** All of `order.family`, each permitted when it is started. */
  readonly targets: readonly Address[];
  /** Addresses near them that must not be asked. */
  readonly refused: readonly Address[];
  readonly gate: Gate;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onHost: (host: FinishedHost) => void;
}

/**
 * How a run ended. `excluded`: it was killed because the gate refuses one of its targets now; `held`: because the
 * exclusions were too old to send by for too long; `slowed`: because it was started at a rate that is not this
 * program's any more. Nobody can tell a running nmap another one.
 */
export type NmapEnd = { readonly why: KilledFor | 'stopped' } | ({ readonly why: 'ended' } & NmapExit);

type KilledFor = 'excluded' | 'held' | 'slowed';

/** Runs nmap over some hosts and tells of each as it is finished. Gives how it ended; a broken output is an end. */
export async function runNmap(options: NmapRunOptions): Promise<NmapEnd> {
  const { nmap, order, targets, refused, signal } = options;
  const files: FileHandle[] = [];
  try {
    for (const addresses of [targets, refused]) files.push(await fileOf(linesOf(addresses, order.family)));
    if (signal.aborted) return { why: 'stopped' };
    const args = nmapArguments({ ...order, targetsFile: passedFile(0), exclusionsFile: passedFile(1) });
    const child = new NmapProcess(
      nmap,
      args,
      files.map(({ fd }) => fd),
    );
    return await watched(options, child);
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

async function fileOf(text: string): Promise<FileHandle> {
  const file = await namelessFile();
  try {
    await file.writeFile(text);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function linesOf(addresses: readonly Address[], family: AddressFamily): string {
  return addressLines(AddressSet.of(addresses.map(singleRange)), family);
}

async function watched(options: NmapRunOptions, child: NmapProcess): Promise<NmapEnd> {
  const { signal } = options;
  const guard = new Guard(options, child);
  const stop = () => child.stop();
  signal.addEventListener('abort', stop, { once: true });
  // What was excluded while it was being started is noticed at once.
  guard.poll();
  const watch = setInterval(() => guard.poll(), EXCLUSION_POLL_MS);
  try {
    await readHosts(options, child.output).catch(forgiveBrokenOutput);
    child.kill();
    const exit = await child.exited();
    if (signal.aborted) return { why: 'stopped' };
    return guard.killedFor === undefined ? { why: 'ended', ...exit } : { why: guard.killedFor };
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', stop);
    child.kill();
  }
}

/** Sees to it that a running nmap asks nobody whom the gate refuses, and nobody at all while nobody may be asked. */
class Guard {
  killedFor: KilledFor | undefined;
  readonly #options: NmapRunOptions;
  readonly #child: NmapProcess;
  #frozenAtMs: number | undefined;
  /** How long it was frozen before, all times together. */
  #frozenMs = 0;

  constructor(options: NmapRunOptions, child: NmapProcess) {
    this.#options = options;
    this.#child = child;
  }

  poll(): void {
    const { targets, gate, clock, signal, reserved } = this.#options;
    if (signal.aborted) return;
    if (!targets.every((address) => gate.permits(address))) {
      this.#kill('excluded');
    } else if (reserved?.isTooMuch === true) {
      this.#kill('slowed');
    } else if (gate.freshness.isOver) {
      this.#frozenAtMs ??= clock.monotonic();
      const frozenMs = this.#frozenNowMs();
      const isLong = frozenMs >= MAX_FREEZE_MS || this.#frozenMs + frozenMs >= MAX_FREEZES_MS;
      if (isLong || !this.#child.freeze()) this.#kill('held');
    } else {
      this.#frozenMs += this.#frozenNowMs();
      this.#frozenAtMs = undefined;
      this.#child.thaw();
    }
  }

  #frozenNowMs(): number {
    return this.#frozenAtMs === undefined ? 0 : this.#options.clock.monotonic() - this.#frozenAtMs;
  }

  #kill(reason: KilledFor): void {
    this.killedFor ??= reason;
    this.#child.kill();
  }
}

async function readHosts(
  { order, clock, onHost }: NmapRunOptions,
  output: AsyncIterable<Uint8Array>,
): Promise<void> {
  const reader = new NmapReader();
  const pieces = new TextPieces();
  for await (const bytes of output) {
    for (const host of reader.write(pieces.write(bytes))) {
      const finished = finishedHost(host, order.ports, clock.now());
      if (finished !== undefined) onHost(finished);
    }
  }
}

/** What nmap prints when it cannot even begin is no report; its exit code says so as well. */
function forgiveBrokenOutput(error: unknown): void {
  if (!(error instanceof ScanoramaError) || error.code !== 'invalid_report') throw error;
}
