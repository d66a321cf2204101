/** Transport protocols whose ports are probed. The database CHECK holds the same words. */
export const PROTOCOLS = ['tcp', 'udp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];
