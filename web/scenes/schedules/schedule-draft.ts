import type { Schedule, ScheduleChange } from '#contract/schedule.js';
import type { CatchUp, Overlap, ScheduleKind } from '#domain/schedule.js';
import type { ScheduleSaving } from '../../actions/schedule-actions.ts';
import { wordsOf } from '../scans/draft.ts';

/** The form of a schedule as it is typed. */
export interface ScheduleDraft {
  /** The one that is changed; absent for a new one. */
  readonly before: Schedule | undefined;
  readonly name: string;
  readonly kind: ScheduleKind;
  readonly targets: string;
  readonly ports: string;
  readonly profile: string;
  readonly site: string;
  readonly cron: string;
  readonly zone: string;
  readonly jitterMinutes: string;
  readonly catchUp: CatchUp;
  readonly overlap: Overlap;
  readonly retries: string;
  /** Empty: it never stops. */
  readonly maxFailures: string;
}

export type ChangeDraft = (changes: Partial<ScheduleDraft>) => void;

/** Read in the zone of whoever types. */
export function emptySchedule(zone: string): ScheduleDraft {
  return {
    before: undefined,
    name: '',
    kind: 'scan',
    targets: '',
    ports: '',
    profile: '',
    site: 'default',
    cron: '0 3 * * *',
    zone,
    jitterMinutes: '0',
    catchUp: 'latest',
    overlap: 'skip',
    retries: '0',
    maxFailures: '5',
  };
}

export function scheduleDraftOf(schedule: Schedule): ScheduleDraft {
  const { scan, discovery } = schedule;
  return {
    before: schedule,
    name: schedule.name,
    kind: schedule.kind,
    targets: (scan?.targets ?? discovery?.networks ?? []).join(', '),
    ports: scan?.ports ?? '',
    profile: scan?.profile ?? '',
    site: schedule.site ?? 'default',
    cron: schedule.cron,
    zone: schedule.zone,
    jitterMinutes: String(schedule.jitter_seconds / 60),
    catchUp: schedule.catch_up,
    overlap: schedule.overlap,
    retries: String(schedule.retries),
    maxFailures: schedule.max_failures === null ? '' : String(schedule.max_failures),
  };
}

export type NumberField = 'jitterMinutes' | 'retries' | 'maxFailures';

export interface ScheduleReading {
  /** Absent while a field cannot be read. */
  readonly saving: ScheduleSaving | undefined;
  readonly failures: Partial<Readonly<Record<NumberField, string>>>;
}

/** Names, times and targets are judged by the server, which knows their grammar. */
export function readScheduleDraft(draft: ScheduleDraft): ScheduleReading {
  const jitter = numberIn(draft.jitterMinutes, 1_440);
  const retries = numberIn(draft.retries, 10);
  const maxFailures = draft.maxFailures.trim() === '' ? null : numberIn(draft.maxFailures, 1_000);
  const failures = {
    ...(jitter === undefined ? { jitterMinutes: 'A number of minutes from 0 to 1440.' } : {}),
    ...(retries === undefined ? { retries: 'A whole number from 0 to 10.' } : {}),
    ...(maxFailures === undefined || maxFailures === 0
      ? { maxFailures: 'A whole number from 1 to 1000, or nothing for never.' }
      : {}),
  };
  if (jitter === undefined || retries === undefined || maxFailures === undefined || maxFailures === 0)
    return { saving: undefined, failures };
  const said = {
    name: draft.name.trim(),
    cron: draft.cron,
    zone: draft.zone,
    jitter_seconds: jitter * 60,
    catch_up: draft.catchUp,
    overlap: draft.overlap,
    retries,
    max_failures: maxFailures,
  };
  return { saving: savingOf(draft, said), failures };
}

function savingOf(
  draft: ScheduleDraft,
  said: Omit<ScheduleChange, 'scan' | 'discovery'> & { name: string; cron: string },
): ScheduleSaving {
  const { before, kind, site } = draft;
  const targets = targetsOf(draft.targets);
  const ports = draft.ports.trim() === '' ? null : draft.ports;
  const profile = draft.profile === '' ? null : draft.profile;
  if (before !== undefined) {
    // What the form does not show stays as it is.
    const what = {
      ...(before.scan === null ? {} : { scan: { ...before.scan, targets, ports, profile } }),
      ...(before.discovery === null ? {} : { discovery: { ...before.discovery, networks: targets } }),
    };
    return { id: before.id, change: { ...said, ...what, revision: before.revision } };
  }
  if (kind === 'scan')
    return {
      request: { kind, ...said, site, what: { targets, profile, ...(ports === null ? {} : { ports }) } },
    };
  if (kind === 'discovery') return { request: { kind, ...said, site, what: { networks: targets } } };
  return { request: { kind, ...said } };
}

/** The name of a stored network may hold spaces, so commas alone part them where one is named. */
function targetsOf(text: string): string[] {
  if (!text.includes('network:')) return wordsOf(text);
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function numberIn(text: string, max: number): number | undefined {
  const number = Number(text);
  return /^\d{1,6}$/.test(text.trim()) && number <= max ? number : undefined;
}
