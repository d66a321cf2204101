/** Transport protocols whose ports are probed. The database CHECK holds the same words. */
export const PROTOCOLS = ['tcp', 'udp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** What can have been asked of an address: a port of a protocol, or `host`, the host itself, told as its port 0. */
export const PROBED_PROTOCOLS = [...PROTOCOLS, 'host'] as const;
export type QueriedProtocol = (typeof PROBED_PROTOCOLS)[number];
