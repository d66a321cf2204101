import type { AddressSet } from '#domain/addresses/address-set.js';
import type { EnricherName } from '#domain/enrichment/enricher.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { NmapDetection } from '#domain/scans/nmap-detection.js';
import type { PlanInput } from '#domain/scans/plan.js';
import type { EngineName } from '#domain/scans/scan-type.js';
import type { RateTerms, ScanRate } from '#net/send/scan-pace.js';
import type { DiscoveryOrder } from '#scan/engine/engine.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

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
  /**
   * Until when packets may leave by these exclusions, on the machine's clock; `renew` makes it later. Null for whoever
   * reads none again, such as a measurement.
   */
  readonly exclusionsGoodUntilMs: number | null;
  readonly rate: ScanRate;
  /** How much of the rates is this program's; `renew` changes it. Absent for whoever shares with nobody, such as a measurement. */
  readonly terms?: RateTerms | undefined;
  /** How often a silent probe is sent again, at least. */
  readonly retries: number;
  readonly timeoutMs: number;
  /** Probes in flight at once, at most; engines that keep no state for each may ignore it. */
  readonly concurrency: number;
  /** For the nmap engine: what it is run for. */
  readonly nmap?: NmapDetection | undefined;
  /** For the sweep engine: how it looks for hosts. */
  readonly discovery?: DiscoveryOrder | undefined;
  /** Sweep the hosts first, and ask those alone that show a sign of life. */
  readonly liveHosts: boolean;
  /** What is asked of TCP ports that are found open; nothing when absent. */
  readonly enrich?: readonly EnricherName[] | undefined;
}

/** One order under way. Iterating starts it; see `Engine.run` for what is yielded and what an abort leaves. */
export interface ProbeRun extends AsyncIterable<CompletedChunk> {
  /** From now on no packet is built for these addresses either. */
  exclude(more: AddressSet): void;
  /**
   * The exclusions were read again, and how much of the rates is this program's: packets may leave by them until then, on
   * the machine's clock.
   */
  renew(goodUntilMs: number, terms?: RateTerms): void;
}

export interface AvailableEngine {
  readonly name: EngineName;
  readonly protocols: readonly Protocol[];
}

export const MISSING_ENGINE_CODES = ['privilege_missing', 'engine_unavailable'] as const;

/** Why an engine cannot be had here, in the words of the error that asking for it gives. */
export interface MissingEngine {
  readonly name: EngineName;
  readonly code: (typeof MISSING_ENGINE_CODES)[number];
  readonly message: string;
  /** The exact command that mends it. */
  readonly hint: string;
}

/** What whoever asks found out about the machine and the process it runs in. */
export interface ProberFacts {
  readonly where: 'own-process' | 'in-process';
  /** The Node.js that runs it: file and version. */
  readonly nodePath: string;
  readonly nodeVersion: string;
  readonly platform: string;
  /** Whether it may send and receive raw packets. */
  readonly rawPackets: boolean;
  /** Whether it can look which hosts are there before it asks their ports. */
  readonly liveHosts: boolean;
  /** How many descriptors it may hold open; null where the system does not say. */
  readonly descriptorLimit: number | null;
  /** Null when nmap is not installed. */
  readonly nmapVersion: string | null;
}

export interface ProberSurvey {
  readonly available: readonly AvailableEngine[];
  readonly missing: readonly MissingEngine[];
  readonly facts: ProberFacts;
}

/** Whoever asks: engines in this process, or a child process that has them. */
export interface Prober {
  /** What can be asked with here. `anew` looks again, unless something runs. Throws `prober_died` or `program_rebuilt`. */
  survey(how?: { readonly anew: boolean }): Promise<ProberSurvey>;
  /**
   * Throws nothing itself; the iteration throws `engine_failed`, `prober_died`, and `privilege_missing` or
   * `engine_unavailable` for an engine that is not to be had.
   */
  run(order: ProbeOrder, signal: AbortSignal): ProbeRun;
  close(): Promise<void>;
}
