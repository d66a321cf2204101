import type { Address, AddressFamily } from '#domain/addresses/address.js';
import type { UnreachableCause } from '#domain/scans/unreachable.js';
import type { Clock } from '#domain/time/clock.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import { linkFormOf } from '#net/native/links/link-kind.js';
import { openRoutes, type Routes } from '#net/native/links/routes.js';

/** For how long what the kernel said is taken for true. */
export const ROUTE_POLL_MS = 50;

/**
 * Whether packets of this machine's own sockets get anywhere. A socket tells silence and unreachable networks in the same
 * words whether a router said so, or this machine found no route, has its cable pulled, or waits for a gateway that does
 * not say where it is. So the kernel is asked for the way there once more when such a word has come: what a router said
 * came in by a way that is whole.
 *
 *     route? ──> interface up? ──> gateway known? ──> no obstacle: the word is the network's
 */
export class RouteCheck {
  readonly #clock: Clock;
  readonly #open: () => Routes;
  #routes: Routes | 'none' | undefined;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  readonly #seen: Readonly<Record<AddressFamily, Map<bigint, UnreachableCause | undefined>>> = {
    4: new Map(),
    6: new Map(),
  };
  readonly #gateways = new Map<string, ReadonlyMap<bigint, Uint8Array>>();

  constructor(clock: Clock, open: () => Routes = openRoutes) {
    this.#clock = clock;
    this.#open = open;
  }

  /** Undefined where the way is whole, and where the kernel does not say. */
  unreachableTo(address: Address): UnreachableCause | undefined {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#checkedAtMs >= ROUTE_POLL_MS) this.#forget(nowMs);
    const seen = this.#seen[address.family];
    if (!seen.has(address.value)) seen.set(address.value, this.#poll(address));
    return seen.get(address.value);
  }

  close(): void {
    if (this.#routes !== 'none') this.#routes?.close();
    this.#routes = 'none';
  }

  #forget(nowMs: number): void {
    this.#checkedAtMs = nowMs;
    this.#seen[4].clear();
    this.#seen[6].clear();
    this.#gateways.clear();
  }

  #poll(address: Address): UnreachableCause | undefined {
    try {
      this.#routes ??= this.#open();
      return this.#routes === 'none' ? undefined : this.#unreachableOf(this.#routes, address);
    } catch (error) {
      if (!(error instanceof NativeCallError)) throw error;
      this.close();
      return undefined;
    }
  }

  #unreachableOf(routes: Routes, address: Address): UnreachableCause | undefined {
    const route = routes.route(address);
    if (route === undefined) return 'ENETUNREACH';
    const link = routes.link(route.interfaceIndex);
    if (link?.isUp !== true) return 'ENETDOWN';
    const { gateway } = route;
    if (gateway === undefined || linkFormOf(link.kind) !== 'ethernet') return undefined;
    return this.#known(routes, link.index, gateway.family).has(gateway.value) ? undefined : 'NO_GATEWAY';
  }

  #known(routes: Routes, link: number, family: AddressFamily): ReadonlyMap<bigint, Uint8Array> {
    const key = `${link}/${family}`;
    const known = this.#gateways.get(key) ?? routes.neighbors(link, family, 'at-all');
    this.#gateways.set(key, known);
    return known;
  }
}
