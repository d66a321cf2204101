import type { Scan } from '#contract/scans/scan.js';
import { isOfNamesAlone, undeliverable } from '#domain/scans/unprobed.js';
import { humanDuration } from '#domain/time/duration.js';
import { formatCount } from '../../format/number.ts';

type Course = Pick<
  Scan,
  'scan_type' | 'status' | 'partial' | 'progress' | 'live_hosts' | 'methods' | 'ports' | 'probes'
>;

/** How a scan stands, beside its percent. `remaining` in seconds, while it can be told. */
export function timeLeft(scan: Course, remaining: number | undefined): string {
  const { scan_type, status, partial, progress } = scan;
  if (status === 'pending') return 'waiting for a worker';
  if (status === 'running')
    return remaining === undefined
      ? 'estimating…'
      : `about ${humanDuration(Math.ceil(remaining) * 1_000)} left`;
  if (status === 'completed' && scan_type === 'import')
    return partial ? 'the report was not whole' : 'all of the report was read';
  if (status === 'completed' && partial) return 'could not see everything it planned';
  if (status === 'completed' && isOfNamesAlone(scan.methods)) return 'only names were asked for';
  const unsent = undeliverable(scan);
  if (status === 'completed' && unsent > 0)
    return `${leftOutText(progress)}no way to send at least ${formatCount(unsent)} of ${formatCount(progress.completed)} planned`;
  if (status === 'completed' && progress.skipped > 0)
    return `${formatCount(progress.skipped)} of ${formatCount(progress.completed)} planned ${progress.skipped === 1 ? 'was' : 'were'} left out`;
  if (status === 'completed') return 'everything planned was asked';
  return 'what was found so far is kept';
}

function leftOutText({ skipped }: Course['progress']): string {
  return skipped === 0 ? '' : `${formatCount(skipped)} left out, `;
}
