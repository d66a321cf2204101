/** What happened, as the outbox names it. */
export const EVENT_KINDS = [
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
  'scan.deleted',
  'scan.restored',
  'scan.purged',
  'host.deleted',
  'host.restored',
  'host.purged',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
