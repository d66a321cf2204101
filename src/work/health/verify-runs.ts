import { type IntegrityOutcome, lastIntegrityOutcome, underVerifyLock } from '#store/integrity/outcomes.js';
import { recordVerify } from '#telemetry/metrics.js';
import type { WorkContext } from '#work/context/context.js';
import { SharedRun } from '#work/context/shared-run.js';
import { type VerifyProgress, verifyData } from '#work/health/verify-data.js';

export interface RunningVerify extends VerifyProgress {
  readonly startedAtMs: number;
}

/** The checks of all stored data that this program runs: one at a time, shared by everybody who asks for it. */
export class VerifyRuns {
  readonly #context: WorkContext;
  readonly #run: SharedRun<IntegrityOutcome>;
  #running: RunningVerify | undefined;

  constructor(context: WorkContext) {
    this.#context = context;
    this.#run = new SharedRun((signal) => this.#verify(signal));
  }

  /** How far the run of this program is, while there is one. */
  get running(): RunningVerify | undefined {
    return this.#running;
  }

  /** What was found last, by any program. */
  async last(): Promise<IntegrityOutcome | undefined> {
    return lastIntegrityOutcome(this.#context.store.read);
  }

  /** A run that is done anew, or the one under way; it ends when the last of those who wait for it has gone. */
  join(signal: AbortSignal): Promise<IntegrityOutcome> {
    return this.#run.join(signal);
  }

  /** Ends the run under way. */
  halt(): void {
    this.#run.halt();
  }

  /**
   * Runs when the last outcome, of any program, is older than the interval and no other program is at it. Either way
   * the metrics tell of the last outcome afterwards.
   */
  async runWhenDue(intervalMs: number, signal: AbortSignal): Promise<void> {
    const { store, log } = this.#context;
    let hasRun = false;
    await underVerifyLock(store.read, async () => {
      const last = await lastIntegrityOutcome(store.read);
      if (last !== undefined && last.ageMs < intervalMs) return;
      hasRun = true;
      signal.throwIfAborted();
      const { checks, durationMs } = await this.join(signal);
      const faults = checks.reduce((sum, check) => sum + check.faults, 0);
      log.info({ faults, durationMs: Math.round(durationMs) }, 'stored data was verified');
    });
    // An outcome of its own is told already, also where it could not be kept.
    if (!hasRun) await this.recall();
  }

  /** Lets the metrics tell of the last outcome: after a start, and when another program verified. */
  async recall(): Promise<void> {
    const last = await this.last();
    if (last !== undefined) recordVerify(this.#context.metrics, last.startedAtMs, last.checks);
  }

  async #verify(signal: AbortSignal): Promise<IntegrityOutcome> {
    const startedAtMs = this.#context.clock.now();
    const onProgress = (progress: VerifyProgress): void => {
      this.#running = { startedAtMs, ...progress };
    };
    try {
      return await verifyData(this.#context, signal, { onProgress });
    } finally {
      if (this.#running?.startedAtMs === startedAtMs) this.#running = undefined;
    }
  }
}
