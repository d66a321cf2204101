import { setTimeout as sleep } from 'node:timers/promises';
import { ScanoramaError } from '#domain/errors/error.js';
import { chooseOwner } from '#postgres/cluster/owner.js';
import { serverState } from '#postgres/process/server-state.js';
import { type Site, type StartSignals, startServer } from '#postgres/process/start.js';
import { type Joined, joinServer } from '#postgres/use/join.js';
import { stopUnused } from '#postgres/use/leave.js';

const POLL_MS = 10;
/** How many failed starts of the server end the attempts. */
const START_ATTEMPTS = 4;
const ATTEMPT_PAUSE_MS = 250;
/** At POLL_MS apart, longer than a creation takes. A holder that keeps the lock longer may be another program. */
const LOCK_REFUSALS = 1_000;

export interface Acquired extends Joined {
  /** Whether this process started the server. */
  readonly started: boolean;
}

interface Progress {
  started: boolean;
  lockRefusals: number;
  readonly failures: string[];
}

/**
 * Joins the running server or starts one, and retries until one of them works or the time is up. Throws
 * `database_unavailable` when the time is up, `data_dir_unusable` or `embedded_unsupported` when waiting would not
 * help, and the caller's reason on its abort. An abort also stops a server that was started unless others use it.
 */
export async function acquire(site: Site, caller: AbortSignal, timeoutMs: number): Promise<Acquired> {
  const signals = { caller, deadline: AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)]) };
  const progress: Progress = { started: false, lockRefusals: 0, failures: [] };
  await chooseOwner(site.layout);
  for (;;) {
    try {
      signals.deadline.throwIfAborted();
      const acquired = await attempt(site, signals, progress);
      if (acquired !== undefined) return { ...acquired, started: progress.started };
    } catch (error) {
      if (caller.aborted && progress.started) await stopUnused(site);
      caller.throwIfAborted();
      if (!signals.deadline.aborted) throw error;
      throw unavailable(site, progress.failures.at(-1) ?? `it was not ready within ${timeoutMs / 1000} s`);
    }
  }
}

async function attempt(site: Site, signals: StartSignals, progress: Progress): Promise<Joined | undefined> {
  const state = await serverState(site.layout);
  let noOne = state.kind === 'absent';
  if (state.kind === 'ready' || state.kind === 'stale') {
    const joined = await joinServer(site, state.socketDirectory, signals.deadline);
    if (typeof joined === 'object') return joined;
    // A lock file may name a process that is not visible here (another container): a server that responds is running.
    noOne = state.kind === 'stale' && joined === 'absent';
  }
  if (noOne) await start(site, signals, progress);
  else {
    site.starting();
    await sleep(POLL_MS);
  }
  return undefined;
}

async function start(site: Site, signals: StartSignals, progress: Progress): Promise<void> {
  const outcome = await startServer(site, signals, progress.lockRefusals > LOCK_REFUSALS);
  if (outcome.kind === 'started') progress.started = true;
  if (outcome.kind === 'busy') {
    progress.lockRefusals += 1;
    await sleep(POLL_MS);
  }
  if (outcome.kind === 'failed') {
    progress.failures.push(outcome.reason);
    if (progress.failures.length >= START_ATTEMPTS) throw unavailable(site, outcome.reason);
    site.warn(`The database did not start (${outcome.reason}); trying again.`);
    await sleep(ATTEMPT_PAUSE_MS);
  }
}

function unavailable(site: Site, reason: string): ScanoramaError {
  return new ScanoramaError(
    'database_unavailable',
    `The embedded database in ${site.layout.root} did not start: ${reason.replace(/\.$/, '')}.`,
    { hint: `PostgreSQL's own log in ${site.layout.log} contains more. If it is recovering, try again.` },
  );
}
