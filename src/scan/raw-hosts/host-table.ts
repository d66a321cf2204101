import type { Address } from '#domain/addresses/address.js';
import { bytesOfAddress } from '#domain/addresses/address-bytes.js';
import { sumOf, textsOf } from '#scan/raw-engine/byte-order.js';
import { absorbAddresses, COOKIE_STATE_WORDS, type CookieKey } from '#scan/raw-probes/cookie.js';

export const ADDRESS_WORDS = 8;
export const HARDWARE_WORDS = 3;
/** Instead of the number of a lane: nothing leads there. */
export const NO_ROUTE = -1;
/** Instead of the number of a lane: the host itself, a neighbour, did not say where it is. */
export const NO_NEIGHBOR = -2;
/** Instead of the number of a lane: the next hop is still being asked where it is. */
export const SOUGHT = -3;
/** Instead of the number of a lane: its gateway did not say where it is. */
export const NO_GATEWAY = -4;
/** Instead of the number of a lane: the interface is down. */
export const LINK_DOWN = -5;
/** Instead of the number of a lane: the address is that of everybody in a network, and so of nobody. */
export const NO_OWNER = -6;

/**
 * The hosts of one block as columns: everything about a host that its thousands of frames share, worked out once,
 * and an index from the address in a reply to the host.
 */
export class HostTable {
  readonly addresses: readonly Address[];
  /** The words of each address; IPv4 takes the first two of its eight. */
  readonly words: Uint16Array;
  /** The address its probes come from, likewise. */
  readonly sources: Uint16Array;
  /** Where its frames leave: the number of a lane, or one of the words above. */
  readonly lanes: Int16Array;
  /** Of the next hop. */
  readonly hardware: Uint16Array;
  /** Sum of the words of both addresses, for checksums. */
  readonly sums: Float64Array;
  readonly cookies: Int32Array;
  /** 1 where the gate says so, as of `gateVersion`. */
  readonly permitted: Uint8Array;
  gateVersion = -1;
  /** 1 where no limit of the pace holds. */
  readonly free: Uint8Array;
  readonly #index: Int32Array;

  constructor(addresses: readonly Address[]) {
    const count = addresses.length;
    this.addresses = addresses;
    this.words = new Uint16Array(count * ADDRESS_WORDS);
    this.sources = new Uint16Array(count * ADDRESS_WORDS);
    this.lanes = new Int16Array(count).fill(NO_ROUTE);
    this.hardware = new Uint16Array(count * HARDWARE_WORDS);
    this.sums = new Float64Array(count);
    this.cookies = new Int32Array(count * COOKIE_STATE_WORDS);
    this.permitted = new Uint8Array(count);
    this.free = new Uint8Array(count);
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(count * 2 + 2))).fill(-1);
    for (const [host, address] of addresses.entries()) {
      this.words.set(textsOf(bytesOfAddress(address)), host * ADDRESS_WORDS);
      this.#enter(host);
    }
  }

  #enter(host: number): void {
    const mask = this.#index.length - 1;
    let slot = hashOf(this.words, host * ADDRESS_WORDS, this.#termCount(host)) & mask;
    while ((this.#index[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
    this.#index[slot] = host;
  }

  #termCount(host: number): number {
    return this.addresses[host]?.family === 6 ? ADDRESS_WORDS : 2;
  }

  /** The host whose address stands in these words; -1 for none. */
  find(words: Uint16Array, at: number, termCount: number): number {
    const mask = this.#index.length - 1;
    for (let slot = hashOf(words, at, termCount) & mask; ; slot = (slot + 1) & mask) {
      const host = this.#index[slot] ?? -1;
      if (host < 0) return -1;
      if (this.#termCount(host) === termCount && this.#isAt(host, words, at, termCount)) return host;
    }
  }

  #isAt(host: number, words: Uint16Array, at: number, termCount: number): boolean {
    const own = host * ADDRESS_WORDS;
    for (let word = 0; word < termCount; word += 1)
      if (this.words[own + word] !== words[at + word]) return false;
    return true;
  }

  /** What follows from the lane a host is asked through. */
  setLane(host: number, lane: LaneOfHost, key: CookieKey): void {
    this.lanes[host] = lane.number;
    this.hardware.set(lane.hardware, host * HARDWARE_WORDS);
    const at = host * ADDRESS_WORDS;
    this.sources.set(lane.source, at);
    const own = this.words.subarray(at, at + this.#termCount(host));
    this.sums[host] = sumOf(own) + sumOf(lane.source);
    const state = { state: this.cookies, at: host * COOKIE_STATE_WORDS };
    absorbAddresses(key, [...pairsOf(lane.source), ...pairsOf(own)], state);
  }
}

export interface LaneOfHost {
  readonly number: number;
  /** Words of the next hop's hardware address. */
  readonly hardware: Uint16Array;
  /** Words of the address its probes come from. */
  readonly source: Uint16Array;
}

function hashOf(words: Uint16Array, at: number, termCount: number): number {
  let hash = 0;
  for (let word = 0; word < termCount; word += 1)
    hash = Math.imul(hash ^ (words[at + word] ?? 0), 0x9e3779b1) ^ (hash >>> 15);
  return hash ^ (hash >>> 16);
}

function pairsOf(words: Uint16Array): number[] {
  return Array.from(
    { length: words.length / 2 },
    (_, at) => ((words[at * 2] ?? 0) << 16) | (words[at * 2 + 1] ?? 0),
  );
}
