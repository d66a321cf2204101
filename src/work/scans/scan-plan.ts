import { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { PortSet, parsePorts } from '#domain/ports/ports.js';
import type { PlanInput, PlanOrder } from '#domain/scans/plan.js';
import type { EngineName } from '#domain/scans/scan-type.js';
import type { ScanJob } from '#store/scans/scan-jobs.js';

/**
 * The order that each version of a plan stands for. A new number where an order changes for the same input: an old
 * checkpoint would mean other probes.
 */
const ORDERS: ReadonlyMap<number, PlanOrder> = new Map([
  [1, 'scattered'],
  [2, 'by-host'],
]);

/** Of a plan that asks hosts. */
export const NO_PORTS: PortSet = PortSet.of({});

/** What a new scan of this engine is planned by. */
export function planVersionFor(engine: EngineName): number {
  return engine === 'nmap' || engine === 'discovery' ? 2 : 1;
}

/** `conflict` for a scan that another version planned: its checkpoints mean other probes here. */
export function assertSamePlan(job: ScanJob): void {
  orderOf(job);
}

function orderOf({ planVersion, uid }: ScanJob): PlanOrder {
  const order = ORDERS.get(planVersion);
  if (order !== undefined) return order;
  throw new ScanoramaError(
    'conflict',
    'The scan was planned by another version of Scanorama and cannot go on in this one.',
    { hint: 'Start it anew.', at: uid },
  );
}

/** What the plan of a stored scan is made of: a pure function of its row, the same on every machine (I7). Throws `conflict`. */
export function planInputOf(job: ScanJob): PlanInput {
  const probesHosts = job.engine === 'discovery';
  return {
    order: orderOf(job),
    probes: probesHosts ? 'hosts' : 'ports',
    targets: AddressSet.parse(job.targetRanges),
    ports: probesHosts ? NO_PORTS : parsePorts(job.ports),
    seed: job.seed,
  };
}
