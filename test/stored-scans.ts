import { sql } from 'kysely';
import type { BatchRecord } from '#work/batch-record.js';
import type { WorkContext } from '#work/context.js';
import { type BatchPlace, recordBatch } from '#work/record-batch.js';
import { finishScan } from '#work/settle-scan.js';
import { claimedScan } from './claimed-scan.ts';

/** What one host answered to ports 1 to 10 in one batch: those in `open` are open, the others closed. */
function batchOf(address: string, first: number, open: readonly number[]): BatchRecord {
  const observedAt = new Date('2026-01-01T00:00:05Z');
  const at = new Date('2026-01-01T00:00:00Z');
  const closed = Array.from({ length: 10 }, (_, index) => index + 1).filter((port) => !open.includes(port));
  return {
    first,
    end: first + 10,
    probesSent: 10,
    probesAnswered: 10,
    listed: open.map((port, index) => ({
      address,
      protocol: 'tcp',
      port,
      state: 'open',
      reason: 'syn-ack',
      position: first + index,
      observedAt,
      roundTripMicroseconds: 120,
    })),
    covered: [
      {
        address,
        protocol: 'tcp',
        state: 'closed',
        reason: 'conn-refused',
        ports: `{${closed.map((port) => `[${port},${port + 1})`).join()}}`,
      },
    ],
    coveredPorts: closed.length,
    skipped: 0,
    evidence: [{ address, reason: 'syn-ack', observedAt, position: first, firstSeen: observedAt }],
    observedFrom: at,
    observedTo: observedAt,
  };
}

export interface StoredScans {
  readonly completed: BatchPlace;
  readonly running: BatchPlace;
}

/**
 * A completed scan of 198.18.5.1 (1, 2, 3 open) and 198.18.5.2 (1 open), and after it a running one that saw 2 of the
 * first closed and holds its lease.
 */
export async function storeScans(context: WorkContext): Promise<StoredScans> {
  const completed = await claimedScan(context, '198.18.5.1-198.18.5.2', '1-10');
  await recordBatch(context, completed, batchOf('198.18.5.1', 0, [1, 2, 3]));
  await recordBatch(context, { ...completed, seq: 1 }, batchOf('198.18.5.2', 10, [1]));
  await finishScan(context, completed.job.uid);
  const running = await claimedScan(context, '198.18.5.1-198.18.5.2', '1-10');
  await sql`UPDATE scan_jobs SET status = 'running', started_at = created_at WHERE id = ${running.job.id}`.execute(
    context.store.read,
  );
  const later = { ...running, blockStartedAt: new Date('2026-01-02T00:00:00Z') };
  await recordBatch(context, later, batchOf('198.18.5.1', 0, [1, 3]));
  return { completed, running };
}
