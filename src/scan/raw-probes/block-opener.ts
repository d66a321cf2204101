import { setImmediate as turn } from 'node:timers/promises';
import { type Address, formatAddress } from '#domain/addresses/address.js';
import { bytesOfAddress } from '#domain/addresses/address-bytes.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { linkFormOf } from '#net/native/links/link-kind.js';
import type { Link, Route } from '#net/native/links/routes.js';
import { OwnBroadcasts } from '#scan/engine/local-broadcasts.js';
import { textsOf } from '#scan/raw-engine/byte-order.js';
import type { Lanes } from '#scan/raw-engine/lanes.js';
import {
  LINK_DOWN,
  NO_GATEWAY,
  NO_NEIGHBOR,
  NO_OWNER,
  NO_ROUTE,
  SOUGHT,
} from '#scan/raw-hosts/host-table.js';
import type { LinkWatch } from '#scan/raw-hosts/link-watch.js';
import {
  findNeighbors,
  knownNeighbors,
  type NeighborsOptions,
  type NextHop,
} from '#scan/raw-hosts/neighbors.js';
import type { CookieKey } from '#scan/raw-probes/cookie.js';
import type { OpenBlock } from '#scan/raw-probes/open-block.js';

/** Routes asked of the kernel before others get a turn; one takes about 6 µs. */
const HOSTS_AT_ONCE = 256;

export interface BlockOpenerOptions extends NeighborsOptions {
  readonly lanes: Lanes;
  readonly links: LinkWatch;
  readonly key: CookieKey;
  /** Slots that were put aside, and can be asked or settled now. */
  readonly onFound: (slots: readonly number[]) => void;
}

interface Hop {
  readonly host: number;
  readonly route: Route;
  readonly link: Link;
  /** The gateway, or the host itself. */
  readonly next: Address;
}

/** Hosts of a block, all behind one link and of one family, whose next hops have to be asked where they are. */
interface Search {
  readonly block: OpenBlock;
  readonly link: Link;
  readonly hops: readonly Hop[];
}

/**
 * Finds the way to the hosts of a block: interface, source address and the next hop's hardware address.
 *
 *     routes ─> what the kernel knows of neighbours ─> ready ─> the others are asked: each is entered as it answers
 */
export class BlockOpener {
  readonly #options: BlockOpenerOptions;
  /** Gateways found before, by interface and address: a handful on any machine. */
  readonly #gateways = new Map<string, Uint8Array>();
  readonly #broadcasts: OwnBroadcasts;
  readonly #searches = new Set<Promise<void>>();

  constructor(options: BlockOpenerOptions) {
    this.#options = options;
    this.#broadcasts = new OwnBroadcasts(options.clock);
  }

  /**
   * Resolves when the next block may be opened. Hosts that can be reached are asked while the neighbours of others are
   * being looked for, those of several blocks side by side; a gateway, which other blocks need too, is waited for. What
   * a search throws is told to `onFailure`. Throws NativeCallError and ScanoramaError; after an abort the block may be
   * left half open.
   */
  async open(block: OpenBlock, onFailure: (error: unknown) => void): Promise<void> {
    const hops = await this.#hopsOf(block);
    const byLink = Map.groupBy(hops, ({ link, route }) => `${link.index}/${route.source.family}`);
    const searches: Search[] = [];
    for (const group of byLink.values()) {
      const [first] = group;
      // After an abort the network may be closed already, and with it what a wire would be opened from.
      if (first === undefined || this.#options.signal.aborted) continue;
      const sought = this.#enterKnown(block, group);
      if (sought.length > 0) searches.push({ block, link: first.link, hops: sought });
    }
    block.isReady = !this.#options.signal.aborted;
    for (const search of searches) this.#begin({ ...search, hops: search.hops.filter(isOnLink) }, onFailure);
    for (const search of searches)
      await this.#search({ ...search, hops: search.hops.filter((hop) => !isOnLink(hop)) });
  }

  /** Once an abort has ended every search. */
  async ended(): Promise<void> {
    await Promise.all(this.#searches);
  }

  #begin(search: Search, onFailure: (error: unknown) => void): void {
    const running = this.#search(search)
      .catch(onFailure)
      .finally(() => this.#searches.delete(running));
    this.#searches.add(running);
  }

  async #hopsOf(block: OpenBlock): Promise<Hop[]> {
    const { network, pace, signal, gate } = this.#options;
    const hops: Hop[] = [];
    for (const [host, address] of block.hosts.addresses.entries()) {
      if (host % HOSTS_AT_ONCE === HOSTS_AT_ONCE - 1) await turn();
      if (signal.aborted) break;
      block.hosts.free[host] = pace.isFree(address) ? 1 : 0;
      // No question about an excluded address either.
      if (!gate.permits(address)) continue;
      const route = network.route(address);
      const link = route === undefined ? undefined : this.#options.links.link(route.interfaceIndex);
      if (route === undefined || link === undefined)
        block.hosts.lanes[host] = this.#broadcasts.has(address) ? NO_OWNER : NO_ROUTE;
      else if (!link.isUp) block.hosts.lanes[host] = LINK_DOWN;
      else {
        assertUsable(link);
        hops.push({ host, route, link, next: route.gateway ?? address });
      }
    }
    return hops;
  }

  /** Enters those whose next hop is known, or needs no address; gives the others, which are sought from now on. */
  #enterKnown(block: OpenBlock, hops: readonly Hop[]): readonly Hop[] {
    const [{ link } = { link: undefined }] = hops;
    if (link === undefined) return [];
    if (linkFormOf(link.kind) !== 'ethernet') {
      for (const hop of hops) this.#enter(block, hop, new Uint8Array(6));
      return [];
    }
    const isNew = (hop: Hop): boolean => !this.#gateways.has(gatewayKey(hop));
    const known = knownNeighbors({ link, wanted: nextHopsOf(hops.filter(isNew)) }, this.#options);
    return hops.filter((hop) => {
      const hardware = this.#gateways.get(gatewayKey(hop)) ?? known.get(hop.next.value);
      if (hardware === undefined) block.hosts.lanes[hop.host] = SOUGHT;
      else this.#enter(block, hop, hardware);
      return hardware === undefined;
    });
  }

  async #search({ block, link, hops }: Search): Promise<void> {
    if (hops.length === 0 || this.#options.signal.aborted) return;
    const byNext = Map.groupBy(hops, ({ next }) => next.value);
    const onFound = (next: bigint, hardware: Uint8Array): void => {
      if (this.#options.signal.aborted) return;
      for (const hop of byNext.get(next) ?? []) this.#enter(block, hop, hardware);
      byNext.delete(next);
    };
    await findNeighbors({ link, wanted: nextHopsOf(hops), onFound }, this.#options);
    if (this.#options.signal.aborted) return;
    for (const hop of [...byNext.values()].flat()) this.#giveUp(block, hop);
  }

  #enter(block: OpenBlock, { host, route, link, ...hop }: Hop, hardware: Uint8Array): void {
    if (route.gateway !== undefined) this.#gateways.set(gatewayKey({ link, ...hop }), hardware);
    else if (linkFormOf(link.kind) === 'ethernet') block.unreachableLimit.isAt(host, hardware);
    const lane = this.#options.lanes.of(link, route.source.family);
    const source = textsOf(bytesOfAddress(route.source));
    block.hosts.setLane(
      host,
      { number: lane.number, hardware: textsOf(hardware), source },
      this.#options.key,
    );
    this.#options.onFound(block.takeAside(host));
  }

  /** A neighbour that does not say where it is cannot be reached by anybody; behind a gateway that does not, anybody may be. */
  #giveUp(block: OpenBlock, { host, route, link }: Hop): void {
    this.#assertAskable(route.gateway);
    const unresponsive = route.gateway === undefined ? NO_NEIGHBOR : NO_GATEWAY;
    block.hosts.lanes[host] = this.#options.links.isUp(link.index) ? unresponsive : LINK_DOWN;
    this.#options.onFound(block.takeAside(host));
  }

  /** A gateway that may not be asked where it is has not kept silent: nothing is known of what lies behind it. */
  #assertAskable(gateway: Address | undefined): void {
    if (gateway === undefined || this.#options.gate.permits(gateway)) return;
    const address = formatAddress(gateway);
    throw new ScanoramaError(
      'engine_failed',
      `The way to some of the targets leads through ${address}, which is excluded and so may not be asked where it is.`,
      { hint: 'Use --type connect, or do not exclude the gateway.', facts: { gateway: address } },
    );
  }
}

function isOnLink({ route }: Hop): boolean {
  return route.gateway === undefined;
}

/** Each once. */
function nextHopsOf(hops: readonly Hop[]): readonly NextHop[] {
  const nextHops = hops.map(({ next, route }) => ({ address: next, source: route.source }));
  return [...new Map(nextHops.map((hop) => [hop.address.value, hop])).values()];
}

function gatewayKey({ link, next }: Pick<Hop, 'link' | 'next'>): string {
  return `${link.index}/${next.value}`;
}

function assertUsable({ name, kind }: Link): void {
  if (linkFormOf(kind) !== undefined) return;
  throw new ScanoramaError(
    'engine_failed',
    `Raw packets cannot leave through the interface ${name}: its kind of link, ${kind}, is not one they know.`,
    { hint: 'Use --type connect for targets behind it.', facts: { interface: name, linkType: kind } },
  );
}
