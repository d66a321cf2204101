import type { Freshness } from '#net/send/exclusion-freshness.js';
import type { Pace, PaceWait } from '#net/send/pace.js';

/** How often it is looked whether the exclusions were read again. */
export const HELD_POLL_MS = 50;

const HELD: PaceWait = { scope: 'total', delayMs: HELD_POLL_MS };

/**
 * A pace that lets nothing go while the exclusions are too old to send by. Every engine waits for its pace anyway: a
 * position that waits is not settled, and goes on by itself. Who sends without asking the pace, because it is free, has
 * to ask `freshness` instead.
 */
export function heldPace(pace: Pace, freshness: Freshness): Pace {
  return {
    take: (address) => (freshness.isOver ? HELD : pace.take(address)),
    isFree: (address) => pace.isFree(address),
    reserve: (addresses) => (freshness.isOver ? undefined : pace.reserve(addresses)),
    child: (limits) => heldPace(pace.child(limits), freshness),
  };
}
