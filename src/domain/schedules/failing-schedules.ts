import { firstOf } from '#domain/text/first-items.js';
import { quote } from '#domain/text/quote.js';

/** Schedules that are named in a sentence; the answer has all of them. */
const SHOWN_SCHEDULES = 5;

/** What keeps their runs from being refused. */
const CURES = { network: 'the network is enabled', scope: 'the scope is wide enough' } as const;

/** `The next runs of the schedule "nightly" fail until …`; undefined where none does. */
export function failingSchedulesText(
  names: readonly string[],
  because: keyof typeof CURES,
): string | undefined {
  if (names.length === 0) return undefined;
  const reported = firstOf(names.map(quote), SHOWN_SCHEDULES);
  const [noun, given] = names.length === 1 ? ['schedule', 'it has'] : ['schedules', 'they have'];
  return `The next runs of the ${noun} ${reported} fail until ${CURES[because]} or ${given} other targets.`;
}
