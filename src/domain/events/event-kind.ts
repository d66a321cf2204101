/** What happened to a scan, as the outbox names it. */
const SCAN_EVENT_KINDS = [
  'scan.created',
  'scan.started',
  'scan.progressed',
  'scan.completed',
  'scan.failed',
  'scan.stopping',
  'scan.cancelled',
  'scan.resumed',
  /** Its worker went away before it was done; the next one goes on. */
  'scan.waiting',
  /** Somebody gave it tags, or took some away. */
  'scan.tagged',
  'scan.deleted',
  'scan.restored',
  'scan.purged',
] as const;
export type ScanEventKind = (typeof SCAN_EVENT_KINDS)[number];

/** What happened to the addresses that get no packet: of no scan, and of interest to every running one. */
export const EXCLUSION_EVENT_KINDS = ['exclusion.added', 'exclusion.removed'] as const;
export type ExclusionEventKind = (typeof EXCLUSION_EVENT_KINDS)[number];

/** Somebody set something for the whole installation. */
const SETTING_EVENT_KINDS = ['settings.changed'] as const;

/** What somebody did to a host: of no scan. */
const HOST_EVENT_KINDS = ['host.deleted', 'host.restored', 'host.purged', 'host.changed'] as const;

/** What became of a host by what a scan saw or missed. */
export const STATUS_EVENT_KINDS = [
  'host.up',
  'host.down',
  'host.gone',
  'host.flapping',
  /** A run asked for it and it did not answer, whatever that made of it. */
  'host.timeout',
] as const;
export type StatusEventKind = (typeof STATUS_EVENT_KINDS)[number];

/** What happened to a schedule or one of its runs: of no scan. */
export const SCHEDULE_EVENT_KINDS = [
  'schedule.changed',
  'schedule.run',
  /** It failed as often as it may, and is disabled. */
  'schedule.stopped',
] as const;
export type ScheduleEventKind = (typeof SCHEDULE_EVENT_KINDS)[number];

export function isScheduleEvent(kind: EventKind): boolean {
  return SCHEDULE_EVENT_KINDS.some((text) => text === kind);
}

/** What became of a program that runs scans: of no scan. */
export const WORKER_EVENT_KINDS = [
  'worker.started',
  'worker.draining',
  'worker.resumed',
  /** It was not heard of in time. */
  'worker.lost',
  'worker.returned',
  'worker.stopped',
  'worker.removed',
] as const;
export type WorkerEventKind = (typeof WORKER_EVENT_KINDS)[number];

export function isWorkerEvent(kind: EventKind): boolean {
  return WORKER_EVENT_KINDS.some((text) => text === kind);
}

export function isHostEvent(kind: EventKind): boolean {
  return [...HOST_EVENT_KINDS, ...STATUS_EVENT_KINDS].some((text) => text === kind);
}

export const EVENT_KINDS = [
  ...SCAN_EVENT_KINDS,
  ...EXCLUSION_EVENT_KINDS,
  ...SETTING_EVENT_KINDS,
  ...HOST_EVENT_KINDS,
  ...STATUS_EVENT_KINDS,
  ...SCHEDULE_EVENT_KINDS,
  ...WORKER_EVENT_KINDS,
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
