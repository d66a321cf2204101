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
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
