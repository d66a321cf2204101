import { localTime } from '#cli/output/time.js';
import type { HostDetail } from '#contract/hosts/host.js';
import { roundTripText } from '#domain/diff/round-trip.js';
import { DEFAULT_DOWN_AFTER } from '#domain/hosts/status-rules.js';
import { counted } from '#domain/text/count-text.js';

type Fact = readonly [name: string, value: string];

/** `down (no-response), missed by 4 runs in a row`. */
export function statusText({ status, status_reason, misses, flapping }: HostDetail): string {
  const reason = status_reason === null ? '' : ` (${status_reason})`;
  const missed = misses === 0 ? '' : `, missed by ${counted(misses, 'run')}`;
  return `${status}${reason}${flapping ? ', flapping' : ''}${missed}`;
}

/** Since when it has its status, and by which scan. */
export function sinceText({ status_since, status_scan_id, first_seen }: HostDetail): string {
  const since = localTime(status_since ?? first_seen);
  return status_scan_id === null ? since : `${since}, by scan ${status_scan_id}`;
}

const SOURCE_TEXTS: Readonly<Record<HostDetail['display_name_source'], string>> = {
  custom: 'given by hand',
  ptr: 'from the DNS',
  report: 'from a report',
  address: 'its address',
};

export function nameText({ custom_name, hostname, display_name_source }: HostDetail): string {
  const name = custom_name ?? hostname;
  if (name === null) return '-';
  return display_name_source === 'address' ? name : `${name} (${SOURCE_TEXTS[display_name_source]})`;
}

/** What else it is called, by whom and since when. */
export function otherNames({ name_candidates, custom_name, hostname }: HostDetail): readonly Fact[] {
  const shown = custom_name ?? hostname;
  return name_candidates
    .filter(({ name }) => name !== shown)
    .map(({ name, source, observed_at }) => [
      'Also',
      `${name} (${SOURCE_TEXTS[source]}, ${localTime(observed_at)})`,
    ]);
}

/** How many timeouts are listed. */
const TIMEOUTS_SHOWN = 5;

/** The last runs to which the host did not respond. */
export function timeoutFacts({ timeouts }: HostDetail): readonly Fact[] {
  return timeouts.slice(0, TIMEOUTS_SHOWN).map(({ probed_at, scan_id, could_receive }) => {
    const deaf = could_receive ? '' : ', which could not have heard it';
    return ['No answer', `${localTime(probed_at)}, to scan ${scan_id}${deaf}`];
  });
}

export function responseTimeText(time: NonNullable<HostDetail['response_time']>): string {
  const { min_us, avg_us, max_us, count, slow } = time;
  const spread = `${roundTripText(min_us)} to ${roundTripText(max_us)}, ${counted(count, 'answer')}`;
  return `${roundTripText(avg_us)} on average (${spread})${slow ? ', slow' : ''}`;
}

/** The `down_after_misses` and `gone_after_days` of the host itself. Empty where it has neither. */
export function downAfterFacts({ down_after_misses, gone_after_days }: HostDetail): readonly Fact[] {
  if (down_after_misses === null && gone_after_days === null) return [];
  return [['Down after', downAfterText({ down_after_misses, gone_after_days })]];
}

export function downAfterText({
  down_after_misses,
  gone_after_days,
}: Pick<HostDetail, 'down_after_misses' | 'gone_after_days'>): string {
  const misses = counted(down_after_misses ?? DEFAULT_DOWN_AFTER.misses, 'missed run');
  return `down after ${misses}, gone after ${counted(gone_after_days ?? DEFAULT_DOWN_AFTER.goneAfterDays, 'day')} more`;
}
