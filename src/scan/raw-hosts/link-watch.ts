import type { Clock } from '#domain/time/clock.js';
import type { Link } from '#net/native/links/routes.js';
import type { RawNetwork } from '#scan/raw-engine/wire.js';

/** For how long what the kernel said of an interface is taken for true. */
export const LINK_POLL_MS = 50;

/** What the kernel says of interfaces, asked anew from time to time: cables are pulled while a scan runs. */
export class LinkWatch {
  readonly #network: Pick<RawNetwork, 'link'>;
  readonly #clock: Clock;
  readonly #seen = new Map<number, { readonly link: Link | undefined; readonly atMs: number }>();

  constructor(network: Pick<RawNetwork, 'link'>, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  /**
   * Undefined when there is none of that number; what was seen until `sinceMs` of the monotonic clock does not count. Throws
   * NativeCallError.
   */
  link(index: number, sinceMs = Number.NEGATIVE_INFINITY): Link | undefined {
    const nowMs = this.#clock.monotonic();
    const seen = this.#seen.get(index);
    if (seen !== undefined && seen.atMs > sinceMs && nowMs - seen.atMs < LINK_POLL_MS) return seen.link;
    const link = this.#network.link(index);
    this.#seen.set(index, { link, atMs: nowMs });
    return link;
  }

  isUp(index: number, sinceMs?: number): boolean {
    return this.link(index, sinceMs)?.isUp === true;
  }
}
