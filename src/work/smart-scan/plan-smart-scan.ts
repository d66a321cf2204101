import type { Filter } from '#domain/filter/filter.js';
import { completenessOf } from '#domain/hosts/completeness.js';
import {
  DEFAULT_MAX_STALENESS_HOURS,
  DEFAULT_THRESHOLD,
  decide,
  type SmartScanDecision,
  type SmartScanStage,
  type StageCapabilities,
  type StageRules,
} from '#domain/smart-scan/smart-scan.js';
import type { Executor } from '#store/database/database.js';
import { evidenceOf } from '#store/hosts/completeness.js';
import { findSiteView } from '#store/sites/sites.js';
import { attemptsAt } from '#store/smart-scan/attempts.js';
import {
  listCandidates,
  type Refusal,
  refusalsAt,
  type SmartScanHost,
} from '#store/smart-scan/smart-scan.js';
import type { WorkContext } from '#work/context/context.js';
import { readResolver } from '#work/discovery/prepare-discovery.js';
import { capabilitiesOf, type SiteMachines } from '#work/smart-scan/smart-scan-capabilities.js';
import { type KeptOut, keptOutBy } from '#work/smart-scan/smart-scan-scope.js';

/** Hosts that are decided on at a time, and in all. */
const SLICE_HOSTS = 2_000;
export const MAX_HOSTS_CONSIDERED = 100_000;

const HOUR_MS = 3_600_000;

/** Which hosts are meant, and what counts as missing. */
export interface SmartScanQuestion {
  readonly site?: string | undefined;
  readonly filter?: Filter | undefined;
  /** These alone, by their ids. */
  readonly hosts?: readonly string[] | undefined;
  /** This stage of those it is due for; by default the next one of each. */
  readonly stage?: SmartScanStage | undefined;
  /** Hosts with a score from this on are left alone, unless they are stale. */
  readonly threshold?: number | undefined;
  readonly maxStalenessHours?: number | undefined;
  /** An address; whom the stage `identity` asks for names. */
  readonly resolver?: string | undefined;
  /** Says yes to sites that have no scope. */
  readonly confirmUnscoped?: boolean | undefined;
  /** Nobody is there to be asked: what wants a confirmation is left alone. */
  readonly unattended?: boolean | undefined;
}

/** A host with what is known and decided of it. */
export interface DecidedHost {
  readonly host: SmartScanHost;
  readonly score: number;
  /** Points of each part, to be compared afterwards. */
  readonly completeness: ReturnType<typeof completenessOf>;
  readonly decision: SmartScanDecision;
  /** When the last attempt began, or was refused; null when there was none. */
  readonly lastTriedMs: number | null;
  /** That no scan of it could be started the last time, by a schedule; null when one was since, or its stage is not due. */
  readonly refusal: Refusal | null;
}

export interface DecidedHosts {
  readonly hosts: readonly DecidedHost[];
  /** False when there are more than `MAX_HOSTS_CONSIDERED`. */
  readonly isComplete: boolean;
}

/** What holds of every host, and what the machines of each site can do. */
export interface SmartScanRules extends Omit<StageRules, 'capabilities'> {
  readonly machines: SiteMachines;
  readonly capabilitiesAt: (site: string) => StageCapabilities;
}

export function rulesOf(
  context: WorkContext,
  machines: SiteMachines,
  { threshold, maxStalenessHours, resolver }: SmartScanQuestion,
): SmartScanRules {
  // What would be refused later is not offered.
  if (resolver !== undefined) readResolver(resolver);
  return {
    machines,
    capabilitiesAt: (site) => capabilitiesOf(machines.of(site), resolver),
    nowMs: context.clock.now(),
    threshold: threshold ?? DEFAULT_THRESHOLD,
    maxStalenessHours: maxStalenessHours ?? DEFAULT_MAX_STALENESS_HOURS,
  };
}

/** Every host of which something may be missing, with what is to be done about it; sends nothing. */
export async function decideHosts(
  executor: Executor,
  question: SmartScanQuestion,
  rules: SmartScanRules,
): Promise<DecidedHosts> {
  // Of a site that is not there nobody can have meant anything.
  if (question.site !== undefined) await findSiteView(executor, question.site);
  const now = new Date(rules.nowMs);
  const query = {
    matching: question.filter,
    site: question.site,
    uids: question.hosts,
    now,
    threshold: rules.threshold,
    staleBefore: new Date(rules.nowMs - rules.maxStalenessHours * HOUR_MS),
    limit: SLICE_HOSTS,
  };
  const refusesUnscoped = question.unattended === true && question.confirmUnscoped !== true;
  const keptOut = keptOutBy(executor, { refusesUnscoped });
  const decided: DecidedHost[] = [];
  for (let after = 0; decided.length < MAX_HOSTS_CONSIDERED; ) {
    const slice = await listCandidates(executor, { ...query, after });
    decided.push(...(await decideSlice(executor, slice, { rules, keptOut })));
    const last = slice.at(-1);
    if (last === undefined || slice.length < SLICE_HOSTS) return { hosts: decided, isComplete: true };
    after = last.id;
  }
  return { hosts: decided, isComplete: false };
}

/** The same of one host, whatever it is. */
export async function decideHost(
  executor: Executor,
  host: SmartScanHost,
  rules: SmartScanRules,
): Promise<DecidedHost | undefined> {
  const keptOut = keptOutBy(executor, { refusesUnscoped: false });
  const [decided] = await decideSlice(executor, [host], { rules, keptOut });
  return decided;
}

async function decideSlice(
  executor: Executor,
  slice: readonly SmartScanHost[],
  { rules, keptOut }: { readonly rules: SmartScanRules; readonly keptOut: KeptOut },
): Promise<readonly DecidedHost[]> {
  const ids = slice.map(({ id }) => id);
  const evidence = await evidenceOf(executor, ids, new Date(rules.nowMs));
  const attempts = await attemptsAt(executor, ids);
  const refusals = await refusalsAt(executor, ids);
  const decided: DecidedHost[] = [];
  for (const host of slice) {
    const known = evidence.get(host.id);
    // It was purged since the slice was read.
    if (known === undefined) continue;
    const completeness = completenessOf(known, rules.nowMs);
    const tried = attempts.get(host.id) ?? [];
    const facts = { evidence: known, completeness, attempts: tried };
    const capabilities = rules.capabilitiesAt(host.site);
    const decision = decide({ ...facts, ...host, keptOut: await keptOut(host) }, { ...rules, capabilities });
    const refusal = standing(refusals.get(host.id), decision);
    const lastTriedMs = latest([
      ...tried.map(({ startedMs }) => startedMs),
      ...(refusal === null ? [] : [refusal.refusedAt.getTime()]),
    ]);
    decided.push({ host, score: completeness.score, completeness, decision, lastTriedMs, refusal });
  }
  return decided;
}

/** What was to be found out may be known since by other scans, or not be possible any more, which its stage says by itself. */
function standing(refusal: Refusal | undefined, { stages }: SmartScanDecision): Refusal | null {
  const isDue = stages.some(({ stage, state }) => stage === refusal?.stage && state === 'due');
  return refusal !== undefined && isDue ? refusal : null;
}

function latest(timesMs: readonly number[]): number | null {
  return timesMs.reduce<number | null>((last, timeMs) => Math.max(last ?? timeMs, timeMs), null);
}

/**
 * Whose turn it is: who was tried longest ago, and of those who is known least. So that none waits for ever behind others,
 * also not behind those whose scan is refused each time.
 */
export function byLock(one: DecidedHost, other: DecidedHost): number {
  const sinceMs = (one.lastTriedMs ?? 0) - (other.lastTriedMs ?? 0);
  return sinceMs === 0 ? one.score - other.score : sinceMs;
}

/** What is done for a host: the stage that is asked for where it is due, or else the next one; null for nothing. */
export function stageFor(
  { decision }: DecidedHost,
  stage: SmartScanStage | undefined,
): SmartScanStage | null {
  if (stage === undefined || decision.skipped !== null) return decision.next;
  return decision.stages.some((one) => one.stage === stage && one.state === 'due') ? stage : null;
}
