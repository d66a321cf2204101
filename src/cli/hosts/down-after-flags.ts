import { countOf } from '#cli/arguments/flag-parsers.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { usage } from '#cli/arguments/usage.js';
import {
  DEFAULT_DOWN_AFTER,
  MAX_DOWN_AFTER_MISSES,
  MAX_GONE_AFTER_DAYS,
} from '#domain/hosts/status-rules.js';

/** How much silence makes a host down and then gone; `default` takes back what was set. */
export const DOWN_AFTER_FLAGS: readonly FlagSpec[] = [
  {
    flags: '--down-after-misses <count>',
    help: `runs in a row that miss a host before it is down (default: ${DEFAULT_DOWN_AFTER.misses})`,
  },
  {
    flags: '--gone-after <days>',
    help: `days a host is down before the next miss makes it gone (default: ${DEFAULT_DOWN_AFTER.goneAfterDays})`,
  },
];

interface DownAfterChange {
  readonly down_after_misses?: number | null;
  readonly gone_after_days?: number | null;
}

export function downAfterOf(flags: FlagValues): DownAfterChange {
  const misses = boundedOf('down-after-misses', flags.text('down-after-misses'), MAX_DOWN_AFTER_MISSES);
  const days = boundedOf('gone-after', flags.text('gone-after'), MAX_GONE_AFTER_DAYS);
  return {
    ...(misses === undefined ? {} : { down_after_misses: misses }),
    ...(days === undefined ? {} : { gone_after_days: days }),
  };
}

function boundedOf(flag: string, text: string | undefined, most: number): number | null | undefined {
  if (text === 'default') return null;
  const count = countOf(flag, text);
  if (count !== undefined && count > most)
    throw usage(`The value of --${flag} is ${count}, and the most is ${most}.`);
  return count;
}
