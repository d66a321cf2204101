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

/** How late a run may begin by itself. */
const POLL_INTERVAL_MS = 1_000;
/** Runs that begin at once; names among their targets are looked up meanwhile. */
const MAX_BEGINNINGS = 8;
/** What is done or begun here at once that is no scan. */
export const MAX_TASKS = 4;

export interface SchedulerParts {
  readonly tools: ScheduleTools;
  /** What time it is; that of PostgreSQL where nobody says else. */
  readonly now?: ScheduleClock;
}

export interface Scheduler {
  /** Settles what has ended, writes down what is due, and begins what may begin. */
  poll(signal: AbortSignal): Promise<void>;
  /** Waits for the runs that are being begun, which a look does not: names among their targets may be slow. */
  begun(): Promise<void>;
  /** Ends what is done here and gives it back. */
  close(): Promise<void>;
}

/**
 *     clock ─→ look ─┬─ settle: runs whose scan has ended
 *                    ├─ claim:  schedules that are due → rows, one a (schedule, due time)
 *                    └─ begin:  rows whose time has come → a scan in the same transaction, or a task here
 *
 * In memory is only what it begins and does itself, so any number of them, on any machines, act by the same rows.
 */
export function createScheduler(context: WorkContext, { tools, now = serverNow }: SchedulerParts): Scheduler {
  const ending = new AbortController();
  const tasks = new Set<Promise<void>>();
  /** By the id of the run. */
  const beginnings = new Map<number, Beginning>();

  // One that begins has its place already: several are found in one look.
  function hasPlaceForTask(): boolean {
    const beginning = [...beginnings.values()].filter(({ isTask }) => isTask);
    return tasks.size + beginning.length < MAX_TASKS;
  }

  async function poll(signal: AbortSignal): Promise<void> {
    const { read } = context.store;
    const nowMs = await now(read);
    await endRuns(context, nowMs);
    await claimDue(context, nowMs);
    // Those under way are found again until they have begun.
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
        if (!at.signal.aborted) context.log.warn({ err: error }, 'a run could not begin and is tried again');
      })
      .finally(() => beginnings.delete(run.id));
    beginnings.set(run.id, { isTask: run.isTask, done });
  }

  async function begun(): Promise<void> {
    await Promise.all([...beginnings.values()].map(({ done }) => done));
  }

  function perform(task: BegunTask): void {
    const performing = performTask(context, { task, tools, now, signal: ending.signal })
      .catch((error: unknown) => context.log.error({ err: error }, 'a run could not be settled'))
      .finally(() => tasks.delete(performing));
    tasks.add(performing);
  }

  return {
    poll,
    begun,
    async close() {
      ending.abort();
      // One that was just begun is a task by then.
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

/** Does a task under its lease; when that is lost, somebody else has settled it and this stops. */
async function performTask(context: WorkContext, { task, tools, now, signal }: Performance): Promise<void> {
  const lost = new AbortController();
  const run = { id: task.id, owner: context.owner, attempt: task.attempt };
  const stopRenewing = repeat(
    async () => {
      const isOurs = await renewRunLease(context.store.read, run, context.leaseMs).catch(() => true);
      if (!isOurs) lost.abort();
    },
    // What is set meanwhile is the lease from the next renewal on, so the one after it keeps to that.
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
  // An abort may have ended it between two of its steps, without a word.
  if (signal.aborted) return returnTask(context, task, nowMs);
  if (lost.signal.aborted) return undefined;
  // Nothing is left of this where the task has ended its run itself.
  await endLocked(context, task, { from: 'running', outcome, nowMs, owner: context.owner });
  return undefined;
}

/**
 * Keeps schedules while a server runs. It looks at the rows each second, so that a change is in force in all programs by
 * then, whoever made it. Gives what ends it.
 */
export function keepScheduled(context: WorkContext, parts: SchedulerParts): () => Promise<void> {
  const scheduler = createScheduler(context, parts);
  const stop = repeat(
    async (signal) => {
      if (context.store.breaker.isOpen) return;
      await scheduler.poll(signal).catch((error: unknown) => {
        if (!signal.aborted)
          context.log.warn({ err: error }, 'schedules could not be looked at; that is tried again');
      });
    },
    { firstMs: POLL_INTERVAL_MS, everyMs: POLL_INTERVAL_MS },
  );
  return async () => {
    await stop();
    await scheduler.close();
  };
}
