import type { Plan } from '#domain/scans/plan.js';
import type { RangeFeed } from '#scan/raw-engine/raw-run.js';
import { PIECE_POSITIONS } from '#scan/raw-probes/window.js';

/** Cuts [first, end) into pieces for a window, none over a block's border. */
export function rangeFeed(
  plan: Plan,
  first: number,
  end: number,
): () => Exclude<ReturnType<RangeFeed>, 'later'> {
  let next = first;
  return () => {
    if (next >= end) return undefined;
    const from = next;
    next = Math.min(end, from + PIECE_POSITIONS, plan.blockRange(plan.blockOf(from)).end);
    return { first: from, end: next };
  };
}
