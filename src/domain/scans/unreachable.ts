/**
 * What keeps this machine from asking an address at all, whoever may be there: no packet left for it, or none that
 * anybody could have heard. The system's names, and of the way there one of our own.
 */
export const OBSTACLES = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'NO_GATEWAY'] as const;
export type Obstacle = (typeof OBSTACLES)[number];

export function isUnreachable(code: string): code is Obstacle {
  return (OBSTACLES as readonly string[]).includes(code);
}

const TEXTS: Readonly<Record<Obstacle, string>> = {
  ENETUNREACH: 'no route leads there (ENETUNREACH)',
  EHOSTUNREACH: 'no route leads there (EHOSTUNREACH)',
  ENETDOWN: 'the network interface on the way there is down (ENETDOWN)',
  NO_GATEWAY: 'the gateway on the way there does not answer',
};

/** The end of a sentence. */
export function unreachableText(obstacle: Obstacle): string {
  return TEXTS[obstacle];
}
