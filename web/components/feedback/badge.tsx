import type { ReactNode } from 'react';
import type { Schedule } from '#contract/schedules/schedule.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import type { PortState } from '#domain/ports/port-state.js';
import type { ScanStatus } from '#domain/scans/scan-status.js';
import type { RunState } from '#domain/schedules/schedule.js';
import type { WorkerState } from '#domain/workers/worker.js';

const TONES = {
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  busy: 'bg-busy-soft text-busy',
  idle: 'bg-sunken text-muted',
} as const;
type Tone = keyof typeof TONES;

interface BadgeProps {
  readonly tone: Tone;
  readonly title?: string | undefined;
  readonly breathing?: boolean;
  readonly children: ReactNode;
}

function Badge({ tone, title, breathing = false, children }: BadgeProps) {
  return (
    <span
      title={title}
      className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      <span
        aria-hidden="true"
        className={`size-1.5 rounded-full bg-current ${breathing ? 'animate-breathe' : ''}`}
      />
      {children}
    </span>
  );
}

const SCAN_TONES: Readonly<Record<ScanStatus, Tone>> = {
  pending: 'warn',
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  cancelled: 'idle',
};
const WORKER_TONES: Readonly<Record<WorkerState, Tone>> = {
  active: 'good',
  draining: 'warn',
  drained: 'warn',
  lost: 'bad',
  stopped: 'idle',
};
export function WorkerStateBadge({ state }: { readonly state: WorkerState }) {
  return <Badge tone={WORKER_TONES[state]}>{state}</Badge>;
}

export function ScanStatusBadge({ status }: { readonly status: ScanStatus }) {
  return (
    <Badge tone={SCAN_TONES[status]} breathing={status === 'running'}>
      {status}
    </Badge>
  );
}

const RUN_TONES: Readonly<Record<RunState, Tone>> = {
  pending: 'warn',
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  cancelled: 'idle',
  skipped: 'warn',
};
/** What became of a time that a schedule was due. */
export function RunStateBadge({ state }: { readonly state: RunState }) {
  return (
    <Badge tone={RUN_TONES[state]} breathing={state === 'running'}>
      {state}
    </Badge>
  );
}

/** Whether a schedule goes on. */
export function ScheduleBadge({
  schedule,
}: {
  readonly schedule: Pick<Schedule, 'enabled' | 'stopped_reason'>;
}) {
  if (schedule.enabled) return <Badge tone="good">enabled</Badge>;
  if (schedule.stopped_reason === null) return <Badge tone="idle">paused</Badge>;
  return (
    <Badge tone="bad" title={schedule.stopped_reason}>
      paused by itself
    </Badge>
  );
}

/** A host that comes and goes: it counts as up until it has settled. */
export function FlappingMark() {
  return (
    <Badge
      tone="warn"
      title="It came and went at least five times within a day, and counts as up until it has settled."
    >
      flapping
    </Badge>
  );
}

/** A completed scan that could not see everything it planned. */
export function PartialMark() {
  return (
    <Badge tone="warn" title="This scan could not see everything it planned.">
      partial
    </Badge>
  );
}

const HOST_TONES: Readonly<Record<HostStatus, Tone>> = {
  up: 'good',
  down: 'bad',
  unknown: 'idle',
  gone: 'warn',
};
export function HostStatusBadge({ status }: { readonly status: HostStatus }) {
  return <Badge tone={HOST_TONES[status]}>{status}</Badge>;
}

const PORT_TONES: Readonly<Record<PortState, Tone>> = {
  open: 'good',
  'open|filtered': 'warn',
  closed: 'idle',
  filtered: 'idle',
  unfiltered: 'idle',
  unknown: 'idle',
};
export function PortStateBadge({ state }: { readonly state: PortState }) {
  return <Badge tone={PORT_TONES[state]}>{state}</Badge>;
}

/** Whether a network may be scanned by its name. */
export function EnabledBadge({ enabled }: { readonly enabled: boolean }) {
  return <Badge tone={enabled ? 'good' : 'idle'}>{enabled ? 'enabled' : 'disabled'}</Badge>;
}
