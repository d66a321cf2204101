import { portSummary } from '#cli/output/port-list.js';
import { settingFacts, usedProfileText } from '#cli/output/setting-facts.js';
import { grouped } from '#cli/output/text.js';
import { humanDuration } from '#cli/output/time.js';
import type { PlanSize, ScanPlanView } from '#contract/scan.js';
import type { ExclusionLevel } from '#domain/exclusion.js';

/** As wide as its widest name with the gap behind it. */
const FACT_NAME_CELLS = 'Addresses  '.length;

/** What a scan would do, for a dry run. */
export function planFacts(plan: ScanPlanView, columns: number): (readonly [string, string])[] {
  const seconds = plan.estimated_seconds;
  return [
    ['Targets', plan.targets.join(' ')],
    ...plan.resolved.map(({ name, addresses }) => ['Resolved', `${name}: ${addresses.join(' ')}`] as const),
    ['Ports', portSummary(plan.ports, columns - FACT_NAME_CELLS)],
    ...(plan.profile === null ? [] : [['Profile', usedProfileText(plan.profile)] as const]),
    ...settingFacts(plan),
    ['Engine', plan.engine],
    ...(plan.engine_note === null ? [] : [['', plan.engine_note] as const]),
    ['Addresses', grouped(BigInt(plan.addresses))],
    ...excludedFacts(plan),
    ['Probes', grouped(plan.probes)],
    [
      'Takes',
      seconds === null
        ? 'as long as the network does: no rate limits it'
        : `about ${humanDuration(seconds * 1_000)}`,
    ],
    ...(plan.needs_confirmation ? [['Size', 'large: the scan asks first, or takes --yes'] as const] : []),
    ...(plan.asks_for_scope
      ? [['Scope', 'the site has none: the scan asks once, or takes --yes'] as const]
      : []),
  ];
}

const LEVEL_WORDS: Readonly<Record<ExclusionLevel, string>> = {
  scan: 'by this scan',
  global: 'everywhere',
  site: 'at the site',
  network: 'in its networks',
};

/** How many of the named addresses get no packet, and why; nothing where none is excluded. */
export function excludedFacts({
  excluded_addresses: total,
  excluded_by: levels,
}: PlanSize): (readonly [string, string])[] {
  if (levels.length === 0) return [];
  const parts = levels.map(({ level, addresses }) => `${grouped(BigInt(addresses))} ${LEVEL_WORDS[level]}`);
  return [['Excluded', `${grouped(BigInt(total))}: ${parts.join(', ')}`]];
}
