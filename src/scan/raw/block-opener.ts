import { setImmediate as turn } from 'node:timers/promises';
import { type Address, formatAddress } from '#domain/address.js';
import { bytesOfAddress } from '#domain/address-bytes.js';
import { ScanoramaError } from '#domain/error.js';
import { linkFormOf } from '#native/link-kind.js';
import type { Link, Route } from '#native/routes.js';
import type { CookieKey } from '#scan/raw/cookie.js';
import { NO_NEIGHBOUR, NO_ROUTE } from '#scan/raw/host-table.js';
import type { Lanes } from '#scan/raw/lanes.js';
import { findNeighbours, type NeighboursOptions } from '#scan/raw/neighbours.js';
import type { OpenBlock } from '#scan/raw/open-block.js';
import { wordsOf } from '#scan/raw/word-order.js';

/** Routes asked of the kernel before others get a turn; one takes about 6 µs. */
const HOSTS_AT_ONCE = 256;

export interface BlockOpenerOptions extends NeighboursOptions {
  readonly lanes: Lanes;
  readonly key: CookieKey;
}

interface Hop {
  readonly host: number;
  readonly route: Route;
  readonly link: Link;
}

/** Finds the way to the hosts of a block: interface, source address and the next hop's hardware address. */
export class BlockOpener {
  readonly #options: BlockOpenerOptions;
  readonly #links = new Map<number, Link | undefined>();
  /** Gateways found before, by interface and address: a handful on any machine. */
  readonly #gateways = new Map<string, Uint8Array>();

  constructor(options: BlockOpenerOptions) {
    this.#options = options;
  }

  /** Throws NativeCallError and ScanoramaError; after an abort the block may be left half open. */
  async open(block: OpenBlock): Promise<void> {
    const hops = await this.#hopsOf(block);
    const byLink = Map.groupBy(hops, ({ link, route }) => `${link.index}/${route.source.family}`);
    for (const group of byLink.values()) {
      const [first] = group;
      // After an abort the network may be closed already, and with it what a wire would be opened from.
      if (first === undefined || this.#options.signal.aborted) continue;
      if (linkFormOf(first.link.kind) === 'ethernet') await this.#enterNeighbours(block, group);
      else this.#enter(block, group, new Map());
    }
    block.isReady = !this.#options.signal.aborted;
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
      const link = route === undefined ? undefined : this.#linkOf(route.interfaceIndex);
      if (route !== undefined && link !== undefined) hops.push({ host, route, link });
      else block.hosts.lanes[host] = NO_ROUTE;
    }
    return hops;
  }

  #linkOf(index: number): Link | undefined {
    if (!this.#links.has(index)) this.#links.set(index, this.#options.network.link(index));
    const link = this.#links.get(index);
    if (link !== undefined) assertUsable(link);
    return link;
  }

  async #enterNeighbours(block: OpenBlock, hops: readonly Hop[]): Promise<void> {
    const [{ link } = { link: undefined }] = hops;
    if (link === undefined) return;
    const wanted = new Map<bigint, { address: Address; source: Address }>();
    for (const { host, route } of hops) {
      const address = nextHopOf(block, host, route);
      if (!this.#gateways.has(`${link.index}/${address.value}`))
        wanted.set(address.value, { address, source: route.source });
    }
    const found = await findNeighbours({ link, wanted: [...wanted.values()] }, this.#options);
    if (!this.#options.signal.aborted) this.#enter(block, hops, found);
  }

  #enter(block: OpenBlock, hops: readonly Hop[], found: ReadonlyMap<bigint, Uint8Array>): void {
    for (const { host, route, link } of hops) {
      const hardware = this.#hardwareOf(block, { host, route, link }, found);
      if (hardware === undefined) {
        this.#assertAskable(route.gateway);
        block.hosts.lanes[host] = NO_NEIGHBOUR;
        continue;
      }
      const lane = this.#options.lanes.of(link, route.source.family);
      const source = wordsOf(bytesOfAddress(route.source));
      block.hosts.setLane(
        host,
        { number: lane.number, hardware: wordsOf(hardware), source },
        this.#options.key,
      );
    }
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

  #hardwareOf(block: OpenBlock, { host, route, link }: Hop, found: ReadonlyMap<bigint, Uint8Array>) {
    if (linkFormOf(link.kind) !== 'ethernet') return new Uint8Array(6);
    const address = nextHopOf(block, host, route);
    const key = `${link.index}/${address.value}`;
    const hardware = this.#gateways.get(key) ?? found.get(address.value);
    if (hardware !== undefined && route.gateway !== undefined) this.#gateways.set(key, hardware);
    return hardware;
  }
}

function nextHopOf(block: OpenBlock, host: number, { gateway }: Route): Address {
  const address = gateway ?? block.hosts.addresses[host];
  if (address === undefined) throw new RangeError(`no host ${host} in block ${block.number}`);
  return address;
}

function assertUsable({ name, kind, isUp }: Link): void {
  if (!isUp) {
    throw new ScanoramaError('engine_failed', `The interface ${name} is down, and a target is behind it.`, {
      hint: `Bring it up (ip link set ${name} up), then resume the scan.`,
      facts: { interface: name },
    });
  }
  if (linkFormOf(kind) !== undefined) return;
  throw new ScanoramaError(
    'engine_failed',
    `Raw packets cannot leave through the interface ${name}: its kind of link, ${kind}, is not one they know.`,
    { hint: 'Use --type connect for targets behind it.', facts: { interface: name, linkType: kind } },
  );
}
