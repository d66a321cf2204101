import { repeat } from '#jobs/repeat.js';
import { serverNow } from '#store/database/server-clock.js';
import { renewRunLease, type StartableRun, startableRuns } from '#store/schedules/schedule-runs.js';
import type { WorkContext } from '#work/context/context.js';
import { claimDue } from '#work/schedules/claim-due.js';
import { type ScheduleTools, workOf } from '#work/schedules/schedule-kinds.js';
import {
  type BegunTask,
  beginDueRun,
  completeWithin,
  endLocked,
  endRuns,
  type Outcome,
  outcomeOfFailure,
  returnTask,
} from '#work/schedules/schedule-runs.js';
import type { ScheduleClock } from '#work/schedules/schedules.js';

/** How late a run may start by itself. */
const POLL_INTERVAL_MS = 1_000;
/** Runs that are started at once. Names among their targets are resolved meanwhile. */
const MAX_BEGINNINGS = 8;
/** Tasks that are not scans and run or start in this process at once. */
export const MAX_TASKS = 4;

export interface SchedulerParts {
  readonly tools: ScheduleTools;
  /** The current time (default: the clock of PostgreSQL). */
  readonly now?: ScheduleClock;
}

export interface Scheduler {
  /** Ends runs whose scan has ended, stores due runs, and starts runs that may start. */
  poll(signal: AbortSignal): Promise<void>;
  /** Waits for runs that are starting. `poll` does not: resolving the names among their targets may be slow. */
  begun(): Promise<void>;
  /** Ends the tasks of this process and returns them to the database. */
  close(): Promise<void>;
}

/**
 *     clock ─→ poll ─┬─ end:    runs whose scan has ended
 *                    ├─ claim:  schedules that are due → rows, one a (schedule, due time)
 *                    └─ begin:  rows that are due → a scan in the same transaction, or a task in this process
 *
 * Only what it starts and runs itself is in memory, so any number of schedulers on any machines act on the same rows.
 */
export function createScheduler(context: WorkContext, { tools, now = serverNow }: SchedulerParts): Scheduler {
  const ending = new AbortController();
  const tasks = new Set<Promise<void>>();
  /** By the id of the run. */
  const beginnings = new Map<number, Beginning>();

  // A task that is starting already counts: one poll finds several.
  function hasPlaceForTask(): boolean {
    const beginning = [...beginnings.values()].filter(({ isTask }) => isTask);
    return tasks.size + beginning.length < MAX_TASKS;
  }

  async function poll(signal: AbortSignal): Promise<void> {
    const { read } = context.store;
    const nowMs = await now(read);
    await endRuns(context, nowMs);
    await claimDue(context, nowMs);
    // Runs that are starting are found again until they have started.
    const limit = MAX_BEGINNINGS + beginnings.size;
    const startable = await startableRuns(read, { now: new Date(nowMs), tasksToo: hasPlaceForTask() }, limit);
    const both = AbortSignal.any([signal, ending.signal]);
    for (const run of startable) {
      if (beginnings.size >= MAX_BEGINNINGS) break;
      const hasPlace = !run.isTask || hasPlaceForTask();
      if (hasPlace && !beginnings.has(run.id)) begin(run, { nowMs, signal: both });
    }
  }

  function begin(run: StartableRun, at: { readonly nowMs: number; readonly signal: AbortSignal }): void {
    const done = beginDueRun(context, run, at)
      .then((task) => task && perform(task))
      .catch((error: unknown) => {
        if (!at.signal.aborted) context.log.warn({ err: error }, 'a run could not start; will be retried');
      })
      .finally(() => beginnings.delete(run.id));
    beginnings.set(run.id, { isTask: run.isTask, done });
  }

  async function begun(): Promise<void> {
    await Promise.all([...beginnings.values()].map(({ done }) => done));
  }

  function perform(task: BegunTask): void {
    const performing = performTask(context, { task, tools, now, signal: ending.signal })
      .catch((error: unknown) =>
        context.log.error({ err: error }, 'the outcome of a run could not be stored'),
      )
      .finally(() => tasks.delete(performing));
    tasks.add(performing);
  }

  return {
    poll,
    begun,
    async close() {
      ending.abort();
      // A run that was starting may have become a task by then.
      await begun();
      await Promise.all(tasks);
    },
  };
}

interface Beginning {
  readonly isTask: boolean;
  readonly done: Promise<void>;
}

interface Performance {
  readonly task: BegunTask;
  readonly tools: ScheduleTools;
  readonly now: ScheduleClock;
  readonly signal: AbortSignal;
}

/** Performs a task under its lease. When the lease is lost, another process has ended the task and this one stops. */
async function performTask(context: WorkContext, { task, tools, now, signal }: Performance): Promise<void> {
  const lost = new AbortController();
  const run = { id: task.id, owner: context.owner, attempt: task.attempt };
  const stopRenewing = repeat(
    async () => {
      const isOurs = await renewRunLease(context.store.read, run, context.leaseMs).catch(() => true);
      if (!isOurs) lost.abort();
    },
    // A change of the lease setting takes effect at the next renewal, and the renewals after that use the new
    // interval.
    { firstMs: context.leaseMs / 3, everyMs: () => context.leaseMs / 3 },
  );
  let outcome: Outcome = { state: 'completed', error: null };
  try {
    const work = workOf(task.input);
    if (work.does === 'task') {
      await work.perform(context, tools, {
        by: { runId: task.id, name: task.input.name },
        signal: AbortSignal.any([signal, lost.signal]),
        complete: async (executor) => completeWithin(context, { task, nowMs: await now(executor) }, executor),
      });
    }
  } catch (error) {
    outcome = outcomeOfFailure(error);
  } finally {
    await stopRenewing();
  }
  const nowMs = await now(context.store.read);
  // An abort may have ended the task between two of its steps without an error.
  if (signal.aborted) return returnTask(context, task, nowMs);
  if (lost.signal.aborted) return undefined;
  // This has no effect where the task has ended its run itself.
  await endLocked(context, task, { from: 'running', outcome, nowMs, owner: context.owner });
  return undefined;
}

/**
 * Runs schedules while a server runs. It reads the rows each second, so that a change by any process takes effect
 * within a second. Returns a function that ends this.
 */
export function keepScheduled(context: WorkContext, parts: SchedulerParts): () => Promise<void> {
  const scheduler = createScheduler(context, parts);
  const stop = repeat(
    async (signal) => {
      if (context.store.breaker.isOpen) return;
      await scheduler.poll(signal).catch((error: unknown) => {
        if (!signal.aborted) context.log.warn({ err: error }, 'schedules could not be read; will be retried');
      });
    },
    { firstMs: POLL_INTERVAL_MS, everyMs: POLL_INTERVAL_MS },
  );
  return async () => {
    await stop();
    await scheduler.close();
  };
}
