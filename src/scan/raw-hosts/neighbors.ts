import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import type { Link } from '#net/native/links/routes.js';
import { HELD_POLL_MS } from '#net/send/exclusion-pace.js';
import type { AddressGate } from '#net/send/gate.js';
import type { Pace } from '#net/send/pace.js';
import type { Messages, RawNetwork, Wire } from '#scan/raw-engine/wire.js';
import {
  NEIGHBOR_FRAME_BYTES,
  type Neighbor,
  neighborRequest,
  readNeighbor,
} from '#scan/raw-hosts/neighbor-frames.js';

/** How often an address is asked where it is, and how long each time. */
const ROUNDS = 3;
const ROUND_MS = 400;
const POLL_MS = 2;
const AT_ONCE = 128;

/** What is asked, with the address that asks. */
export interface NextHop {
  readonly address: Address;
  readonly source: Address;
}

/** Neighbours of one family behind one interface. */
export interface NeighborRequest {
  readonly link: Link;
  readonly wanted: readonly NextHop[];
}

export interface NeighborSearch extends NeighborRequest {
  readonly onFound: (address: bigint, hardware: Uint8Array) => void;
}

export interface NeighborsOptions {
  readonly network: RawNetwork;
  readonly gate: AddressGate;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Hardware addresses that the kernel knows, by the value of the address. */
export function knownNeighbors(
  { link, wanted }: NeighborRequest,
  { network, gate }: NeighborsOptions,
): ReadonlyMap<bigint, Uint8Array> {
  const [first] = wanted;
  if (first === undefined) return new Map();
  const { family } = first.address;
  const lately = network.neighbors(link.index, family, 'lately');
  // An excluded gateway is asked nothing, so what the kernel heard of it long ago has to do.
  if (wanted.every(({ address }) => gate.permits(address))) return lately;
  return new Map([...network.neighbors(link.index, family, 'ever'), ...lately]);
}

/** Asks those who may be asked where they are, and tells of each, once, as soon as it answers. */
export async function findNeighbors(
  { link, wanted, onFound }: NeighborSearch,
  options: NeighborsOptions,
): Promise<void> {
  const missing = new Map(
    wanted
      .filter(({ address }) => options.gate.permits(address))
      .map((one) => [one.address.value, one] as const),
  );
  const [first] = missing.values();
  if (first === undefined) return;
  const wire = options.network.openNeighborWire(link, first.address.family);
  const exchange = new Exchange(wire, options, ({ address, hardware }) => {
    if (missing.delete(address.value)) onFound(address.value, hardware);
  });
  try {
    for (let round = 0; round < ROUNDS && missing.size > 0 && !options.signal.aborted; round += 1) {
      await exchange.probe([...missing.values()]);
      await exchange.listen(() => missing.size === 0);
    }
  } finally {
    exchange.close();
  }
}

class Exchange {
  readonly #wire: Wire;
  readonly #onReceived: (neighbor: Neighbor) => void;
  readonly #options: NeighborsOptions;
  readonly #sent: Messages;
  readonly #received: Messages;

  constructor(wire: Wire, options: NeighborsOptions, onReceived: (neighbor: Neighbor) => void) {
    this.#wire = wire;
    this.#options = options;
    this.#onReceived = onReceived;
    this.#sent = wire.messages({ capacity: 1, strideBytes: NEIGHBOR_FRAME_BYTES, use: 'send' });
    this.#received = wire.messages({ capacity: AT_ONCE, strideBytes: NEIGHBOR_FRAME_BYTES, use: 'receive' });
  }

  async probe(wanted: readonly NextHop[]): Promise<void> {
    let count = 0;
    for (const one of wanted) {
      await this.#mayProbe(one.address);
      if (this.#options.signal.aborted) return;
      if (!this.#options.gate.permits(one.address)) continue;
      const frame = neighborRequest(one.address, {
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

  /** The pace of a raw thread holds nothing, so the exclusions it would send by are looked at here. */
  async #mayProbe(address: Address): Promise<void> {
    const { pace, signal, gate } = this.#options;
    while (!signal.aborted) {
      const delayMs = gate.freshness.isOver ? HELD_POLL_MS : pace.take(address)?.delayMs;
      if (delayMs === undefined) return;
      await this.#rest(Math.max(1, delayMs));
    }
  }

  async listen(isDone: () => boolean): Promise<void> {
    const { clock, signal } = this.#options;
    const untilMs = clock.monotonic() + ROUND_MS;
    this.#receive();
    while (!isDone() && clock.monotonic() < untilMs && !signal.aborted) await this.#rest(POLL_MS);
  }

  async #rest(ms: number): Promise<void> {
    const { signal } = this.#options;
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) this.#receive();
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
        const neighbor = readNeighbor(frame);
        if (neighbor !== undefined) this.#onReceived(neighbor);
      }
    }
  }

  close(): void {
    this.#sent.free();
    this.#received.free();
    this.#wire.close();
  }
}
