import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import type { Executor } from '#store/database/database.js';
import { verifyReferences } from '#store/database/references.js';
import { BATCH_DEADLINE_MS } from '#store/database/session-limits.js';
import { recordEvent } from '#store/events/events.js';
import {
  hostIdsOf,
  insertScanHosts,
  type ObservationSource,
  touchedByObservation,
  upsertHosts,
} from '#store/hosts/hosts.js';
import { insertMissesOfHosts, insertUnresponsiveRanges } from '#store/hosts/missed-hosts.js';
import { lockAddresses } from '#store/ports/address-locks.js';
import { addCoverage, type CoverageSource } from '#store/ports/coverage.js';
import { foldFindings } from '#store/ports/findings.js';
import { foldCoveredPorts, storeListedPorts } from '#store/ports/host-ports.js';
import type { PortObservation } from '#store/ports/port-scans.js';
import { insertLedgerEntry, isRecorded, type LedgerEntry, type NewRows } from '#store/scans/ledger.js';
import { insertScanNames } from '#store/scans/scan-names.js';
import { advanceShard, type HeldShard, lockShard } from '#store/scans/scan-shards.js';
import { insertWarnings } from '#store/scans/warnings.js';
import type { StoredRows } from '#telemetry/metrics.js';
import type { BatchRecord, FoundValue } from '#work/batches/batch-record.js';
import type { WorkContext } from '#work/context/context.js';
import { computeStatuses } from '#work/hosts/host-status.js';

/** The place in a scan that a batch belongs to, and the proof that its writer may write. */
export interface BatchPlace {
  readonly job: { readonly id: number; readonly uid: string };
  readonly siteId: number;
  readonly shardId: number;
  readonly shardNumber: number;
  readonly token: number;
  readonly seq: number;
  /** When the block of the batch was started. */
  readonly blockStartedAt: Date;
  /** True when the batch ends its block. */
  readonly endsBlock: boolean;
}

/** `replayed`: the batch was committed before, and nothing was written now. */
export type BatchOutcome = 'recorded' | 'replayed';

/**
 * Stores one batch in one atomic transaction (I1): proof of lease, hosts, raw ports, coverage, current state,
 * history, event, ledger and checkpoint. Storing it again changes nothing (I5). Locks are taken in the order scan,
 * shard, addresses, hosts, ports (I19). Throws `lease_lost`, `missing_reference`, `batch_conflict`, `storage_failed`,
 * `database_unavailable`.
 */
export async function recordBatch(
  context: WorkContext,
  place: BatchPlace,
  record: BatchRecord,
): Promise<BatchOutcome> {
  const outcome = await context.batchSlots.take(() =>
    context.store.transaction((executor) => storeBatch(context, executor, place, record), {
      kind: 'batch',
      deadlineMs: BATCH_DEADLINE_MS,
    }),
  );
  if (outcome === 'recorded') measureBatch(context, record);
  context.log.debug(
    { scan: place.job.uid, shard: place.shardNumber, batch: place.seq, first: record.first, end: record.end },
    `batch ${outcome}`,
  );
  return outcome;
}

function measureBatch({ metrics }: WorkContext, record: BatchRecord): void {
  metrics.batchPositions.observe(record.end - record.first);
  metrics.probesSent.inc(record.probesSent);
  metrics.storedRows.inc({ rows: 'listed_ports' } satisfies RowLabel, record.listed.length);
  metrics.storedRows.inc({ rows: 'coverage' } satisfies RowLabel, record.covered.length);
  metrics.storedRows.inc({ rows: 'hosts' } satisfies RowLabel, record.evidence.length);
}

interface RowLabel {
  readonly rows: StoredRows;
}

async function storeBatch(
  context: WorkContext,
  executor: Executor,
  place: BatchPlace,
  record: BatchRecord,
): Promise<BatchOutcome> {
  await verifyReferences(executor, { jobIds: [place.job.id], hostIds: [] });
  const held = await lockShard(executor, place);
  const entry = ledgerEntry(place, record);
  if (await isRecorded(executor, entry)) return 'replayed';
  assertFollows(held, entry);
  await lockAddresses(executor, place.siteId, addressesOf(record));
  const { hostsUp, findings } = await storeObservations(context, executor, place, record);
  const warnings = await insertWarnings(executor, place.job.id, record.warnings ?? []);
  const source = { jobId: place.job.id, shardNumber: place.shardNumber };
  await insertUnresponsiveRanges(executor, source, record.unresponsive ?? []);
  await insertLedgerEntry(executor, entry, { hostsUp, findings, warnings });
  await advanceShard(executor, {
    shardId: place.shardId,
    end: record.end,
    blockStartedAt: place.endsBlock ? null : place.blockStartedAt,
    probesSent: record.probesSent,
    probesAnswered: record.probesAnswered,
    listedPorts: record.listed.length,
    skipped: record.skipped,
    hostsUp,
    partial: record.partial,
  });
  await recordEvent(executor, {
    kind: 'scan.progressed',
    job: place.job,
    payload: { completed: record.end - record.first, listed_ports: record.listed.length, hosts_up: hostsUp },
  });
  return 'recorded';
}

/** A batch begins where the shard's last one ended: neither a gap nor an overlap can be stored. */
function assertFollows(held: HeldShard, entry: LedgerEntry): void {
  if (held.checkpoint === entry.firstPosition && held.nextBatch === entry.seq) return;
  throw new ScanoramaError('batch_conflict', 'The batch does not follow the last one of its shard.', {
    facts: {
      shard: entry.shardId,
      expected: { seq: held.nextBatch, first: held.checkpoint },
      offered: { seq: entry.seq, first: entry.firstPosition },
    },
  });
}

/** Writes the observations. Returns how many of them are new for this scan. */
async function storeObservations(
  context: WorkContext,
  executor: Executor,
  place: BatchPlace,
  record: BatchRecord,
): Promise<Omit<NewRows, 'warnings'>> {
  const source = { jobId: place.job.id, siteId: place.siteId, shardNumber: place.shardNumber };
  const seenHosts = record.evidence.map((seen) => ({ ...seen, uid: uidFor(context) }));
  const { ids: hostIds, ...known } = await upsertHosts(executor, source, seenHosts);
  const hostsUp = await insertScanHosts(executor, source, hostIds, seenHosts);
  await computeStatuses(executor, [
    ...(await touchedByObservation(executor, place.job.id, known.missed)),
    ...(await insertMissesOfHosts(executor, known.earlier)),
  ]);
  // In the order of the keys of all tables, so that neighboring rows go to the same page of an index.
  const observations = record.listed
    .map((port): PortObservation => ({ ...port, hostId: hostIdOf(hostIds, port.address) }))
    .sort(inKeyOrder);
  const coverage: CoverageSource = { ...source, observedAt: place.blockStartedAt };
  await addCoverage(executor, coverage, record.covered);
  await storeListedPorts(executor, source, observations);
  await foldCoveredPorts(executor, coverage, record.covered);
  const findings = await storeFindings(executor, source, { findings: record.findings ?? [], hostIds });
  return { hostsUp, findings };
}

interface Found {
  readonly findings: readonly FoundValue[];
  /** Of the hosts that this batch has evidence of. */
  readonly hostIds: ReadonlyMap<string, number>;
}

/** The host of a finding may come from an earlier batch. */
async function storeFindings(
  executor: Executor,
  source: ObservationSource,
  { findings, hostIds }: Found,
): Promise<number> {
  if (findings.length === 0) return 0;
  const others = findings.map(({ address }) => address).filter((address) => !hostIds.has(address));
  const all = new Map([...hostIds, ...(await hostIdsOf(executor, source.siteId, [...new Set(others)]))]);
  const stored = findings.flatMap((found) => {
    const hostId = all.get(found.address);
    return hostId === undefined ? [] : [{ ...found, hostId }];
  });
  const kept = await foldFindings(executor, source, stored);
  // A name is no evidence of a host: it creates no host, and is kept with the scan that found it.
  const names = findings.filter(({ address, fact }) => fact === 'hostname' && !all.has(address));
  await insertScanNames(executor, source.jobId, names);
  return kept;
}

/** A listed port is evidence of its host, so its host was written just before. */
function hostIdOf(hostIds: ReadonlyMap<string, number>, address: string): number {
  const hostId = hostIds.get(address);
  if (hostId === undefined)
    throw new ScanoramaError('internal', `${address} has an open port and no host row.`);
  return hostId;
}

function inKeyOrder(one: PortObservation, other: PortObservation): number {
  if (one.hostId !== other.hostId) return one.hostId - other.hostId;
  if (one.protocol !== other.protocol) return one.protocol < other.protocol ? -1 : 1;
  return one.port - other.port;
}

function uidFor(context: WorkContext): string {
  return createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
}

function addressesOf(record: BatchRecord): readonly string[] {
  const parts = [record.covered, record.evidence, record.findings ?? []];
  return [...new Set(parts.flatMap((part) => part.map(({ address }) => address)))];
}

function ledgerEntry(place: BatchPlace, record: BatchRecord): LedgerEntry {
  return {
    shardId: place.shardId,
    jobId: place.job.id,
    seq: place.seq,
    leaseToken: place.token,
    firstPosition: record.first,
    endPosition: record.end,
    listedPorts: record.listed.length,
    coveredPorts: record.coveredPorts,
    skipped: record.skipped,
    probesSent: record.probesSent,
    probesAnswered: record.probesAnswered,
    observedFrom: record.observedFrom,
    observedTo: record.observedTo,
  };
}
