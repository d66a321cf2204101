import { AddressSet } from '#domain/address-set.js';
import { createPlan, type Plan } from '#domain/plan.js';
import { parsePorts } from '#domain/ports.js';
import type { ScanJob } from '#store/scan-jobs.js';

/** Rebuilds the plan of a stored scan: a pure function of its row, the same on every machine (I7). */
export function planOf(job: ScanJob): Plan {
  return createPlan({
    targets: AddressSet.parse(job.targetRanges),
    ports: parsePorts(job.ports),
    seed: job.seed,
  });
}
