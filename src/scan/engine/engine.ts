import type { Address } from '#domain/addresses/address.js';
import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { NmapDetection } from '#domain/scans/nmap-detection.js';
import type { Plan } from '#domain/scans/plan.js';
import type { EngineName } from '#domain/scans/scan-type.js';
import type { Gate } from '#net/send/gate.js';
import type { Pace } from '#net/send/pace.js';
import type { ScanRate } from '#net/send/scan-pace.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

export type { Completed } from '#scan/results/completed.js';

/**
 * Below a second, when the kernel sends the SYN of a connect once more, which no pace would have charged: with
 * 1,000 ms the silence of 1,000 ports took 2,063 packets instead of 2,000, with 900 ms 2,000.
 */
export const DEFAULT_TIMEOUT_MS = 900;
export const DEFAULT_RETRIES = 1;
export const DEFAULT_CONCURRENCY = 1_000;
/** How long after a stop the answers to probes already sent are still taken. */
export const DRAIN_MS = 800;

export interface NmapRequest {
  readonly detection: NmapDetection;
  readonly rate: ScanRate;
  /** What its runs of nmap spend from together, one at a time; the pace of the request when absent. */
  readonly budget?: Pace | undefined;
}

/** How a sweep looks for hosts. */
export interface DiscoveryOrder {
  readonly methods: readonly DiscoveryMethod[];
  /** Whom `dns` asks for names, on port 53. */
  readonly resolver: Address | undefined;
}

export interface EngineRequest {
  readonly plan: Plan;
  /** Positions from `first` up to but not including `end`. */
  readonly first: number;
  readonly end: number;
  readonly gate: Gate;
  readonly pace: Pace;
  /** How often a silent probe is sent again. */
  readonly retries: number;
  readonly timeoutMs: number;
  /** Probes in flight at once, at most. */
  readonly concurrency: number;
  /** For the engine that hands the asking to nmap: what for, and how fast; a version scan at gentle rates if absent. */
  readonly nmap?: NmapRequest | undefined;
  /** For the engine that looks for hosts, which has none without. */
  readonly discovery?: DiscoveryOrder | undefined;
}

export interface Engine {
  readonly name: EngineName;
  /** What it can ask; a plan with other ports is not given to it. */
  readonly protocols: readonly Protocol[];
  /**
   * Yields every position of the request once, in chunks, in the order they settle. A slow reader slows
   * the probing. An abort of `signal` ends the packets at once; answers to what was sent are yielded for
   * up to `DRAIN_MS` more, then the iteration ends without throwing, its other positions left unsettled.
   * Leaving the loop closes everything. Throws `engine_failed`, after yielding what is settled, when this
   * machine cannot go on asking.
   */
  run(request: EngineRequest, signal: AbortSignal): AsyncIterable<CompletedChunk>;
}
