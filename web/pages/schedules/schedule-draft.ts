import type { Schedule, ScheduleChange } from '#contract/schedules/schedule.js';
import type { CatchUp, Overlap, ScheduleKind } from '#domain/schedules/schedule.js';
import type { ScheduleSaving } from '../../actions/settings/schedule-actions.ts';
import type { Failure } from '../../api/failure.ts';
import { namesIn } from '../../format/names-in.ts';
import {
  changesOfSettings,
  EMPTY_SETTINGS,
  type NumberSetting,
  readSettings,
  type SettingDraft,
  settingsTyped,
} from '../../settings/setting-draft.ts';
import { type MethodDraft, methodsText } from '../discovery/method-fields.tsx';
import { textsOf } from '../scans/draft.ts';
import {
  EMPTY_LEARNING,
  type LearningDraft,
  type LearningFailures,
  learningTyped,
  readLearning,
} from './smart-scan-draft.ts';

/** The form of a schedule as it is typed. */
export interface ScheduleDraft extends SettingDraft, MethodDraft, LearningDraft {
  /** The one that is changed; absent for a new one. */
  readonly before: Schedule | undefined;
  readonly name: string;
  readonly description: string;
  readonly kind: ScheduleKind;
  readonly targets: string;
  /** Instead of targets: every enabled network of its site, as they are when a run begins. */
  readonly storedNetworks: boolean;
  readonly exclude: string;
  /** Of its scans, with commas between. */
  readonly tags: string;
  /** A discovery tells the systems of the hosts found afterwards. */
  readonly detectOs: boolean;
  readonly profile: string;
  readonly site: string;
  /** An administrator says that the scope of the site does not count. */
  readonly outsideScope: boolean;
  readonly cron: string;
  readonly timezone: string;
  /** A new one begins paused. */
  readonly isPaused: boolean;
  readonly jitterMinutes: string;
  readonly catchUp: CatchUp;
  readonly overlap: Overlap;
  readonly runRetries: string;
  readonly retryDelayMinutes: string;
  /** Empty: it never stops. */
  readonly maxFailures: string;
}

export type ChangeDraft = (changes: Partial<ScheduleDraft>) => void;

/** Read in the zone of whoever types. */
export function emptySchedule(timezone: string): ScheduleDraft {
  return {
    ...EMPTY_SETTINGS,
    ...EMPTY_LEARNING,
    before: undefined,
    name: '',
    description: '',
    kind: 'scan',
    targets: '',
    storedNetworks: false,
    exclude: '',
    tags: '',
    detectOs: false,
    methods: [],
    resolver: '',
    profile: '',
    site: 'default',
    outsideScope: false,
    cron: '0 3 * * *',
    timezone,
    isPaused: false,
    jitterMinutes: '0',
    catchUp: 'latest',
    overlap: 'skip',
    runRetries: '0',
    retryDelayMinutes: '5',
    maxFailures: '5',
  };
}

export function scheduleDraftOf(schedule: Schedule): ScheduleDraft {
  const { scan, discovery } = schedule;
  const task = scan ?? discovery;
  return {
    ...settingsTyped(task ?? {}),
    ...learningTyped(schedule),
    before: schedule,
    name: schedule.name,
    description: schedule.description ?? '',
    kind: schedule.kind,
    targets: (scan?.targets ?? discovery?.networks ?? []).join(', '),
    storedNetworks: task?.configured_networks ?? false,
    exclude: (task?.exclude ?? []).join(', '),
    tags: (task?.tags ?? []).join(', '),
    detectOs: discovery?.detect_os ?? false,
    methods: discovery?.methods ?? [],
    resolver: discovery?.resolver ?? '',
    profile: scan?.profile ?? '',
    site: schedule.site ?? 'default',
    outsideScope: task?.outside_scope ?? false,
    cron: schedule.cron,
    timezone: schedule.timezone,
    isPaused: !schedule.enabled,
    jitterMinutes: minutesText(schedule.jitter_seconds),
    catchUp: schedule.catch_up,
    overlap: schedule.overlap,
    runRetries: String(schedule.retries),
    retryDelayMinutes: minutesText(schedule.retry_delay_seconds),
    maxFailures: schedule.max_failures === null ? '' : String(schedule.max_failures),
  };
}

const POLICY_NUMBERS = {
  jitterMinutes: { max: 1_440, states: 'A number of minutes from 0 to 1440.' },
  runRetries: { max: 10, states: 'A whole number from 0 to 10.' },
  retryDelayMinutes: { max: 1_440, states: 'A number of minutes from 0 to 1440.' },
  maxFailures: { max: 1_000, states: 'A whole number from 1 to 1000, or nothing for never.' },
} as const;
export type PolicyNumber = keyof typeof POLICY_NUMBERS;

export interface ScheduleReading {
  /** Absent while a field cannot be read. */
  readonly saving: ScheduleSaving | undefined;
  readonly failures: Partial<
    Readonly<Record<PolicyNumber | NumberSetting | 'ports', Failure>> & LearningFailures
  >;
}

/** Names, times and targets are judged by the server, which knows their grammar. */
export function readScheduleDraft(draft: ScheduleDraft): ScheduleReading {
  const failures: Partial<Record<PolicyNumber, Failure>> = {};
  const numberIn = (field: PolicyNumber): number => {
    const { max, states } = POLICY_NUMBERS[field];
    const text = draft[field].trim();
    const number = /^\d{1,6}(?:\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN;
    if (!(number <= max)) failures[field] = { sentence: states };
    return number;
  };
  const never = draft.maxFailures.trim() === '';
  const policy = {
    jitter_seconds: secondsOf(numberIn('jitterMinutes')),
    retry_delay_seconds: secondsOf(numberIn('retryDelayMinutes')),
    retries: numberIn('runRetries'),
    max_failures: never ? null : numberIn('maxFailures'),
  };
  if (policy.max_failures === 0 || !Number.isInteger(policy.max_failures ?? 1))
    failures.maxFailures = { sentence: POLICY_NUMBERS.maxFailures.states };
  if (!Number.isInteger(policy.retries)) failures.runRetries = { sentence: POLICY_NUMBERS.runRetries.states };
  const isGround = draft.kind === 'scan' || draft.kind === 'discovery';
  const all = {
    ...failures,
    ...(isGround ? readSettings(draft).failures : {}),
    ...(draft.kind === 'smart_scan' ? readLearning(draft, draft.before?.smart_scan).failures : {}),
  };
  if (Object.keys(all).length > 0) return { saving: undefined, failures: all };
  const given = {
    name: draft.name.trim(),
    description: draft.description.trim() === '' ? null : draft.description.trim(),
    cron: draft.cron,
    timezone: draft.timezone,
    catch_up: draft.catchUp,
    overlap: draft.overlap,
    ...policy,
  };
  return { saving: savingOf(draft, given), failures: all };
}

const secondsOf = (minutes: number): number => Math.round(minutes * 60);

/** With so many places that it is read as the same seconds again. */
const minutesText = (seconds: number): string => String(Number((seconds / 60).toFixed(4)));

type Given = Omit<ScheduleChange, 'scan' | 'discovery' | 'smart_scan'> & { name: string; cron: string };

function savingOf(draft: ScheduleDraft, given: Given): ScheduleSaving {
  const { before, kind, site } = draft;
  if (before !== undefined) {
    // What nobody touched stays as it is.
    const task = {
      ...(before.scan === null ? {} : { scan: { ...before.scan, ...scanText(draft) } }),
      ...(before.discovery === null ? {} : { discovery: { ...before.discovery, ...discoveryText(draft) } }),
      ...(before.smart_scan === null ? {} : { smart_scan: readLearning(draft, before.smart_scan).given }),
    };
    return { id: before.id, change: { ...given, ...task, revision: before.revision } };
  }
  const start = { ...given, enabled: !draft.isPaused };
  if (kind === 'scan') return { request: { kind, ...start, site, task: scanText(draft) } };
  if (kind === 'discovery') return { request: { kind, ...start, site, task: discoveryText(draft) } };
  if (kind === 'smart_scan') {
    const ofOne = draft.siteOfHosts === '' ? {} : { site: draft.siteOfHosts };
    return { request: { kind, ...start, ...ofOne, task: readLearning(draft, undefined).given } };
  }
  return { request: { kind, ...start } };
}

function targetsText({ storedNetworks, exclude, tags, outsideScope }: ScheduleDraft) {
  return {
    configured_networks: storedNetworks,
    exclude: targetsOf(exclude),
    tags: [...namesIn(tags)],
    outside_scope: outsideScope,
  };
}

/** Every enabled network of its site takes the place of targets. */
const requestedOf = ({ storedNetworks, targets }: ScheduleDraft) =>
  storedNetworks ? [] : targetsOf(targets);

function scanText(draft: ScheduleDraft) {
  return {
    targets: requestedOf(draft),
    ...targetsText(draft),
    profile: draft.profile === '' ? null : draft.profile,
    ...changesOfSettings(settingsTyped(draft.before?.scan ?? {}), draft),
  };
}

function discoveryText(draft: ScheduleDraft) {
  const { rate, per_host_rate } = readSettings(draft).given;
  return {
    networks: requestedOf(draft),
    ...targetsText(draft),
    detect_os: draft.detectOs,
    methods: undefined,
    resolver: undefined,
    ...methodsText(draft),
    rate: rate ?? undefined,
    per_host_rate: per_host_rate ?? undefined,
  };
}

/** The name of a stored network may hold spaces, so commas alone part them where one is named. */
function targetsOf(text: string): string[] {
  if (!text.includes('network:')) return textsOf(text);
  return text
    .split(',')
    .map((raw) => raw.trim())
    .filter((raw) => raw !== '');
}
