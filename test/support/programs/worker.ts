import { createWorker, type Worker } from '#jobs/worker.js';
import { subscribeToEvents } from '#store/events/announcements.js';
import { findScanView, type ScanView } from '#store/scans/scan-views.js';
import type { WorkContext } from '#work/context/context.js';
import { type ScanOrder, startScan } from '#work/scans/start-scan.js';
import type { TestDatabase } from '../database/database.ts';
import { createWorkContext } from './work-context.ts';

export interface TestWorker {
  readonly context: WorkContext;
  readonly worker: Worker;
  close(): Promise<void>;
}

/** A worker that takes all work of a test database, as `serve` does, found by its polling. */
export async function openTestWorker(
  db: TestDatabase,
  overrides: Partial<WorkContext> = {},
): Promise<TestWorker> {
  const context = createWorkContext(db.store, overrides);
  const announcements = await subscribeToEvents(db.address, () => undefined);
  const worker = createWorker(context, announcements);
  worker.runMaintenance();
  return {
    context,
    worker,
    async close() {
      await worker.close();
      await announcements.close();
    },
  };
}

export function order(targets: readonly string[], ports: string, more: Partial<ScanOrder> = {}): ScanOrder {
  return {
    targets,
    exclude: [],
    ports,
    rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: false },
    name: null,
    description: null,
    site: 'default',
    scanType: 'auto',
    liveHosts: false,
    confirmLarge: false,
    confirmUnscoped: true,
    outsideScope: false,
    actor: 'test',
    ...more,
  };
}

export async function begin(context: WorkContext, scan: ScanOrder): Promise<string> {
  return startScan(context, scan, new AbortController().signal);
}

export async function viewOf(context: WorkContext, uid: string): Promise<ScanView> {
  const view = await findScanView(context.store.read, uid);
  if (view === undefined) throw new Error(`there is no scan ${uid}`);
  return view;
}

/** Waits until a scan is completed, failed or cancelled. */
export async function awaitEnd(context: WorkContext, uid: string, timeoutMs = 60_000): Promise<ScanView> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const view = await viewOf(context, uid);
    if (view.status !== 'pending' && view.status !== 'running') return view;
    if (Date.now() > deadline) throw new Error(`scan ${uid} is still ${view.status} after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
