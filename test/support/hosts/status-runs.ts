import { sql } from 'kysely';
import { roundTripOf } from '#domain/diff/round-trips.js';
import { releaseLease } from '#store/scans/scan-shards.js';
import { recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { failScan, finishScan } from '#work/scans/end-scan.js';
import { claimedScan } from '../scans/claimed-scan.ts';
import { batchOf } from '../scans/stored-scan.ts';

/** A run over some addresses: which responded, and which were probed without response. */
export interface RecordedRun {
  /** A range of addresses, as a target. */
  readonly targets: string;
  readonly at: Date;
  readonly answered: readonly string[];
  /** Single addresses. */
  readonly unresponsive?: readonly string[];
  /** `ports`: a scan that does not probe for hosts. */
  readonly kind?: 'hosts' | 'ports';
  readonly ending?: 'complete' | 'partial' | 'failed' | 'unfinished';
  /** Methods that the run lacked, such as `arp IPv4`. */
  readonly missing?: readonly string[];
  /** How long each response took. */
  readonly roundTripUs?: number;
  /** The DNS name found for each address. */
  readonly names?: Readonly<Record<string, string>>;
  /** Addresses of the machine that probes. */
  readonly ownAddresses?: readonly string[];
}

export interface StoredRun {
  readonly uid: string;
  readonly jobId: number;
}

/** Stores a run as a scan of live hosts does, in one batch, and ends it. */
export async function recordRun(context: WorkContext, run: RecordedRun): Promise<StoredRun> {
  const { at, answered, unresponsive = [], kind = 'hosts', ending = 'complete', missing = [] } = run;
  const place = await claimedScan(context, run.targets, '1');
  const { rows } = await sql<{ positions: number }>`
    UPDATE scan_jobs SET live_hosts = ${kind === 'hosts'} WHERE id = ${place.job.id} RETURNING positions`.execute(
    context.store.read,
  );
  await sql`UPDATE scan_shards SET probed_from = ${run.ownAddresses ?? []}::inet[] WHERE id = ${place.shardId}`.execute(
    context.store.read,
  );
  const reported = answered.map((address) => ({ address, port: 1, state: 'closed' as const, at }));
  const warnings = missing.map((subject) => ({
    kind: 'method-missing' as const,
    subject,
    detail: 'EPERM',
    counts: null,
  }));
  const batch = batchOf(reported, 0, rows[0]?.positions ?? 0);
  const { roundTripUs } = run;
  const timed = roundTripUs === undefined ? {} : { roundTrips: roundTripOf(roundTripUs) };
  await recordBatch(
    context,
    { ...place, blockStartedAt: at, endsBlock: true },
    {
      ...batch,
      evidence: batch.evidence.map((seen) => ({ ...seen, ...timed })),
      findings: Object.entries(run.names ?? {}).map(([address, value]) => ({
        address,
        fact: 'hostname',
        protocol: null,
        port: null,
        value,
        reason: 'PTR',
        observedAt: at,
      })),
      observedFrom: at,
      observedTo: at,
      warnings,
      unresponsive: unresponsive.map((address) => ({ first: address, last: address, observedAt: at })),
      ...(ending === 'partial' ? { partial: 'It could not see everything.' } : {}),
    },
  );
  const stored = { uid: place.job.uid, jobId: place.job.id };
  if (ending === 'unfinished') return stored;
  await releaseLease(context.store.read, place);
  if (ending === 'failed')
    await failScan(context, stored.uid, { code: 'internal', message: 'It failed by the test.' });
  else await finishScan(context, stored.uid);
  return stored;
}

export interface KnownStatus {
  readonly status: string;
  readonly misses: number;
  readonly flapping: boolean;
}

export async function statusHistoryOf(context: WorkContext, address: string): Promise<KnownStatus> {
  const { rows } = await sql<KnownStatus>`
    SELECT status, misses, flapping FROM hosts WHERE ip_address = ${address}::inet`.execute(
    context.store.read,
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`there is no host ${address}`);
  return row;
}
