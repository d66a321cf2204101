import {
  type Completeness,
  type CompletenessPart,
  freshPorts,
  type HostEvidence,
  MAX_COMPLETENESS_SCORE,
  POINTS_PER_PART,
  pointsOf,
} from '#domain/hosts/completeness.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import { type AttemptFailure, unreachableText } from '#domain/smart-scan/failure-reason.js';

/**
 * What smart scan can do for a host, in the order it is done: a later stage stands on what an earlier one finds. The table
 * `smart_scan_attempts` has the same words.
 */
export const SMART_SCAN_STAGES = [
  'refresh',
  'port_expansion',
  'service_scan',
  'os_detection',
  'identity',
] as const;
export type SmartScanStage = (typeof SMART_SCAN_STAGES)[number];

/** The part of the knowledge score that each stage is for. */
export const PART_OF_STAGE: Readonly<Record<SmartScanStage, CompletenessPart>> = {
  refresh: 'freshness',
  port_expansion: 'ports',
  service_scan: 'services',
  os_detection: 'system',
  identity: 'identity',
};

/** Hosts whose score is below it are looked at. */
export const DEFAULT_THRESHOLD = MAX_COMPLETENESS_SCORE;
/** A host that was not seen for longer is looked for again before anything else. */
export const DEFAULT_MAX_STALENESS_HOURS = 30 * 24;
export const MIN_STALENESS_HOURS = 1;
export const MAX_STALENESS_HOURS = 3_650 * 24;
/** Hosts that one trigger is for. */
export const DEFAULT_TRIGGER_HOSTS = 50;
export const MAX_TRIGGER_HOSTS = 500;
/** Scans that one trigger starts. */
export const MAX_SCANS_PER_TRIGGER = 20;

/** Whatever they find, smart scan makes no more attempts at one host within 24 hours. */
export const MAX_ATTEMPTS_PER_DAY = 8;
/** After one attempt that taught nothing, and after the second; each further one doubles that. */
export const FIRST_PAUSE_MS = 3_600_000;
export const SECOND_PAUSE_MS = 86_400_000;
export const MAX_PAUSE_MS = 64 * SECOND_PAUSE_MS;
/** Attempts are kept for longer than any of them can matter. */
export const ATTEMPTS_KEPT_DAYS = 200;

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** One scan that smart scan started for a host. */
export interface Attempt {
  readonly stage: SmartScanStage;
  readonly startedMs: number;
  /** The scan is pending or running. */
  readonly isUnderWay: boolean;
  /** It is over, and its part of the score was higher afterwards. */
  readonly taught: boolean;
  /** Null also while it is under way, and of a scan that nobody knows any more. */
  readonly unreachable: AttemptFailure | null;
}

/** What this installation can do of each stage: null, or one sentence that says what is missing. */
export interface StageCapabilities {
  readonly missing: Readonly<Record<SmartScanStage, string | null>>;
  /** nmap asks UDP ports as well. */
  readonly probesUdpServices: boolean;
}

export interface ScannableHost {
  readonly evidence: HostEvidence;
  readonly completeness: Completeness;
  readonly status: HostStatus;
  readonly isDeleted: boolean;
  readonly isIgnored: boolean;
  /** A port is open that only devices have which suffer from scans. */
  readonly isFragile: boolean;
  /** A port is open on which a key or a certificate may be shown. */
  readonly mayShowKey: boolean;
  /** Why no packet may go there: an exclusion, or the scope of its site; null when one may. */
  readonly keptOut: string | null;
  /** In any order. */
  readonly attempts: readonly Attempt[];
}

export interface StageRules {
  readonly capabilities: StageCapabilities;
  readonly nowMs: number;
  readonly threshold: number;
  readonly maxStalenessHours: number;
}

/** `due`: it can be done now. `waiting`: it taught nothing, or enough was tried; `untilMs` says until when. */
export const STAGE_STATES = ['due', 'known', 'impossible', 'waiting', 'running'] as const;
export type StageState = (typeof STAGE_STATES)[number];

export interface StageVerdict {
  readonly stage: SmartScanStage;
  readonly state: StageState;
  readonly reason: string;
  /** Of `waiting` alone. */
  readonly untilMs: number | null;
}

export interface SmartScanDecision {
  /** What is done next; null for nothing. */
  readonly next: SmartScanStage | null;
  readonly reason: string;
  /** Why the host is left alone altogether. */
  readonly skipped: string | null;
  /** Each stage, in their order. */
  readonly stages: readonly StageVerdict[];
}

/** What smart scan does next for a host, and why. */
export function decide(host: ScannableHost, rules: StageRules): SmartScanDecision {
  const stages = SMART_SCAN_STAGES.map((stage) => verdictOn(stage, host, rules));
  const skipped = whySkipped(host, rules);
  if (skipped !== null) return { next: null, reason: skipped, skipped, stages };
  const next = stages.find(({ state }) => state === 'due');
  if (next !== undefined) return { next: next.stage, reason: next.reason, skipped: null, stages };
  const wanting =
    stages.find(({ state }) => state === 'running' || state === 'waiting') ??
    stages.find(({ state }) => state === 'impossible');
  return {
    next: null,
    reason: wanting?.reason ?? 'All is known that it can find out.',
    skipped: null,
    stages,
  };
}

function whySkipped(host: ScannableHost, rules: StageRules): string | null {
  if (host.isDeleted) return 'It is deleted.';
  if (host.isIgnored) return 'It is ignored.';
  if (host.status === 'gone') return 'It is gone.';
  if (host.status === 'down') return 'It is down, so nothing would answer.';
  if (host.keptOut !== null) return host.keptOut;
  if (host.completeness.score >= rules.threshold && !isStale(host, rules))
    return `Its score is ${host.completeness.score}, and only hosts below ${rules.threshold} are looked at.`;
  return null;
}

function isStale({ evidence }: ScannableHost, { nowMs, maxStalenessHours }: StageRules): boolean {
  return nowMs - evidence.lastSeenMs > maxStalenessHours * HOUR_MS;
}

function verdictOn(stage: SmartScanStage, host: ScannableHost, rules: StageRules): StageVerdict {
  const verdict = (state: StageState, reason: string, untilMs: number | null = null): StageVerdict => ({
    stage,
    state,
    reason,
    untilMs,
  });
  const want = WANTS[stage](host, rules);
  if (want === null) return verdict('known', KNOWN[stage]);
  // One at a time, so that none waits for another's answers at the same host.
  const running = host.attempts.find(({ isUnderWay }) => isUnderWay);
  if (running !== undefined)
    return verdict('running', `A scan for ${STAGE_TEXT[running.stage]} is under way.`);
  const missing = lackOf(stage, host, rules);
  if (missing !== null) return verdict('impossible', missing);
  const untilMs = restsUntil(stage, host.attempts, rules.nowMs);
  if (untilMs !== null) return verdict('waiting', whyResting(stage, host.attempts), untilMs);
  return verdict('due', want);
}

function lackOf(stage: SmartScanStage, host: ScannableHost, rules: StageRules): string | null {
  // Where names cannot be asked for, a key tells it from others as well.
  if (stage === 'identity' && host.mayShowKey && !host.isFragile) return null;
  return rules.capabilities.missing[stage] ?? NEEDS[stage](host, rules);
}

/** What each is called in a sentence. */
export const STAGE_TEXT: Readonly<Record<SmartScanStage, string>> = {
  refresh: 'a new look',
  port_expansion: 'open ports',
  service_scan: 'services',
  os_detection: 'the operating system',
  identity: 'its identity',
};

const KNOWN: Readonly<Record<SmartScanStage, string>> = {
  refresh: 'It was seen lately.',
  port_expansion: 'Its open ports are known.',
  service_scan: 'What listens on its open ports is known.',
  os_detection: 'Its operating system is known.',
  identity: 'It can be told from others.',
};

type Probe = (host: ScannableHost, rules: StageRules) => string | null;

const unlessKnown =
  (part: CompletenessPart): Probe =>
  ({ completeness }) =>
    pointsOf(completeness, part) === POINTS_PER_PART
      ? null
      : (completeness.parts.find((known) => known.part === part)?.reason ?? null);

/** Why a stage is wanted; null when there is nothing to learn by it. */
const WANTS: Readonly<Record<SmartScanStage, Probe>> = {
  refresh: (host, rules) =>
    isStale(host, rules) ? `It was not seen for more than ${rules.maxStalenessHours} hours.` : null,
  port_expansion: unlessKnown('ports'),
  service_scan: (host, rules) =>
    freshPorts(host.evidence) === 0 ? null : unlessKnown('services')(host, rules),
  os_detection: unlessKnown('system'),
  identity: unlessKnown('identity'),
};

const SUFFERS = 'A port of printers or controllers is open, and such devices suffer from it.';
const nothing: Probe = () => null;

/** What a host lacks for a stage to succeed. */
const NEEDS: Readonly<Record<SmartScanStage, Probe>> = {
  refresh: nothing,
  port_expansion: nothing,
  service_scan: ({ evidence: { freshTcp, namedTcp }, isFragile }, { capabilities }) => {
    if (isFragile) return SUFFERS;
    return freshTcp > namedTcp || capabilities.probesUdpServices
      ? null
      : 'Only UDP ports are left whose service is not known, and nmap asks these as root alone.';
  },
  os_detection: ({ evidence, isFragile }) => {
    if (isFragile) return SUFFERS;
    return evidence.freshTcp > 0 ? null : 'nmap tells a system by an open TCP port, and none is known.';
  },
  identity: nothing,
};

/** A scan that could not find it out is not one that found nothing. */
function whyResting(stage: SmartScanStage, attempts: readonly Attempt[]): string {
  const [last] = newestOf(attempts.filter((attempt) => attempt.stage === stage));
  return last === undefined || last.taught || last.unreachable === null
    ? 'What was tried lately taught nothing new, or was enough for a day.'
    : unreachableText(last.unreachable);
}

function newestOf(attempts: readonly Attempt[]): readonly Attempt[] {
  return attempts.toSorted((one, other) => other.startedMs - one.startedMs);
}

/** Until when a stage of a host is left alone; null when it need not be. */
export function restsUntil(
  stage: SmartScanStage,
  attempts: readonly Attempt[],
  nowMs: number,
): number | null {
  const newestFirst = newestOf(attempts);
  const ofDay = newestFirst.slice(0, MAX_ATTEMPTS_PER_DAY).at(MAX_ATTEMPTS_PER_DAY - 1);
  const same = newestFirst.filter((attempt) => attempt.stage === stage);
  const fruitful = same.findIndex(({ taught }) => taught);
  const fruitless = fruitful === -1 ? same.length : fruitful;
  const untilMs = Math.max(
    ofDay === undefined ? 0 : ofDay.startedMs + DAY_MS,
    same[0] === undefined ? 0 : same[0].startedMs + pauseAfter(fruitless),
  );
  return untilMs > nowMs ? untilMs : null;
}

/** How long a stage rests after so many attempts in a row that taught nothing. */
export function pauseAfter(fruitless: number): number {
  if (fruitless === 0) return 0;
  return fruitless === 1 ? FIRST_PAUSE_MS : Math.min(MAX_PAUSE_MS, SECOND_PAUSE_MS * 2 ** (fruitless - 2));
}
