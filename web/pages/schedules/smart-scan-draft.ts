import type { Schedule } from '#contract/schedules/schedule.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { readFilter } from '#domain/filter/read.js';
import { MAX_COMPLETENESS_SCORE } from '#domain/hosts/completeness.js';
import {
  MAX_STALENESS_HOURS,
  MAX_TRIGGER_HOSTS,
  MIN_STALENESS_HOURS,
  type SmartScanStage,
} from '#domain/smart-scan/smart-scan.js';
import { type Failure, failureOf } from '../../api/failure.ts';
import { formatCount } from '../../format/number.ts';
import { readNumber } from '../../settings/setting-draft.ts';

/** Of whom a smart scan by schedule learns more, as it is typed; what is empty is left to smart scan. */
export interface LearningDraft {
  /** Empty: all of them. */
  readonly siteOfHosts: string;
  /** Empty: the next one of each host. */
  readonly stage: SmartScanStage | '';
  readonly networkCidr: string;
  readonly osFamily: string;
  readonly filter: string;
  readonly limit: string;
  readonly threshold: string;
  readonly stalenessHours: string;
  /** Whom it asks for names. */
  readonly namesResolver: string;
  /** Large scans are started too, and scans at sites without a scope. */
  readonly isConfirmed: boolean;
}

export const EMPTY_LEARNING: LearningDraft = {
  siteOfHosts: '',
  stage: '',
  networkCidr: '',
  osFamily: '',
  filter: '',
  limit: '',
  threshold: '',
  stalenessHours: '',
  namesResolver: '',
  isConfirmed: false,
};

type SmartScanWhat = NonNullable<Schedule['smart_scan']>;

/** What was said, as a person would have typed it. */
export function learningTyped({ site, smart_scan: task }: Schedule): LearningDraft {
  if (task === null) return EMPTY_LEARNING;
  return {
    siteOfHosts: site ?? '',
    stage: task.stage ?? '',
    networkCidr: task.network_cidr ?? '',
    osFamily: task.os_family ?? '',
    filter: task.filter ?? '',
    limit: String(task.limit),
    threshold: String(task.threshold),
    stalenessHours: String(task.max_staleness_hours),
    namesResolver: task.resolver ?? '',
    isConfirmed: isConfirmed(task),
  };
}

const isConfirmed = ({ confirm_large: large, confirm_unscoped: unscoped }: SmartScanWhat) =>
  large && unscoped;

const NUMBERS = {
  limit: { min: 1, max: MAX_TRIGGER_HOSTS },
  threshold: { min: 1, max: MAX_COMPLETENESS_SCORE },
  stalenessHours: { min: MIN_STALENESS_HOURS, max: MAX_STALENESS_HOURS },
} as const;
export type LearningNumber = keyof typeof NUMBERS;
export type LearningFailures = Partial<Record<LearningNumber | 'filter', Failure>>;

/** What the fields say, in the words of the API. What was confirmed before stays so until somebody says otherwise. */
export function readLearning(draft: LearningDraft, before: SmartScanWhat | null | undefined) {
  const failures: LearningFailures = {};
  const numberIn = (field: LearningNumber): number | undefined => {
    const { min, max } = NUMBERS[field];
    const value = readNumber(draft[field], { min, max });
    if (value !== 'odd') return value;
    failures[field] = { sentence: `A whole number from ${formatCount(min)} to ${formatCount(max)}.` };
    return undefined;
  };
  const filter = textOf(draft.filter);
  const fault = filter === undefined ? undefined : faultIn(filter);
  if (fault !== undefined) failures.filter = fault;
  const isAsBefore = before != null && isConfirmed(before) === draft.isConfirmed;
  const given = {
    stage: draft.stage === '' ? undefined : draft.stage,
    network_cidr: textOf(draft.networkCidr),
    os_family: textOf(draft.osFamily),
    filter,
    limit: numberIn('limit'),
    threshold: numberIn('threshold'),
    max_staleness_hours: numberIn('stalenessHours'),
    resolver: textOf(draft.namesResolver),
    confirm_large: isAsBefore ? before.confirm_large : draft.isConfirmed,
    confirm_unscoped: isAsBefore ? before.confirm_unscoped : draft.isConfirmed,
  };
  return { given, failures };
}

function textOf(text: string): string | undefined {
  return text.trim() === '' ? undefined : text.trim();
}

function faultIn(filter: string): Failure | undefined {
  try {
    readFilter(filter);
    return undefined;
  } catch (error) {
    if (error instanceof ScanoramaError) return failureOf(error);
    throw error;
  }
}
