import type { Reason } from '#domain/ports/port-state.js';

/** How addresses are asked whether somebody is there; `dns` asks a resolver for their names instead. */
export const DISCOVERY_METHODS = ['arp', 'ndp', 'ping', 'tcp', 'dns'] as const;
export type DiscoveryMethod = (typeof DISCOVERY_METHODS)[number];

/** Those whose answer is a sign of life: a name alone is none. */
export const HOST_METHODS = ['arp', 'ndp', 'ping', 'tcp'] as const satisfies readonly DiscoveryMethod[];
export type HostMethod = (typeof HOST_METHODS)[number];

export function isHostMethod(method: DiscoveryMethod): method is HostMethod {
  return method !== 'dns';
}

/** By which method each sign of life is heard. */
export const METHODS_OF_REASONS: readonly (readonly [Reason, HostMethod])[] = [
  ['arp-response', 'arp'],
  ['nd-response', 'ndp'],
  ['echo-reply', 'ping'],
  ['timestamp-reply', 'ping'],
  ['syn-ack', 'tcp'],
  ['rst', 'tcp'],
  ['conn-refused', 'tcp'],
  ['conn-reset', 'tcp'],
];

/**
 * Answers that not everybody hears who asks by their method: without privilege nobody asks for a timestamp or with an ACK,
 * and what is behind a router cannot be asked where it is. That a run could have heard one is shown by another of it alone.
 */
export const SHOWN_BY_LIKE: readonly Reason[] = ['arp-response', 'nd-response', 'timestamp-reply', 'rst'];

/** Answers that a host on the link gives to its neighbours, whatever a firewall on it drops. */
export const NEIGHBOR_ANSWERS: readonly Reason[] = ['arp-response', 'nd-response'];

/** Ports that a TCP ping tries: one of them is open, or at least not dropped, on most hosts. */
export const TCP_PING_PORTS: readonly number[] = [80, 443, 22];

/** Methods that ask addresses of one family alone. */
export const METHOD_FAMILY: Readonly<Partial<Record<DiscoveryMethod, 4 | 6>>> = { arp: 4, ndp: 6 };

const ADDRESS_WORDS = { 4: /^[\d./-]+$/, 6: /^(?=.*:)[\da-f:./-]+$/i } as const;

/** Those that ask any address these targets may mean: what stands for a network or a host may be of both families. */
export function probingMethods(
  methods: readonly DiscoveryMethod[],
  targets: readonly string[],
): readonly DiscoveryMethod[] {
  const isOnly = (family: 4 | 6) => targets.every((text) => ADDRESS_WORDS[family].test(text));
  const other = isOnly(4) ? 6 : isOnly(6) ? 4 : undefined;
  return other === undefined ? methods : methods.filter((method) => METHOD_FAMILY[method] !== other);
}
