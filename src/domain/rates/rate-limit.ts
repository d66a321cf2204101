/** What may keep a scan from being faster: its rate, that to one host, or how patient nmap is. */
export const RATE_LIMITS = ['rate', 'per_host_rate', 'timing'] as const;
export type RateLimitKind = (typeof RATE_LIMITS)[number];
