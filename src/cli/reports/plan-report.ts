import { writeDocument } from '#cli/output/json.js';
import { renderFacts } from '#cli/output/table.js';
import { humanDuration } from '#cli/output/time.js';
import type { Sink } from '#cli/program/io.js';
import { portSummary } from '#cli/reports/port-list.js';
import { settingFacts, usedProfileText } from '#cli/reports/setting-facts.js';
import type { DiscoveryPlan } from '#contract/discovery/discovery.js';
import type { PlanSize, ScanPlanView } from '#contract/scans/scan.js';
import type { RateLimitKind } from '#domain/rates/rate-limit.js';
import type { ExclusionLevel } from '#domain/targets/exclusion.js';
import { grouped } from '#domain/text/count-text.js';

/** As wide as its widest name with the gap behind it. */
const FACT_NAME_CELLS = 'Addresses  '.length;

type Fact = readonly [string, string];

/** Writes the plan of a dry run. */
export async function writePlan(
  sink: Sink,
  plan: PlanSize,
  { facts, json }: { readonly facts: readonly Fact[]; readonly json: boolean },
): Promise<void> {
  if (json) await writeDocument(sink, plan);
  else await sink.write(`${renderFacts(facts, sink.color)}Nothing was sent and nothing was stored.\n`);
}

/** What a scan would do. */
export function planFacts(plan: ScanPlanView, columns: number): Fact[] {
  return [
    ['Targets', plan.targets.join(' ')],
    ...resolvedFacts(plan),
    ['Ports', portSummary(plan.ports, columns - FACT_NAME_CELLS)],
    ...(plan.profile === null ? [] : [['Profile', usedProfileText(plan.profile)] as const]),
    ...settingFacts(plan),
    ['Engine', plan.engine],
    ...(plan.engine_note === null ? [] : [['', plan.engine_note] as const]),
    ...effortFacts(plan, { who: 'the scan', about: 'about', probes: ['Probes', grouped(plan.probes)] }),
  ];
}

/** What a discovery run would do. */
export function discoveryPlanFacts(plan: DiscoveryPlan): Fact[] {
  const packets = `up to ${grouped(plan.probes)}, and probes without response are repeated once`;
  return [
    ['Networks', plan.targets.join(' ')],
    ...resolvedFacts(plan),
    ['Methods', plan.methods.join(', ')],
    ...(plan.resolver === null ? [] : [['Resolver', plan.resolver] as const]),
    ...(plan.detect_os
      ? [['Systems', 'detected afterwards, by an nmap scan of the hosts found'] as const]
      : []),
    ...effortFacts(plan, { who: 'it', about: 'up to about', probes: ['Packets', packets] }),
  ];
}

function resolvedFacts({ resolved }: PlanSize): Fact[] {
  return resolved.map(({ name, addresses }) => ['Resolved', `${name}: ${addresses.join(' ')}`]);
}

interface Effort {
  readonly who: string;
  /** How exact the estimate is. */
  readonly about: string;
  readonly probes: Fact;
}

function effortFacts(plan: PlanSize, { who, about, probes }: Effort): Fact[] {
  const seconds = plan.estimated_seconds;
  return [
    ['Addresses', grouped(BigInt(plan.addresses))],
    ...excludedFacts(plan),
    probes,
    [
      'Takes',
      seconds === null
        ? 'as long as the network does: no rate limits it'
        : `${about} ${humanDuration(seconds * 1_000)}${limitText(plan)}`,
    ],
    ...(plan.needs_confirmation ? [['Size', `large: ${who} requires confirmation or --yes`] as const] : []),
    ...(plan.needs_scope_confirmation
      ? [['Scope', `the site has none: ${who} requires confirmation once, or --yes`] as const]
      : []),
  ];
}

const LIMIT_TEXTS: Readonly<Record<RateLimitKind, string>> = {
  rate: 'its rate (--rate)',
  per_host_rate: 'the rate to one host (--per-host-rate)',
  timing: 'the patience of nmap (--timing)',
};

/** Names the limit that applies, because raising another one has no effect. */
function limitText({ limited_by: limit }: PlanSize): string {
  if (limit === null) return '';
  const { by, packets_per_second: inAll, hosts } = limit;
  const each = `: ${LIMIT_TEXTS[by]} lets ${rateText(inAll / (hosts ?? 1))} packets a second through`;
  return hosts === null || hosts === 1
    ? each
    : `${each}, ${rateText(inAll)} to ${grouped(hosts)} hosts at once`;
}

const rateText = (packetsPerSecond: number) => grouped(Math.round(packetsPerSecond * 10) / 10);

const LEVEL_TEXTS: Readonly<Record<ExclusionLevel, string>> = {
  scan: 'by this scan',
  global: 'everywhere',
  site: 'at the site',
  network: 'in its networks',
};

/** How many of the named addresses get no packet, and why; nothing where none is excluded. */
function excludedFacts({ excluded_addresses: total, excluded_by: levels }: PlanSize): Fact[] {
  if (levels.length === 0) return [];
  const parts = levels.map(({ level, addresses }) => `${grouped(BigInt(addresses))} ${LEVEL_TEXTS[level]}`);
  return [['Excluded', `${grouped(BigInt(total))}: ${parts.join(', ')}`]];
}
