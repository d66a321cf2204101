import type { AddressFamily } from '#domain/addresses/address.js';
import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import type { Clock } from '#domain/time/clock.js';
import { SocketError } from '#net/native/libc/socket-error.js';
import type { LinkTable } from '#net/native/links/links.js';
import { ArpProbe } from '#net/probe/hosts/arp.js';
import type { HostProbe } from '#net/probe/hosts/host-probe.js';
import type { MethodStatus } from '#net/probe/hosts/host-response.js';
import { IcmpEcho } from '#net/probe/hosts/icmp-echo.js';
import { IcmpTimestampProbe } from '#net/probe/hosts/icmp-timestamp.js';
import { NeighborProbe } from '#net/probe/hosts/neighbor.js';
import { PtrProbe, type Resolver } from '#net/probe/hosts/ptr.js';
import { ConnectTcpPing } from '#net/probe/hosts/tcp-connect-ping.js';
import { RawTcpPing, type TcpPing } from '#net/probe/hosts/tcp-ping.js';

export type PerFamily<T> = { readonly [family in AddressFamily]?: T };

export interface DiscoveryProbes {
  readonly links: LinkTable;
  /** ARP for IPv4, neighbor solicitation for IPv6. */
  readonly neighbor: PerFamily<HostProbe>;
  readonly echo: PerFamily<HostProbe>;
  readonly timestamp: PerFamily<HostProbe>;
  readonly tcp: PerFamily<TcpPing>;
  readonly names: PtrProbe | undefined;
  readonly methodStatuses: readonly MethodStatus[];
  close(): void;
}

export interface ProbesOptions {
  readonly methods: readonly DiscoveryMethod[];
  readonly families: readonly AddressFamily[];
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly links: LinkTable;
  /**
   * Server that `dns` queries. Without one the method is missing: the machine's own resolver is never used
   * unconfigured.
   */
  readonly resolver?: Resolver;
  /** `false` uses only what needs no privilege. */
  readonly mayUseRaw?: boolean;
}

/**
 * Opens the sockets that the methods need. What this process may not open is listed as missing in `methodStatuses`. Sends
 * nothing.
 */
export function openDiscoveryProbes(options: ProbesOptions): DiscoveryProbes {
  const { families, links } = options;
  const opening = new Opening(options);
  return {
    links,
    neighbor: {
      ...opening.family(4, 'arp', () => new ArpProbe(options)),
      ...opening.family(6, 'ndp', () => new NeighborProbe(options)),
    },
    echo: perFamily(families, (family) => opening.echo(family)),
    timestamp: opening.timestamp(),
    tcp: perFamily(families, (family) => opening.tcp(family)),
    names: opening.names(),
    methodStatuses: opening.methodStatuses,
    close: () => opening.close(),
  };
}

function perFamily<T>(families: readonly AddressFamily[], open: (family: AddressFamily) => T | undefined) {
  const opened: { [family in AddressFamily]?: T } = {};
  for (const family of families) {
    const probe = open(family);
    if (probe !== undefined) opened[family] = probe;
  }
  return opened;
}

class Opening {
  readonly methodStatuses: MethodStatus[] = [];
  readonly #options: ProbesOptions;
  readonly #opened: { close(): void }[] = [];

  constructor(options: ProbesOptions) {
    this.#options = options;
  }

  family(family: AddressFamily, method: 'arp' | 'ndp', open: () => HostProbe): PerFamily<HostProbe> {
    const probe = this.#wants(method, family) ? this.#tryRaw(method, family, open) : undefined;
    return probe === undefined ? {} : { [family]: probe };
  }

  echo(family: AddressFamily): HostProbe | undefined {
    if (!this.#wants('ping', family)) return undefined;
    const only = this.#mayUseRaw ? {} : { transports: ['ping-socket' as const] };
    const echo = this.#try('ping', family, () => new IcmpEcho({ ...this.#options, family, ...only }));
    if (echo !== undefined) this.methodStatuses.push({ method: 'ping', family, transport: echo.transport });
    return echo;
  }

  /** Supplements the echo request, so it is not reported when it is missing. */
  timestamp(): PerFamily<HostProbe> {
    if (!this.#wants('ping', 4) || !this.#mayUseRaw) return {};
    try {
      return { 4: this.#keep(new IcmpTimestampProbe(this.#options)) };
    } catch (error) {
      if (error instanceof SocketError) return {};
      throw error;
    }
  }

  tcp(family: AddressFamily): TcpPing | undefined {
    if (!this.#wants('tcp', family)) return undefined;
    if (this.#mayUseRaw) {
      try {
        const ping = this.#keep(new RawTcpPing({ ...this.#options, family }));
        this.methodStatuses.push({ method: 'tcp', family, transport: 'raw' });
        return ping;
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
      }
    }
    this.methodStatuses.push({ method: 'tcp', family, transport: 'connect' });
    return this.#keep(new ConnectTcpPing(this.#options.clock));
  }

  names(): PtrProbe | undefined {
    const { methods, resolver, families } = this.#options;
    if (!methods.includes('dns')) return undefined;
    const family = resolver?.address.family ?? families[0] ?? 4;
    if (resolver === undefined) {
      this.methodStatuses.push({ method: 'dns', family, missing: 'NO_RESOLVER' });
      return undefined;
    }
    const probe = this.#try('dns', family, () => new PtrProbe({ ...this.#options, resolver }));
    if (probe !== undefined) this.methodStatuses.push({ method: 'dns', family, transport: 'resolver' });
    return probe;
  }

  close(): void {
    for (const probe of this.#opened.splice(0)) probe.close();
  }

  get #mayUseRaw(): boolean {
    return this.#options.mayUseRaw ?? true;
  }

  #wants(method: DiscoveryMethod, family: AddressFamily): boolean {
    return this.#options.methods.includes(method) && this.#options.families.includes(family);
  }

  #tryRaw<T extends HostProbe>(method: DiscoveryMethod, family: AddressFamily, open: () => T): T | undefined {
    if (!this.#mayUseRaw) {
      this.methodStatuses.push({ method, family, missing: 'EPERM' });
      return undefined;
    }
    const probe = this.#try(method, family, open);
    if (probe !== undefined) this.methodStatuses.push({ method, family, transport: 'raw' });
    return probe;
  }

  #try<T extends { close(): void }>(
    method: DiscoveryMethod,
    family: AddressFamily,
    open: () => T,
  ): T | undefined {
    try {
      return this.#keep(open());
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      this.methodStatuses.push({ method, family, missing: error.code });
      return undefined;
    }
  }

  #keep<T extends { close(): void }>(probe: T): T {
    this.#opened.push(probe);
    return probe;
  }
}
