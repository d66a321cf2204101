import { setTimeout as sleep } from 'node:timers/promises';
import { FOREVER, type RetentionKind } from '#domain/settings/retention.js';
import { settingFacts } from '#domain/settings/setting.js';
import type { Executor } from '#store/database/database.js';
import { isAway } from '#store/database/failure.js';
import {
  pruneCoverageSlice,
  pruneEventsSlice,
  pruneHistorySlice,
  scanWithOldCoverage,
} from '#store/retention/prune.js';
import { takeRemovalLock } from '#store/retention/removal-lock.js';
import {
  type Horizon,
  markHorizonDone,
  moveHorizon,
  startOfSpan,
} from '#store/retention/retention-horizon.js';
import {
  type MonthPartition,
  partitionsBefore,
  RETIRE_TIMEOUT_MS,
  retirePartition,
} from '#store/retention/retire-partitions.js';
import type { WorkContext } from '#work/context/context.js';
import { retryTransient } from '#work/context/retry.js';
import { readSettings } from '#work/settings/settings.js';

/** Between two slices, so that scans and pages come first. */
const SLICE_PAUSE_MS = 20;

/** Removes what is kept no longer; gives how many rows of a kind went. */
type Remover = (context: WorkContext, cutoff: Date, signal: AbortSignal) => Promise<number>;

const REMOVERS: Readonly<Record<RetentionKind, Remover>> = {
  port_scans: retirePartitions,
  coverage: pruneCoverage,
  history: pruneHistory,
  events: pruneEvents,
};

/**
 * Removes what the settings say is kept no longer, slice by slice in short transactions: whole months of raw rows,
 * coverage, superseded history, events. What is asked for beyond is refused from the first slice on. An abort, or a setting
 * by which more is kept, ends it between two slices; the next time goes on. A kind that fails keeps none of the others from being removed; throws what
 * failed when all are done, and at once when PostgreSQL is away.
 */
export async function applyRetention(context: WorkContext, signal: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  for (const { name, value } of await readSettings(context.store.read)) {
    const kind = settingFacts(name).keeps;
    if (kind === undefined || value === FOREVER || signal.aborted) continue;
    try {
      const cutoff = await startOfSpan(context.store.read, value);
      const rows = await REMOVERS[kind](context, cutoff, signal);
      if (rows > 0) context.log.info({ kind, rows, before: cutoff }, 'what is kept no longer was removed');
    } catch (error) {
      if (isAway(error)) throw error;
      context.log.warn({ kind, err: error }, 'what is kept no longer could not be removed');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'retention could not remove everything');
}

/** One short transaction of somebody who removes rows, tried again when it had to give way. */
function serialized<Result>(
  context: WorkContext,
  work: (executor: Executor) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const attempt = () =>
    context.store.transaction(
      async (executor) => {
        await takeRemovalLock(executor);
        return work(executor);
      },
      { statementTimeoutMs: RETIRE_TIMEOUT_MS },
    );
  return retryTransient(context, attempt, signal);
}

async function retirePartitions(context: WorkContext, cutoff: Date, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for (const partition of await partitionsBefore(context.store.read, cutoff)) {
    if (signal.aborted) break;
    const rows = await serialized(context, (executor) => retire(executor, partition), signal);
    if (rows === undefined) break;
    removed += rows;
    context.log.info({ partition: partition.name }, 'a month of raw rows was retired');
  }
  return removed;
}

/** Undefined when it is to be kept by now. */
async function retire(executor: Executor, partition: MonthPartition): Promise<number | undefined> {
  if (!(await isStillToGo(executor, 'port_scans', partition.end))) return undefined;
  const removed = await retirePartition(executor, partition);
  await markHorizonDone(executor, await moveHorizon(executor, 'port_scans', partition.end));
  return removed;
}

/** Gives how many went, and whether there may be more. */
type Slice = (executor: Executor, horizon: Date) => Promise<{ removed: number; isLast: boolean }>;

/**
 * The horizon is committed before the first row goes, so that nobody is answered from what is half removed. Where more is
 * kept since a run that was cut short had moved it, what goes is what is before the target, and the horizon is not done.
 */
async function pruneTo(
  context: WorkContext,
  target: Pick<Horizon, 'kind' | 'horizon'>,
  { slice, signal }: { slice: Slice; signal: AbortSignal },
): Promise<number> {
  const standing = await moveHorizon(context.store.read, target.kind, target.horizon);
  if (standing.done) return 0;
  let total = 0;
  for (;;) {
    if (signal.aborted) return total;
    const done = await serialized(context, (executor) => sliceUnlessKept(executor, target, slice), signal);
    if (done === undefined) return total;
    total += done.removed;
    if (done.isLast) break;
    await sleep(SLICE_PAUSE_MS);
  }
  if (target.horizon >= standing.horizon) await markHorizonDone(context.store.read, standing);
  return total;
}

/** Undefined when what is before the horizon is to be kept by now. */
async function sliceUnlessKept(
  executor: Executor,
  { kind, horizon }: Pick<Horizon, 'kind' | 'horizon'>,
  slice: Slice,
) {
  return (await isStillToGo(executor, kind, horizon)) ? slice(executor, horizon) : undefined;
}

/** Whether the setting, which may have been changed since the run began, still lets go what is before an instant. */
async function isStillToGo(executor: Executor, kind: RetentionKind, before: Date): Promise<boolean> {
  const setting = (await readSettings(executor)).find(({ name }) => settingFacts(name).keeps === kind);
  if (setting === undefined || setting.value === FOREVER) return false;
  return (await startOfSpan(executor, setting.value)) >= before;
}

function pruneHistory(context: WorkContext, cutoff: Date, signal: AbortSignal): Promise<number> {
  let afterId = 0;
  const slice: Slice = async (executor, horizon) => {
    const { lastId, removed } = await pruneHistorySlice(executor, horizon, afterId);
    afterId = lastId ?? afterId;
    return { removed, isLast: lastId === null };
  };
  return pruneTo(context, { kind: 'history', horizon: cutoff }, { slice, signal });
}

function pruneCoverage(context: WorkContext, cutoff: Date, signal: AbortSignal): Promise<number> {
  let fromId = 0;
  const slice: Slice = async (executor, horizon) => {
    const jobId = await scanWithOldCoverage(executor, horizon, fromId);
    if (jobId === undefined) return { removed: 0, isLast: true };
    fromId = jobId;
    return { removed: await pruneCoverageSlice(executor, jobId), isLast: false };
  };
  return pruneTo(context, { kind: 'coverage', horizon: cutoff }, { slice, signal });
}

async function eventsSlice(executor: Executor, horizon: Date) {
  const removed = await pruneEventsSlice(executor, horizon);
  return { removed, isLast: removed === 0 };
}

function pruneEvents(context: WorkContext, cutoff: Date, signal: AbortSignal): Promise<number> {
  return pruneTo(context, { kind: 'events', horizon: cutoff }, { slice: eventsSlice, signal });
}
