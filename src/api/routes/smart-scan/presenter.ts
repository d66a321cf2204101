import type {
  HostStage,
  ProfileRecommendations,
  SmartScanOutcomeView,
  SmartScanSuggestionsView,
  SmartScanView,
  SuggestedStage,
} from '#contract/schedules/smart-scan.js';
import { SMART_SCAN_STAGES, type SmartScanStage, type StageState } from '#domain/smart-scan/smart-scan.js';
import type { DecidedHost } from '#work/smart-scan/plan-smart-scan.js';
import type { SmartScanOutcome, SmartScanSuggestions } from '#work/smart-scan/smart-scan.js';
import type { ProfileRecommendation } from '#work/smart-scan/smart-scan-profiles.js';
import type { SmartScan } from '#work/smart-scan/start-smart-scans.js';

/** Hosts that a stage names. */
const EXAMPLES = 5;
/** Reasons why hosts wait that a stage tells: errors of scans may be of many kinds. */
const REASONS = 5;

export function presentOutcome({ scans, left }: SmartScanOutcome): SmartScanOutcomeView {
  return { scans: scans.map(presentScan), left };
}

function presentScan({ uid, stage, site, hosts, ports, profile }: SmartScan): SmartScanView {
  return { scan_id: uid, stage, site, hosts: hosts.length, ports: ports?.count ?? null, profile };
}

export function presentStage({ host, score, completeness, decision, refusal }: DecidedHost): HostStage {
  return {
    host_id: host.uid,
    ip: host.address,
    completeness_score: score,
    completeness: [...completeness.parts],
    next: decision.next,
    reason: decision.reason,
    skipped: decision.skipped !== null,
    refused: refusal && {
      stage: refusal.stage,
      at: refusal.refusedAt.toISOString(),
      code: refusal.code,
      message: refusal.message,
    },
    stages: decision.stages.map(({ stage, state, reason, untilMs }) => ({
      stage,
      state,
      reason,
      until: untilMs === null ? null : new Date(untilMs).toISOString(),
    })),
  };
}

export function presentSuggestions(suggestions: SmartScanSuggestions): SmartScanSuggestionsView {
  const { decided, unscannable } = suggestions;
  const skipped = new Map<string, number>([
    ['It is ignored.', unscannable.ignored],
    ['It is gone.', unscannable.gone],
    ['It is down.', unscannable.down],
  ] as const);
  for (const { decision } of decided.hosts)
    if (decision.skipped !== null) skipped.set(decision.skipped, (skipped.get(decision.skipped) ?? 0) + 1);
  return {
    considered: decided.hosts.length,
    complete: decided.isComplete,
    stages: SMART_SCAN_STAGES.map((stage) => presentSuggested(stage, suggestions)),
    skipped: [...skipped].filter(([, hosts]) => hosts > 0).map(([reason, hosts]) => ({ reason, hosts })),
  };
}

function presentSuggested(
  stage: SmartScanStage,
  { decided, missing, plans }: SmartScanSuggestions,
): SuggestedStage {
  const hosts = decided.hosts.filter(({ decision }) => decision.skipped === null);
  const inState = (state: StageState) =>
    hosts.filter(({ decision }) => decision.stages.some((one) => one.stage === stage && one.state === state));
  const due = inState('due');
  const waiting = inState('waiting');
  const plan = plans.get(stage);
  return {
    stage,
    due: due.length,
    next: hosts.filter(({ decision }) => decision.next === stage).length,
    waiting: waiting.length,
    waiting_reasons: reasonsOf(stage, waiting),
    running: inState('running').length,
    impossible: inState('impossible').length,
    // Of some hosts keys are asked where names cannot be.
    unavailable: due.length > 0 ? null : missing[stage],
    examples: due.slice(0, EXAMPLES).map((one) => ({
      id: one.host.uid,
      ip: one.host.address,
      site: one.host.site,
      name: one.host.name,
      completeness_score: one.score,
      reason: reasonOf(stage, one),
    })),
    scans: (plan?.scans ?? []).map(presentScan),
    left: plan?.left ?? 0,
  };
}

function reasonsOf(stage: SmartScanStage, hosts: readonly DecidedHost[]): SuggestedStage['waiting_reasons'] {
  return [...Map.groupBy(hosts, (host) => reasonOf(stage, host))]
    .map(([reason, alike]) => ({ reason, hosts: alike.length }))
    .sort((one, other) => other.hosts - one.hosts)
    .slice(0, REASONS);
}

function reasonOf(stage: SmartScanStage, { decision }: DecidedHost): string {
  return decision.stages.find((verdict) => verdict.stage === stage)?.reason ?? '';
}

export function presentRecommendations(
  recommendations: readonly ProfileRecommendation[],
): ProfileRecommendations {
  return {
    data: recommendations.map(({ osFamily, hosts, profile, reason }) => ({
      os_family: osFamily,
      hosts,
      profile: { id: profile.term, name: profile.name, built_in: profile.isBuiltIn },
      reason,
    })),
  };
}
