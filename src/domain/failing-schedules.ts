import { firstOf } from '#domain/first-of.js';
import { quote } from '#domain/quote.js';

/** Schedules that are named in a sentence; the answer has all of them. */
const TOLD_SCHEDULES = 5;

/** `The next runs of the schedule "nightly" fail until …`; undefined where none does. */
export function failingSchedulesText(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const told = firstOf(names.map(quote), TOLD_SCHEDULES);
  const [noun, given] = names.length === 1 ? ['schedule', 'it has'] : ['schedules', 'they have'];
  return `The next runs of the ${noun} ${told} fail until the network is enabled or ${given} other targets.`;
}
