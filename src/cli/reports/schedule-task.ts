import { type Args, type Fact, factsOf } from '#cli/output/facts.js';
import { RATE_TEXTS, SETTING_FACT_TEXTS } from '#cli/reports/setting-facts.js';
import type { Schedule } from '#contract/schedules/schedule.js';
import { counted, grouped } from '#domain/text/count-text.js';
import { humanDuration } from '#domain/time/duration.js';

type Scan = Omit<NonNullable<Schedule['scan']>, 'profile'> & { readonly profile: string | undefined };
type Discovery = NonNullable<Schedule['discovery']>;
type SmartScan = NonNullable<Schedule['smart_scan']>;
type Confirmed = Pick<Scan, 'confirm_large' | 'confirm_unscoped'>;

const HOUR_MS = 3_600_000;

const CONFIRMED: Args<Confirmed> = {
  confirm_large: ['Confirmed', (isSo) => (isSo ? 'runs of any size' : null)],
  confirm_unscoped: ['Confirmed', (isSo) => (isSo ? 'runs at a site that has no scope' : null)],
};

const TARGETS: Args<Pick<Scan, 'configured_networks' | 'exclude' | 'tags' | 'outside_scope'>> = {
  configured_networks: ['Targets', (isSo) => (isSo ? 'every enabled network of the site' : null)],
  exclude: ['Excluded', listText],
  tags: ['Tags', listText],
  outside_scope: ['Scope', (isOutside) => (isOutside ? 'does not count' : null)],
};

const SCAN: Args<Scan> = {
  targets: ['Targets', listText],
  ...TARGETS,
  profile: ['Profile', (profile) => profile],
  ...SETTING_FACT_TEXTS,
  ...CONFIRMED,
};

const DISCOVERY: Args<Discovery> = {
  networks: ['Targets', listText],
  ...TARGETS,
  methods: ['Methods', (methods) => methods.join(', ')],
  resolver: ['Resolver', (resolver) => resolver],
  ...RATE_TEXTS,
  detect_os: ['Systems', (isReported) => (isReported ? 'detected afterwards, by nmap' : null)],
  ...CONFIRMED,
};

const SMART_SCAN: Args<SmartScan> = {
  stage: ['Stage', (stage) => stage],
  network_cidr: ['Network', (network) => network],
  os_family: ['System', (os) => os],
  filter: ['Filter', (filter) => filter],
  limit: ['Hosts', (limit) => `${counted(limit, 'host')} a run, at most`],
  threshold: ['Score', (threshold) => `hosts below ${grouped(threshold)}`],
  max_staleness_hours: ['Stale', (hours) => `when not seen for ${humanDuration(hours * HOUR_MS)}`],
  resolver: ['Resolver', (resolver) => resolver],
  ...CONFIRMED,
};

/** All settings of the task of a schedule, one per line. */
export function whatFacts({ site, scan, discovery, smart_scan: smartScan }: Schedule): Fact[] {
  return [
    ...(scan === null
      ? []
      : factsOf(SCAN, { ...scan, profile: scan.profile ?? undefined }, 'not as the profile has it')),
    ...(discovery === null ? [] : factsOf(DISCOVERY, discovery)),
    ...(smartScan === null ? [] : factsOf(SMART_SCAN, smartScan)),
    ...(site === null ? [] : [['Site', site] as const]),
  ];
}

function listText(args: readonly string[]): string | null {
  return args.length === 0 ? null : args.join(' ');
}
