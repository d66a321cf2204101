import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '#domain/address.js';
import type { Clock } from '#domain/clock.js';
import type { Link } from '#native/routes.js';
import { NEIGHBOUR_FRAME_BYTES, neighbourRequest, readNeighbour } from '#scan/raw/neighbour-frames.js';
import type { Messages, RawNetwork, Wire } from '#scan/raw/wire.js';
import type { AddressGate } from '#send/gate.js';
import type { Pace } from '#send/pace.js';

/** How often an address is asked where it is, and how long each time. */
const ROUNDS = 3;
const ROUND_MS = 400;
const POLL_MS = 2;
const AT_ONCE = 128;

/** Neighbours to be found through one interface. */
export interface NeighbourWish {
  readonly link: Link;
  /** What is asked, with the address that asks. */
  readonly wanted: readonly { readonly address: Address; readonly source: Address }[];
}

export interface NeighboursOptions {
  readonly network: RawNetwork;
  readonly gate: AddressGate;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Hardware addresses by the value of the address: what the kernel knows, and for the rest what the asked answer. */
export async function findNeighbours(
  { link, wanted }: NeighbourWish,
  options: NeighboursOptions,
): Promise<Map<bigint, Uint8Array>> {
  const [first] = wanted;
  if (first === undefined) return new Map();
  const { family } = first.address;
  const { network, gate } = options;
  const found = new Map(network.neighbours(link.index, family, 'lately'));
  const isAskable = ({ address }: { address: Address }): boolean => gate.permits(address);
  // An excluded gateway is asked nothing, so what the kernel heard of it long ago has to do.
  if (!wanted.every(isAskable)) {
    const ever = network.neighbours(link.index, family, 'ever');
    for (const [value, hardware] of ever) if (!found.has(value)) found.set(value, hardware);
  }
  const missing = wanted.filter((one) => !found.has(one.address.value) && isAskable(one));
  if (missing.length === 0) return found;
  const wire = options.network.openNeighbourWire(link, family);
  const exchange = new Exchange(wire, found, options);
  try {
    for (let round = 0; round < ROUNDS && !options.signal.aborted; round += 1) {
      await exchange.ask(missing.filter(({ address }) => !found.has(address.value)));
      await exchange.listen(() => missing.every(({ address }) => found.has(address.value)));
    }
  } finally {
    exchange.close();
  }
  return found;
}

class Exchange {
  readonly #wire: Wire;
  readonly #found: Map<bigint, Uint8Array>;
  readonly #options: NeighboursOptions;
  readonly #sent: Messages;
  readonly #received: Messages;

  constructor(wire: Wire, found: Map<bigint, Uint8Array>, options: NeighboursOptions) {
    this.#wire = wire;
    this.#found = found;
    this.#options = options;
    this.#sent = wire.messages({ capacity: 1, strideBytes: NEIGHBOUR_FRAME_BYTES, use: 'send' });
    this.#received = wire.messages({ capacity: AT_ONCE, strideBytes: NEIGHBOUR_FRAME_BYTES, use: 'receive' });
  }

  async ask(wanted: NeighbourWish['wanted']): Promise<void> {
    let count = 0;
    for (const one of wanted) {
      await this.#mayAsk(one.address);
      if (this.#options.signal.aborted) return;
      if (!this.#options.gate.permits(one.address)) continue;
      const frame = neighbourRequest(one.address, {
        hardware: this.#wire.link.hardwareAddress,
        source: one.source,
      });
      this.#sent.bytes.set(frame);
      this.#sent.setLength(0, frame.length);
      this.#wire.send(this.#sent, 0, 1);
      count += 1;
      if (count % AT_ONCE === 0) await this.#rest(POLL_MS);
    }
  }

  async #mayAsk(address: Address): Promise<void> {
    const { pace, signal } = this.#options;
    for (let wait = pace.take(address); wait !== undefined && !signal.aborted; wait = pace.take(address))
      await this.#rest(Math.max(1, wait.delayMs));
  }

  async listen(isDone: () => boolean): Promise<void> {
    const { clock, signal } = this.#options;
    const untilMs = clock.monotonic() + ROUND_MS;
    this.#receive();
    while (!isDone() && clock.monotonic() < untilMs && !signal.aborted) await this.#rest(POLL_MS);
  }

  async #rest(ms: number): Promise<void> {
    await sleep(ms);
    this.#receive();
  }

  #receive(): void {
    for (
      let count = this.#wire.receive(this.#received);
      count > 0;
      count = this.#wire.receive(this.#received)
    ) {
      for (let at = 0; at < count; at += 1) {
        const start = at * this.#received.strideBytes;
        const frame = this.#received.bytes.subarray(start, start + this.#received.receivedLength(at));
        const neighbour = readNeighbour(frame);
        if (neighbour !== undefined) this.#found.set(neighbour.address.value, neighbour.hardware);
      }
    }
  }

  close(): void {
    this.#sent.free();
    this.#received.free();
    this.#wire.close();
  }
}
