import type { AddressSet } from '#domain/address-set.js';
import type { PlanInput } from '#domain/plan.js';
import type { EngineName } from '#domain/scan-type.js';
import type { SettledChunk } from '#scan/settled-chunk.js';
import type { ScanRate } from '#send/scan-pace.js';

/** A range of a plan to be asked, in values that can cross to another process. */
export interface ProbeOrder {
  /** Uid of the scan: orders of one scan share its rate. */
  readonly scan: string;
  readonly engine: EngineName;
  readonly plan: PlanInput;
  /** Positions from `first` up to but not including `end`. */
  readonly first: number;
  readonly end: number;
  readonly exclusions: AddressSet;
  readonly rate: ScanRate;
  /** How often a silent probe is sent again, at least. */
  readonly retries: number;
  readonly timeoutMs: number;
  /** Probes in flight at once, at most; engines that keep no state for each may ignore it. */
  readonly concurrency: number;
}

/** One order under way. Iterating starts it; see `Engine.run` for what is yielded and what an abort leaves. */
export interface ProbeRun extends AsyncIterable<SettledChunk> {
  /** From now on no packet is built for these addresses either. */
  exclude(more: AddressSet): void;
}

/** Whoever asks: engines in this process, or a child process that has them. */
export interface Prober {
  /** What can be asked with here, the best first. */
  readonly engines: readonly EngineName[];
  /** Throws nothing itself; the iteration throws `engine_failed`, `prober_died` or `privilege_missing`. */
  run(order: ProbeOrder, signal: AbortSignal): ProbeRun;
  close(): Promise<void>;
}
