import { ScanoramaError } from '#domain/errors/error.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { quote } from '#domain/text/quote.js';
import type { ReportedHost } from '#report/nmap/reported-host.js';
import type { Executor } from '#store/database/database.js';
import { BATCH_DEADLINE_MS } from '#store/database/session-limits.js';
import { storeWithin, type TransactionOptions } from '#store/database/store.js';
import { recordEvent } from '#store/events/events.js';
import { insertImport, shardOfImport } from '#store/scans/imports.js';
import {
  insertScanJob,
  lockScanJob,
  mayContinue,
  moveScanJob,
  NO_PROBING,
  type ScanJob,
} from '#store/scans/scan-jobs.js';
import { claimShard, hasLiveLease, insertShards, type Lease, renewLease } from '#store/scans/scan-shards.js';
import { siteIdByName } from '#store/sites/sites.js';
import type { BatchRecord } from '#work/batches/batch-record.js';
import { recordBatch } from '#work/batches/record-batch.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { retryTransient } from '#work/context/retry.js';
import { reportBatches } from '#work/imports/report-batches.js';
import type { ReportSurvey } from '#work/imports/survey-report.js';
import { cancelScan, failScan, failureOf, finishScan } from '#work/scans/end-scan.js';

/** The plan of an import is its report; this one is never planned again. */
const IMPORT_PLAN_VERSION = 1;
/** Words for what a report tells of that are kept for lists; the ranges themselves are kept all. */
const MAX_TARGET_TEXTS = 1_000;
const MAX_NAME_CHARACTERS = 100;
/** Reading a large host and storing a batch are far below it. */
const IMPORT_LEASE_MS = 30_000;

export interface ImportOrder {
  readonly site: string;
  /** What the file is called where it comes from. */
  readonly fileName: string | null;
  readonly actor: Actor;
}

/** A report that was understood and counted. */
export interface SurveyedReport {
  /** Of the scan that holds it. */
  readonly uid: string;
  readonly siteId: number;
  readonly order: ImportOrder;
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly survey: ReportSurvey;
  /** Reads it from the beginning, each time alike. */
  readonly hosts: () => AsyncIterable<ReportedHost>;
}

/** The same bytes are in the database already. */
export class AlreadyImported extends ScanoramaError {
  constructor() {
    super('conflict', 'The same report was stored in the meantime.');
  }
}

/**
 * Stores a report for the first time. Throws `AlreadyImported` when somebody did so in the meantime, `not_found` or
 * `conflict` when the site was removed.
 */
export async function storeReport(
  context: WorkContext,
  report: SurveyedReport,
  signal: AbortSignal,
): Promise<void> {
  const only = await onlyBatch(report, context.importBatchRows);
  if (only === undefined) {
    const place = await inOneTransaction(context, (within, executor) => begin(within, executor, report));
    await storeBatches(context, { place, report, signal });
    return;
  }
  signal.throwIfAborted();
  const storeAll = async (within: WorkContext, executor: Executor): Promise<void> => {
    const place = placeOf(await begin(within, executor, report), report, only);
    await recordBatch(within, place, withFault(only, report));
    await finishScan(within, report.uid);
  };
  // The batch joins this transaction, and what limits its own does not.
  await inOneTransaction(context, storeAll, { kind: 'batch', deadlineMs: BATCH_DEADLINE_MS });
}

/** Goes on with a report whose import was interrupted; `report.uid` is that of its scan. */
export async function goOnStoring(
  context: WorkContext,
  report: SurveyedReport,
  signal: AbortSignal,
): Promise<void> {
  const place = await inOneTransaction(context, (within, executor) => claimAgain(within, executor, report));
  await storeBatches(context, { place, report, signal });
}

function inOneTransaction<Result>(
  context: WorkContext,
  work: (within: WorkContext, executor: Executor) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  return retryTransient(context, () =>
    context.store.transaction(
      (executor) => work({ ...context, store: storeWithin(context.store, executor) }, executor),
      options,
    ),
  );
}

/** The batch that holds the whole report; undefined when it takes more than one. */
async function onlyBatch(report: SurveyedReport, maxRows: number): Promise<BatchRecord | undefined> {
  for await (const batch of reportBatches(report.hosts(), maxRows))
    return batch.end === report.survey.positions ? batch : undefined;
  return undefined;
}

interface ImportPlace {
  readonly job: Pick<ScanJob, 'id' | 'uid'>;
  /** Undefined when every position is committed and only the end is missing. */
  readonly lease: Lease | undefined;
}

async function begin(context: WorkContext, executor: Executor, report: SurveyedReport): Promise<ImportPlace> {
  const { uid, siteId, order, survey } = report;
  // Held from now on; reading the report took its time, and the site may be gone since.
  if ((await siteIdByName(executor, order.site)) !== siteId) throw siteReplaced(order.site);
  const id = await insertScanJob(executor, {
    uid,
    siteId,
    name: order.fileName === null ? null : Array.from(order.fileName).slice(0, MAX_NAME_CHARACTERS).join(''),
    description: null,
    scanType: 'import',
    engine: 'import',
    engineNote: null,
    targets: survey.addresses.toTexts().slice(0, MAX_TARGET_TEXTS),
    excluded: [],
    resolved: [],
    planVersion: IMPORT_PLAN_VERSION,
    targetRanges: survey.addresses.toTexts(),
    ports: survey.ports.toString(),
    seed: 0n,
    positions: survey.positions,
    packetsPerSecond: null,
    packetsPerSecondPerHost: null,
    unlimited: false,
    liveHosts: false,
    networkId: null,
    outsideScope: false,
    profile: null,
    ...NO_PROBING,
    foundBy: null,
    createdBy: order.actor,
  });
  const { sha256, sizeBytes } = report;
  const { taken, notTaken, fault, run } = survey;
  const account = { run, taken, notTaken, fault: fault ?? null };
  const row = {
    jobId: id,
    siteId,
    sha256,
    sizeBytes,
    format: 'nmap-xml',
    fileName: order.fileName,
    account,
  } as const;
  if (!(await insertImport(executor, row))) throw new AlreadyImported();
  await insertShards(executor, id, [{ first: 0, end: survey.positions }]);
  const job = await lockScanJob(executor, uid);
  await recordEvent(executor, { kind: 'scan.created', job, payload: { actor: order.actor } });
  await moveScanJob(executor, job, { to: 'running' });
  await recordEvent(executor, { kind: 'scan.started', job, payload: { worker: context.owner } });
  return { job, lease: await claim(executor, id, context.owner) };
}

function siteReplaced(site: string): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `The site ${quote(site)} was removed and made anew while the report was being read.`,
    { hint: 'Import the report once more.', at: site },
  );
}

/** Throws `conflict` while somebody else stores it, or when it was cut otherwise then. */
async function claimAgain(
  context: WorkContext,
  executor: Executor,
  report: SurveyedReport,
): Promise<ImportPlace> {
  const job = await lockScanJob(executor, report.uid);
  if (job.status === 'completed') throw new AlreadyImported();
  if (await hasLiveLease(executor, job.id)) {
    throw new ScanoramaError('conflict', 'This very report is being imported right now.', { at: report.uid });
  }
  if (job.positions !== report.survey.positions) throw cutOtherwise(report.uid);
  if (isEnded(job.status)) await moveScanJob(executor, job, { to: 'pending' });
  const pending = isEnded(job.status) ? { ...job, status: 'pending' as const } : job;
  if (pending.status === 'pending') await moveScanJob(executor, pending, { to: 'running' });
  await recordEvent(executor, { kind: 'scan.resumed', job, payload: { actor: report.order.actor } });
  return { job, lease: await claim(executor, job.id, context.owner) };
}

async function claim(executor: Executor, jobId: number, owner: string): Promise<Lease | undefined> {
  const shardId = await shardOfImport(executor, jobId);
  if (shardId === undefined) throw new ScanoramaError('internal', `Import ${jobId} has no shard.`);
  return claimShard(executor, { shardId, owner, leaseMs: IMPORT_LEASE_MS });
}

function cutOtherwise(uid: string): ScanoramaError {
  return new ScanoramaError('conflict', 'The report was begun by another version of Scanorama.', {
    hint: 'Delete the unfinished import first.',
    at: uid,
  });
}

function placeOf({ job, lease }: ImportPlace, report: SurveyedReport, batch: BatchRecord) {
  if (lease === undefined) throw new ScanoramaError('internal', `The import ${job.uid} has no lease.`);
  return {
    job,
    siteId: report.siteId,
    shardId: lease.shardId,
    shardNumber: lease.shardNumber,
    token: lease.token,
    seq: lease.nextBatch,
    blockStartedAt: batch.observedFrom,
    endsBlock: true,
  };
}

/** A report that is not whole makes a scan that is not: every batch of it says why. */
function withFault(batch: BatchRecord, { survey: { fault } }: SurveyedReport): BatchRecord {
  return fault === undefined ? batch : { ...batch, partial: fault.message };
}

interface Storing {
  readonly place: ImportPlace;
  readonly report: SurveyedReport;
  readonly signal: AbortSignal;
}

/** Stores what is not stored yet and ends the scan, one way or the other. */
async function storeBatches(context: WorkContext, { place, report, signal }: Storing): Promise<void> {
  const { uid } = report;
  try {
    if (place.lease !== undefined) await storeFrom(context, place.lease, { place, report, signal });
    await retryTransient(context, () => finishScan(context, uid));
  } catch (error) {
    if (await isTakenOver(context, place, error)) throw error;
    const failure = signal.aborted
      ? { code: 'interrupted' as const, message: 'The import was interrupted.' }
      : failureOf(error);
    await retryTransient(context, () => failScan(context, uid, failure));
    throw error;
  }
}

/** Somebody else goes on with it, since we let the lease run out: then how it ends is not for us to say. */
async function isTakenOver(context: WorkContext, { job }: ImportPlace, error: unknown): Promise<boolean> {
  if (!(error instanceof ScanoramaError) || error.code !== 'lease_lost') return false;
  return retryTransient(context, () => hasLiveLease(context.store.read, job.id));
}

async function storeFrom(
  context: WorkContext,
  lease: Lease,
  { place, report, signal }: Storing,
): Promise<void> {
  let { nextBatch } = lease;
  for await (const batch of reportBatches(report.hosts(), context.importBatchRows)) {
    if (batch.end <= lease.checkpoint) continue;
    if (batch.first < lease.checkpoint) throw cutOtherwise(report.uid);
    signal.throwIfAborted();
    await keepGoing(context, place, lease);
    const at = { ...placeOf(place, report, batch), seq: nextBatch };
    await retryTransient(context, () => recordBatch(context, at, withFault(batch, report)));
    nextBatch += 1;
  }
}

/** Throws `interrupted` when somebody stopped the scan. */
async function keepGoing(context: WorkContext, { job }: ImportPlace, lease: Lease): Promise<void> {
  await retryTransient(context, () => renewLease(context.store.read, lease, IMPORT_LEASE_MS));
  if (await retryTransient(context, () => mayContinue(context.store.read, job.id))) return;
  await cancelScan(context, job.uid, true);
  throw new ScanoramaError('interrupted', 'The import was stopped; importing the file again goes on.', {
    at: job.uid,
  });
}
