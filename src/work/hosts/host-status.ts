import type { StatusEventKind } from '#domain/events/event-kind.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import { amendHistory, type DesiredValue } from '#domain/hosts/status-history.js';
import { type Lifecycle, liveThrough, type StatusChange } from '#domain/hosts/status-rules.js';
import type { Reason } from '#domain/ports/port-state.js';
import type { Executor } from '#store/database/database.js';
import { type HostEvent, recordHostEvents } from '#store/events/events.js';
import {
  type LivedHost,
  loadStatusHistories,
  lockHostRows,
  type StoredStatus,
  storeStatuses,
} from '#store/hosts/host-status.js';
import { insertMissesOfRun, mayMiss, type TouchedStatus } from '#store/hosts/missed-hosts.js';
import { lockAllAddresses } from '#store/ports/address-locks.js';

/** Hosts whose lives are in memory together. */
export const STATUSES_AT_ONCE = 500;

/**
 * Counts whom a run missed, and tells what that makes of them. For the transaction that completes the run, after it has
 * done so. A run that failed, was partial or heard nobody of a network misses nobody there.
 */
export async function missHosts(executor: Executor, jobId: number): Promise<void> {
  if (!(await mayMiss(executor, jobId))) return;
  await lockAllAddresses(executor);
  await computeStatuses(executor, await insertMissesOfRun(executor, jobId));
}

/** Tells the lives of these hosts anew, each from its first instant on, under the locks of their addresses. */
export async function computeStatuses(executor: Executor, all: readonly TouchedStatus[]): Promise<void> {
  if (all.length === 0) return;
  const touched = [...Map.groupBy(all, ({ hostId }) => hostId)].map(([hostId, lifecycles]) => ({
    hostId,
    from: new Date(Math.min(...lifecycles.map(({ from }) => from.getTime()))),
  }));
  await lockHostRows(
    executor,
    touched.map(({ hostId }) => hostId),
  );
  for (let first = 0; first < touched.length; first += STATUSES_AT_ONCE) {
    const stored = await loadStatusHistories(executor, touched.slice(first, first + STATUSES_AT_ONCE));
    const reported = stored.map(computeStatus);
    await storeStatuses(
      executor,
      reported.map(({ host }) => host),
    );
    await recordHostEvents(
      executor,
      reported.flatMap(({ events }) => events),
    );
  }
}

interface ComputedStatus {
  readonly host: LivedHost;
  readonly events: readonly HostEvent[];
}

function computeStatus(stored: StoredStatus): ComputedStatus {
  const answersSinceMs = stored.answersSince?.getTime() ?? null;
  const lifecycle = liveThrough({ events: stored.events, answersSinceMs });
  const fromMs = stored.from.getTime();
  const requested = (valueOf: (turn: StatusChange) => string): DesiredValue<Reason | null>[] =>
    lifecycle.turns.map((turn) => ({ ...turn, value: valueOf(turn) }));
  const status = amendHistory({
    known: stored.history.status,
    desired: requested((turn) => turn.status),
    fromMs,
    // Retention may have removed what was before the oldest row that is left.
    initial: stored.history.status[0]?.oldValue ?? null,
  });
  const flapping = amendHistory({
    known: stored.history.flapping,
    desired: requested((turn) => String(turn.isFlapping)),
    fromMs,
    initial: 'false',
  });
  const { since } = status;
  const last = lifecycle.turns.at(-1);
  const host: LivedHost = {
    hostId: stored.hostId,
    status: last?.status ?? stored.status,
    isFlapping: last?.isFlapping ?? stored.isFlapping,
    misses: lifecycle.misses,
    missedAt: lifecycle.missedAtMs === null ? null : new Date(lifecycle.missedAtMs),
    statusChangedAt: since === undefined ? null : new Date(since.atMs),
    statusChangedJobId: since?.jobId ?? null,
    missing: [
      ...status.missing.map((row) => ({ ...row, fact: 'status' as const })),
      ...flapping.missing.map((row) => ({ ...row, fact: 'flapping' as const })),
    ],
  };
  return { host, events: stored.isIdle ? [] : eventsOf(stored, host, lifecycle) };
}

const STATUS_CHANGE_EVENTS: Readonly<Partial<Record<HostStatus, StatusEventKind>>> = {
  up: 'host.up',
  down: 'host.down',
  gone: 'host.gone',
};

/** What is news of the present; what is learnt of the past changes history alone. */
function eventsOf(before: StoredStatus, after: LivedHost, { turns }: Lifecycle): HostEvent[] {
  const { uid, address } = before;
  const jobId = turns.at(-1)?.jobId ?? null;
  const payload = { host: uid, address, status: after.status, misses: after.misses };
  const changed = after.status === before.status ? undefined : STATUS_CHANGE_EVENTS[after.status];
  const kinds: StatusEventKind[] = [
    // Of one that is gone nobody expects an answer: that it was missed again is counted and no news.
    ...(after.misses > before.misses && before.status !== 'gone' ? (['host.timeout'] as const) : []),
    ...(changed === undefined ? [] : [changed]),
    ...(after.isFlapping && !before.isFlapping ? (['host.flapping'] as const) : []),
  ];
  return kinds.map((kind) => ({ kind, jobId, payload: { ...payload, was: before.status } }));
}
