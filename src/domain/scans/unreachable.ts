/**
 * What keeps this machine from asking an address at all, whoever may be there: no packet left for it, or none that
 * anybody could have heard. The system's names, and of the way there one of our own.
 */
export const UNREACHABLE_CAUSES = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'NO_GATEWAY'] as const;
export type UnreachableCause = (typeof UNREACHABLE_CAUSES)[number];

export function isUnreachable(code: string): code is UnreachableCause {
  return (UNREACHABLE_CAUSES as readonly string[]).includes(code);
}

const TEXTS: Readonly<Record<UnreachableCause, string>> = {
  ENETUNREACH: 'no route leads there (ENETUNREACH)',
  EHOSTUNREACH: 'no route leads there (EHOSTUNREACH)',
  ENETDOWN: 'the network interface on the way there is down (ENETDOWN)',
  NO_GATEWAY: 'the gateway on the way there does not answer',
};

/** The end of a sentence. */
export function unreachableText(unreachable: UnreachableCause): string {
  return TEXTS[unreachable];
}
