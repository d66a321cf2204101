import type { Freshness } from '#net/send/exclusion-freshness.js';
import type { Pace, PaceWait } from '#net/send/pace.js';

/** How often to check whether the exclusions have been read again. */
export const HELD_POLL_MS = 50;

const HELD: PaceWait = { scope: 'total', delayMs: HELD_POLL_MS };

/**
 * A pace that holds every packet while the exclusions are too old to send by. Every engine waits for its pace anyway: a
 * position that waits is not complete, and continues by itself. Code that skips the pace because it is free must check
 * `freshness` instead.
 */
export function heldPace(pace: Pace, freshness: Freshness): Pace {
  return {
    take: (address) => (freshness.isOver ? HELD : pace.take(address)),
    isFree: (address) => pace.isFree(address),
    reserve: (addresses) => (freshness.isOver ? undefined : pace.reserve(addresses)),
    child: (limits) => heldPace(pace.child(limits), freshness),
  };
}
