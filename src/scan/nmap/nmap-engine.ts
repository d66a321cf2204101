import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, isLoopback } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { detectionOf } from '#domain/scans/nmap-detection.js';
import type { Clock } from '#domain/time/clock.js';
import { PACE_WINDOW_MS } from '#net/send/budget.js';
import type { Reservation } from '#net/send/pace.js';
import { hasTotal } from '#net/send/scan-pace.js';
import type { Engine, EngineRequest, NmapRequest } from '#scan/engine/engine.js';
import { NmapBlock } from '#scan/nmap/nmap-block.js';
import { type NmapEnd, runNmap } from '#scan/nmap/nmap-run.js';
import { NmapSlots } from '#scan/nmap/nmap-serializer.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/** Hosts of one run of nmap: what an exclusion or a death makes to be asked again. */
export const MAX_HOSTS_PER_RUN = 256;
/** How often nmap may end without finishing what it was given before that is given up. */
export const MAX_NMAP_DEATHS = 3;
/** What a shell says of a program that it cannot find or start. */
const NOT_STARTED_CODES: readonly (number | null)[] = [126, 127];

export interface NmapEngineOptions {
  readonly clock: Clock;
  /** A path, or a name that is looked for on the PATH. */
  readonly nmap?: string | undefined;
  /** Whether this process may send raw packets. */
  readonly isPrivileged: boolean;
}

const DEFAULTS: NmapRequest = {
  detection: detectionOf('version'),
  rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: false },
};

/**
 * Hands the asking to nmap, block by block. The unit is a host: one that nmap did not finish is given to it again,
 * and settles `skipped`, with the chunk marked partial, when nmap keeps dying on it. Throws `engine_failed` when
 * nmap cannot be started or ends without having finished any host.
 */
export function createNmapEngine(options: NmapEngineOptions): Engine {
  const turns = new NmapSlots();
  return {
    name: 'nmap',
    // Without raw packets nmap refuses to ask UDP ports.
    protocols: options.isPrivileged ? PROTOCOLS : ['tcp'],
    run: (request, signal) => ({
      [Symbol.asyncIterator]: () => {
        const leaving = new AbortController();
        const either = AbortSignal.any([signal, leaving.signal]);
        const chunks = runBlocks({ ...options, turns, request, signal: either });
        return {
          next: () => chunks.next(),
          // Waiting for a generator that waits for nmap would take as long as nmap does.
          return: () => {
            leaving.abort();
            return chunks.return(undefined);
          },
        };
      },
    }),
  };
}

interface Running extends NmapEngineOptions {
  readonly turns: NmapSlots;
  readonly request: EngineRequest;
  readonly signal: AbortSignal;
}

async function* runBlocks(running: Running): AsyncGenerator<CompletedChunk, undefined, undefined> {
  const { plan, first, end } = running.request;
  for (let next = first; next < end && !running.signal.aborted; ) {
    const blockEnd = Math.min(end, plan.blockRange(plan.blockOf(next)).end);
    yield* noteBlock(new BlockProbing(running, new NmapBlock(plan, next, blockEnd)));
    next = blockEnd;
  }
  return undefined;
}

/** Tells of hosts as nmap finishes them. */
async function* noteBlock(probing: BlockProbing): AsyncGenerator<CompletedChunk, void, undefined> {
  const probed = probing.probe();
  try {
    while (!probing.isOver) {
      await probing.events();
      yield* probing.block.soFar();
    }
  } finally {
    // A reader that leaves in the middle has aborted it.
    await probed;
  }
  const failure = await probed;
  yield* probing.block.rest(probing.givenUp);
  if (failure !== undefined) throw failure;
}

/** One block, asked until every host is finished, refused or given up. */
class BlockProbing {
  readonly block: NmapBlock;
  readonly #running: Running;
  #deaths = 0;
  #finished = 0;
  #givenUpCount = 0;
  #complaint = '';
  #events = Promise.withResolvers<void>();
  isOver = false;

  constructor(running: Running, block: NmapBlock) {
    this.#running = running;
    this.block = block;
  }

  /** The sentence on hosts that nmap did not finish; undefined when there is none. */
  get givenUp(): string | undefined {
    if (this.#givenUpCount === 0) return undefined;
    return `nmap did not finish ${this.#givenUpCount} of ${this.block.hosts.length} hosts${this.#given()}.`;
  }

  /** Resolves when another host is settled, or it is over. */
  async events(): Promise<void> {
    await this.#events.promise;
    this.#events = Promise.withResolvers<void>();
  }

  /** Gives what the scan fails for, if anything. An abort ends it early, and is no failure. Never rejects. */
  async probe(): Promise<unknown> {
    const failure = await this.#probeAll();
    this.isOver = true;
    this.#events.resolve();
    return failure;
  }

  async #probeAll(): Promise<unknown> {
    const { signal } = this.#running;
    try {
      for (;;) {
        const failure = await this.#probeGroup();
        if (failure === 'done') return undefined;
        if (failure !== undefined) return failure;
      }
    } catch (error) {
      return signal.aborted ? undefined : error;
    }
  }

  async #probeGroup(): Promise<ScanoramaError | 'done' | undefined> {
    const { request, signal, turns } = this.#running;
    if (this.block.pending().length === 0) return 'done';
    const { rate } = request.nmap ?? DEFAULTS;
    const isLimited = hasTotal(rate, this.block.hosts.every(isLoopback));
    const end = isLimited ? await turns.begin(request.nmap?.budget ?? request.pace, signal) : undefined;
    const reserved = await this.#reserve();
    try {
      // After the turn has come: an address may have been excluded meanwhile.
      this.#skipRefused();
      const group = this.#nextGroup();
      if (group.length === 0 || signal.aborted) return 'done';
      return this.#judge(await this.#run(group, reserved), group);
    } finally {
      reserved?.end();
      end?.();
    }
  }

  /** Its part of the rate that all scans share; nothing after an abort. */
  async #reserve(): Promise<Reservation | undefined> {
    const { request, signal } = this.#running;
    const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted) {
      const reserved = request.pace.reserve(this.block.hosts);
      await wait(reserved?.delayMs ?? PACE_WINDOW_MS);
      if (reserved !== undefined) return reserved;
    }
    return undefined;
  }

  #skipRefused(): void {
    const { request, clock } = this.#running;
    for (const host of this.block.pending())
      if (!request.gate.permits(this.#address(host))) this.block.skip(host, 'skipped', clock.now());
  }

  /** nmap takes addresses of one family at a time. */
  #nextGroup(): readonly number[] {
    const pending = this.block.pending();
    const family = pending.length === 0 ? undefined : this.#address(pending[0] ?? 0).family;
    return pending.filter((host) => this.#address(host).family === family).slice(0, MAX_HOSTS_PER_RUN);
  }

  #run(group: readonly number[], reserved: Reservation | undefined): Promise<NmapEnd> {
    const { request, nmap = 'nmap', isPrivileged, clock, signal } = this.#running;
    const targets = group.map((host) => this.#address(host));
    const { detection } = request.nmap ?? DEFAULTS;
    const order = {
      detection,
      packetsPerSecond: reserved?.packetsPerSecond,
      packetsPerSecondPerHost: reserved?.packetsPerSecondPerHost,
      family: targets[0]?.family ?? 4,
      ports: this.block.ports,
      retries: request.retries,
      isPrivileged,
    };
    const onHost = (host: Parameters<NmapBlock['finish']>[0]) => {
      if (!this.block.finish(host)) return;
      this.#finished += 1;
      this.#events.resolve();
    };
    const refused = this.block.hosts.filter((address) => !request.gate.permits(address));
    const { gate } = request;
    return runNmap({ nmap, order, reserved, targets, refused, gate, clock, signal, onHost });
  }

  #judge(end: NmapEnd, group: readonly number[]): ScanoramaError | undefined {
    if (end.why !== 'ended') return undefined;
    const left = group.filter((host) => this.block.isPending(host));
    if (left.length === 0) {
      this.#deaths = 0;
      return undefined;
    }
    this.#deaths += 1;
    this.#complaint = end.complaint;
    if (NOT_STARTED_CODES.includes(end.code)) return notStarted(end.complaint);
    if (this.#deaths < MAX_NMAP_DEATHS) return undefined;
    if (this.#finished === 0) return this.#nothingFinished();
    this.#deaths = 0;
    this.#givenUpCount += left.length;
    for (const host of left) this.block.skip(host, 'given-up', this.#running.clock.now());
    return undefined;
  }

  #nothingFinished(): ScanoramaError {
    return new ScanoramaError(
      'engine_failed',
      `nmap ended ${MAX_NMAP_DEATHS} times without finishing a host${this.#given()}.`,
      {
        hint: 'Run nmap by hand on one of the targets; when it works again, resume the scan.',
      },
    );
  }

  #given(): string {
    const sentence = this.#complaint.replace(/\.+$/, '');
    return sentence === '' ? '' : `: ${sentence}`;
  }

  #address(host: number): Address {
    const address = this.block.hosts[host];
    if (address === undefined) throw new RangeError(`no host ${host} in this block`);
    return address;
  }
}

function notStarted(complaint: string): ScanoramaError {
  return new ScanoramaError('engine_failed', `nmap cannot be started: ${complaint}.`, {
    hint: 'Install it with `apt-get install nmap`, or scan with another type.',
  });
}
