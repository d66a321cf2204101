import type { WorkContext } from '#work/context/context.js';
import { type CreationOrder, createScan, type NewScan } from '#work/scans/create-scan.js';
import { prepareScan, type ScanInput } from '#work/scans/prepare-scan.js';

export interface ScanOrder extends ScanInput, CreationOrder {}

/** Stores a scan as pending together with its queue message, in one transaction, and gives its uid. */
export async function startScan(
  context: WorkContext,
  order: ScanOrder,
  signal: AbortSignal,
): Promise<string> {
  return createScan(context, await scanOf(context, order, signal));
}

/** The scan that is ordered, understood and not stored yet. */
export async function scanOf(context: WorkContext, order: ScanOrder, signal: AbortSignal): Promise<NewScan> {
  const prepared = await prepareScan(context, order, signal);
  const { scanType, liveHosts, profile } = order;
  return { order, prepared, scanType, liveHosts, profile };
}
