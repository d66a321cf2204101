import type { KnownTruth } from '#torture/known-truth.js';
import type { Lab } from '#torture/lab.js';
import type { Random } from '#torture/random.js';

/** A scan under way, and what decides how it is met. */
export interface Scenario {
  readonly lab: Lab;
  readonly uid: string;
  readonly truth: KnownTruth;
  readonly random: Random;
  /** Of the kind's points, the one whose turn it is. */
  readonly point: string;
}

/** What a fault did; undefined where the scan was over before it could. */
export interface Hit {
  readonly point: string;
  /** For who reads of a failed round. */
  readonly detail: string;
  /** What it found broken in the very moment, where that cannot be seen afterwards. */
  readonly broken?: string;
}

/** One way of hurting a scan. */
export interface FaultKind {
  /** A word for `--only` and for tables. */
  readonly name: string;
  readonly what: string;
  /** Where it strikes, each in its turn. */
  readonly points: readonly string[];
  /** How often it comes compared with others. */
  readonly weight: number;
  /** The scan may end as failed and is then resumed, once: what struck it is nothing that passes by itself. */
  readonly mayFail?: boolean;
  /** What it wants done before the scan begins. */
  prepare?(lab: Lab): Promise<void>;
  /** Does it and sees to its end: afterwards nothing of it is left but the harm. */
  strike(scenario: Scenario): Promise<Hit | undefined>;
}

export const ANY_TIME = 'any instant';
