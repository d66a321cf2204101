import { AddressSet } from '#domain/address-set.js';
import { ScanoramaError } from '#domain/error.js';
import type { PlanInput } from '#domain/plan.js';
import { parsePorts } from '#domain/ports.js';
import type { ScanJob } from '#store/scan-jobs.js';

/** Bumped when the order of a plan changes for the same input: an old checkpoint would mean other probes. */
export const PLAN_VERSION = 1;

/** `conflict` for a scan that another version planned: its checkpoints mean other probes here. */
export function assertSamePlan({ planVersion, uid }: ScanJob): void {
  if (planVersion === PLAN_VERSION) return;
  throw new ScanoramaError(
    'conflict',
    'The scan was planned by another version of Scanorama and cannot go on in this one.',
    { hint: 'Start it anew.', at: uid },
  );
}

/** What the plan of a stored scan is made of: a pure function of its row, the same on every machine (I7). Throws `conflict`. */
export function planInputOf(job: ScanJob): PlanInput {
  assertSamePlan(job);
  return {
    targets: AddressSet.parse(job.targetRanges),
    ports: parsePorts(job.ports),
    seed: job.seed,
  };
}
