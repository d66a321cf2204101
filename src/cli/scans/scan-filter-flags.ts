import { durationOf, oneOf } from '#cli/arguments/flag-parsers.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import type { ScanFilter } from '#contract/scans/scan.js';
import { checkLabelName } from '#domain/fields/label-name.js';
import { SCAN_KINDS } from '#domain/scans/scan-kind.js';
import { SCAN_STATUSES } from '#domain/scans/scan-status.js';

/** Which scans are meant. */
export const SCAN_FILTER_FLAGS: readonly FlagSpec[] = [
  {
    flags: '--status <status>',
    help: `only those that are ${SCAN_STATUSES.join(', ')}`,
    choices: SCAN_STATUSES,
  },
  { flags: '--tag <name>', help: 'those that have this tag' },
  { flags: '--name <text>', help: 'those that are called so, whatever its case' },
  { flags: '--profile <name>', help: 'those of this profile, also of one that was removed' },
  { flags: '--site <name>', help: 'those at this site' },
  { flags: '--older-than <span>', help: 'created longer ago than this span, such as 30d' },
  { flags: '--kind <kind>', help: 'ports, discovery or all (default: ports)', choices: SCAN_KINDS },
];
export const SCAN_FILTER_NAMES = ['status', 'tag', 'name', 'profile', 'site', 'older-than', 'kind'] as const;

/** The given filter options. The age is relative to the time of the request. */
export interface TypedScanFilter extends Omit<ScanFilter, 'created_before'> {
  readonly olderThanMs?: number | undefined;
}

export function parseScanFilter(flags: FlagValues): TypedScanFilter {
  const tag = flags.text('tag');
  return {
    status: oneOf('status', flags.text('status'), SCAN_STATUSES),
    tag: tag === undefined ? undefined : checkLabelName('tag', tag),
    name: flags.text('name'),
    profile: flags.text('profile'),
    site: flags.text('site'),
    kind: oneOf('kind', flags.text('kind'), SCAN_KINDS),
    olderThanMs: durationOf('older-than', flags.text('older-than')),
  };
}

/** The filter for a request at `nowMs`, without fields that were not given. */
export function scanFilterOf({ olderThanMs, ...typed }: TypedScanFilter, nowMs: number): ScanFilter {
  const { status, tag, name, profile, site, kind } = typed;
  return {
    ...(status === undefined ? {} : { status }),
    ...(tag === undefined ? {} : { tag }),
    ...(name === undefined ? {} : { name }),
    ...(profile === undefined ? {} : { profile }),
    ...(site === undefined ? {} : { site }),
    ...(kind === undefined ? {} : { kind }),
    ...(olderThanMs === undefined ? {} : { created_before: new Date(nowMs - olderThanMs).toISOString() }),
  };
}
