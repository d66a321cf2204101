import { commaListOf, countOf, oneOf, rateOf } from '#cli/arguments/flag-parsers.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { usage } from '#cli/arguments/usage.js';
import { startTagsOf } from '#cli/labels/label-arguments.js';
import {
  PROFILE_HELP,
  parseSettings,
  SETTING_FLAG_NAMES,
  SETTING_FLAGS,
  UNSET_VALUE,
} from '#cli/profiles/scan-setting-flags.js';
import { checkTargetTexts } from '#cli/scans/scan-request.js';
import type { Confirmations } from '#cli/scans/start-with-confirmation.js';
import {
  HOSTS_FLAGS,
  hostsMeant,
  RULE_FLAGS,
  rulesOf,
  STAGE_FLAG,
  stageNameOf,
} from '#cli/schedules/smart-scan-flags.js';
import type { Schedule, ScheduleChange } from '#contract/schedules/schedule.js';
import { DISCOVERY_METHODS, type DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import type { ScheduleKind } from '#domain/schedules/schedule.js';

const TARGET_FLAG_NAMES = ['targets', 'configured-networks', 'exclude', 'tag', 'outside-scope'] as const;
/** Flags of what a schedule does, by its kind. */
const FITTING: Readonly<Record<ScheduleKind, readonly string[]>> = {
  scan: [...TARGET_FLAG_NAMES, 'profile', ...SETTING_FLAG_NAMES],
  discovery: [...TARGET_FLAG_NAMES, 'method', 'resolver', 'rate', 'per-host-rate', 'detect-os'],
  smart_scan: ['stage', 'network', 'os', 'filter', 'limit', 'threshold', 'max-staleness', 'resolver'],
  verify: [],
  retention: [],
};
export const WHAT_FLAG_NAMES: readonly string[] = [...new Set(Object.values(FITTING).flat())];

/** Throws `usage` where one of them has no meaning for the kind. */
export function refuseOdd(kind: ScheduleKind, given: readonly string[]): void {
  const odd = given.find((flag) => !FITTING[kind].includes(flag.slice(2)));
  if (odd !== undefined)
    throw usage(`${odd} has no meaning for a schedule of the kind ${kind}.`, { at: odd });
}

export function targetsOf(flags: FlagValues): readonly string[] {
  return commaListOf('targets', flags.list('targets'));
}

/** Throws `usage` if both --targets and --configured-networks are given. */
export function refuseBothGrounds(flags: FlagValues): void {
  if (flags.on('configured-networks') && targetsOf(flags).length > 0)
    throw usage('--targets and --configured-networks exclude each other.');
}

/** Checks the targets. Throws `usage` if not exactly one of --targets and --configured-networks is given. */
export function checkTargets(flags: FlagValues, task: string): void {
  refuseBothGrounds(flags);
  const targets = targetsOf(flags);
  if (targets.length === 0 && !flags.on('configured-networks'))
    throw usage(`A schedule of ${task} has --targets.`, {
      hint: 'Like --targets 198.18.0.0/24, or --configured-networks for the stored ones.',
    });
  checkTargetTexts(targets);
}

export function confirmationsOf(flags: FlagValues) {
  return flags.on('yes') ? { confirm_large: true, confirm_unscoped: true } : {};
}

/** Of a scan and of a discovery alike. */
export function targetInputOf(flags: FlagValues) {
  return {
    ...(flags.on('configured-networks') ? { configured_networks: true } : {}),
    ...(flags.on('exclude') ? { exclude: excludedBy(flags) } : {}),
    ...(isUnset(flags, 'tag') ? { tags: [] } : startTagsOf(flags)),
    ...confirmationsOf(flags),
    ...(flags.on('outside-scope') ? { outside_scope: true } : {}),
  };
}

function excludedBy(flags: FlagValues): string[] {
  return isUnset(flags, 'exclude') ? [] : commaListOf('exclude', flags.list('exclude'));
}

function isUnset(flags: FlagValues, name: string): boolean {
  return (flags.text(name) ?? flags.list(name).join()) === UNSET_VALUE;
}

export function scanWhatOf(flags: FlagValues) {
  const profile = flags.text('profile');
  return { profile: profile === UNSET_VALUE ? null : profile, ...parseSettings(flags) };
}

export function discoveryWhatOf(flags: FlagValues) {
  const methods = commaListOf('method', flags.list('method')).map(
    (arg): DiscoveryMethod => oneOf('method', arg, DISCOVERY_METHODS),
  );
  return {
    ...(methods.length === 0 ? {} : { methods }),
    resolver: flags.text('resolver'),
    rate: rateOf('rate', flags.text('rate')),
    per_host_rate: countOf('per-host-rate', flags.text('per-host-rate')),
    ...(flags.on('detect-os') ? { detect_os: true } : {}),
  };
}

export function smartScanWhatOf(flags: FlagValues) {
  return { ...stageNameOf(flags), ...hostsMeant(flags), ...rulesOf(flags) };
}

interface WhatParts {
  readonly flags: FlagValues;
  /** The new targets. Absent if none were given. */
  readonly targets: readonly string[] | undefined;
  readonly confirmed: Confirmations;
}

/** The task of a schedule with the given changes applied. */
export function whatAfter(
  { scan, discovery, smart_scan: smartScan }: Schedule,
  { flags, targets, confirmed }: WhatParts,
): Pick<ScheduleChange, 'scan' | 'discovery' | 'smart_scan'> {
  const yes = { ...targetInputOf(flags), ...confirmed };
  // Targets take the place of stored networks, and these of targets.
  const isConfigured = flags.on('configured-networks');
  const named = isConfigured ? [] : targets;
  const targetInput = {
    ...(named === undefined ? {} : { configured_networks: isConfigured }),
    ...yes,
  };
  if (scan !== null)
    return {
      scan: {
        ...scan,
        ...specified(scanWhatOf(flags)),
        targets: [...(named ?? scan.targets)],
        ...targetInput,
      },
    };
  const unset = UNSET_FLAG_NAMES.filter((name) => isUnset(flags, name));
  const rest = flags.without(unset);
  if (discovery !== null) {
    const networks = [...(named ?? discovery.networks)];
    return {
      discovery: {
        ...without(discovery, unset),
        ...specified(discoveryWhatOf(rest)),
        networks,
        ...targetInput,
      },
    };
  }
  if (smartScan === null) return {};
  return { smart_scan: { ...without(smartScan, unset), ...smartScanWhatOf(rest), ...yes } };
}

/**
 * The fields of a discovery run and of a smart scan that the value `unset` removes, by option. A field with a default
 * returns to it. An override of a scan becomes null instead.
 */
const UNSET_FIELDS: Readonly<Record<string, string>> = {
  method: 'methods',
  rate: 'rate',
  'per-host-rate': 'per_host_rate',
  resolver: 'resolver',
  stage: 'stage',
  network: 'network_cidr',
  os: 'os_family',
  filter: 'filter',
  limit: 'limit',
  threshold: 'threshold',
  'max-staleness': 'max_staleness_hours',
};
const UNSET_FLAG_NAMES: readonly string[] = Object.keys(UNSET_FIELDS);

function without<Part extends object>(part: Part, unset: readonly string[]): Partial<Part> {
  const fields = unset.map((flag) => UNSET_FIELDS[flag]);
  const kept: Partial<Part> = { ...part };
  for (const key in kept) if (fields.includes(key)) delete kept[key];
  return kept;
}

/** Removes undefined fields, so that they do not replace stored ones. */
function specified<Part extends object>(part: Part): Partial<Part> {
  const kept: Partial<Part> = { ...part };
  for (const key in kept) if (kept[key] === undefined) delete kept[key];
  return kept;
}

export const TARGETS_SPECS: readonly FlagSpec[] = [
  {
    flags: '--targets <list>',
    help: 'targets: addresses, ranges, networks, network:NAME of a stored one, names, @file or - for stdin; may be repeated',
    repeat: true,
  },
  {
    flags: '--configured-networks',
    help: 'instead of targets, every network of the site that is enabled when a run begins',
  },
];
const TARGET_SPECS: readonly FlagSpec[] = [
  { flags: '-x, --exclude <list>', help: 'addresses that get no packet; may be repeated', repeat: true },
  {
    flags: '--tag <names>',
    help: `tags that its scans have from the start, with commas between; ${UNSET_VALUE} takes them away`,
    repeat: true,
  },
  { flags: '--outside-scope', help: 'as an administrator, also outside the scope of the site' },
];
const RESOLVER_SPEC: FlagSpec = {
  flags: '--resolver <address>',
  help: 'the resolver for names',
};
const METHOD_SPEC: FlagSpec = {
  flags: '-m, --method <list>',
  help: `how hosts are looked for: ${DISCOVERY_METHODS.join(', ')}; may be repeated`,
  choices: DISCOVERY_METHODS,
  repeat: true,
};
const DETECT_OS_SPEC: FlagSpec = {
  flags: '--detect-os',
  help: 'then detect the operating systems of the hosts found, in a separate scan; requires nmap and root',
};
const RATE_SPECS: readonly FlagSpec[] = [
  { flags: '--rate <packets>', help: 'packets per second, or max for no limit' },
  { flags: '--per-host-rate <packets>', help: 'packets per second to one address' },
];
const PROFILE_SPEC: FlagSpec = { flags: '--profile <name>', help: PROFILE_HELP };
const YES_SPEC: FlagSpec = {
  flags: '-y, --yes',
  help: 'store without confirmation of large scans or of a site without a scope',
};
const START_SPECS: readonly FlagSpec[] = [
  ...TARGET_SPECS,
  { flags: '--site <name>', help: 'the site whose network is meant' },
  YES_SPEC,
];

export const SCAN_SPECS: readonly FlagSpec[] = [PROFILE_SPEC, ...SETTING_FLAGS, ...START_SPECS];
export const DISCOVERY_SPECS: readonly FlagSpec[] = [
  METHOD_SPEC,
  RESOLVER_SPEC,
  DETECT_OS_SPEC,
  ...RATE_SPECS,
  ...START_SPECS,
];
export const SMART_SCAN_SPECS: readonly FlagSpec[] = [
  { flags: '--site <name>', help: 'only hosts of this site (default: all sites)' },
  STAGE_FLAG,
  ...HOSTS_FLAGS,
  ...RULE_FLAGS,
  RESOLVER_SPEC,
  {
    flags: '-y, --yes',
    help: 'permit large scans and scans at sites without a scope (default: skip these)',
  },
];
/** Those of any kind, each once. */
export const EDIT_SPECS: readonly FlagSpec[] = [
  ...TARGETS_SPECS,
  ...TARGET_SPECS,
  PROFILE_SPEC,
  ...SETTING_FLAGS,
  METHOD_SPEC,
  RESOLVER_SPEC,
  DETECT_OS_SPEC,
  STAGE_FLAG,
  ...HOSTS_FLAGS,
  ...RULE_FLAGS,
  { flags: '-y, --yes', help: 'store without confirmation' },
].map(withUnset);

/** Mentions the value `unset` in the help of each option that accepts it. */
function withUnset(spec: FlagSpec): FlagSpec {
  const names = ['exclude', ...SETTING_FLAG_NAMES, ...UNSET_FLAG_NAMES];
  // A flag without a value has no space behind it.
  const isTakenBack = names.some((name) => spec.flags.includes(`--${name} `));
  return isTakenBack ? { ...spec, help: `${spec.help}; ${UNSET_VALUE} takes it back` } : spec;
}
