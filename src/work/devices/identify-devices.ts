import { EVIDENCE_FACTS, readEvidence } from '#identity/evidence.js';
import type { Executor } from '#store/database/database.js';
import { isAway } from '#store/database/failure.js';
import {
  addEvidence,
  currentFacts,
  type FoundFact,
  factsOfScan,
  markRead,
  nextHostsOfScan,
  type SeenEvidence,
  type UnreadScan,
  unreadScans,
} from '#store/devices/device-evidence.js';
import { takeDeviceLock } from '#store/devices/device-lock.js';
import {
  hostSlice,
  hostsWithWork,
  noteWithoutDevice,
  siteWithWork,
  thoseThere,
} from '#store/devices/device-queue.js';
import type { WorkContext } from '#work/context/context.js';
import { retryTransient } from '#work/context/retry.js';
import { foldDevices, LINK_RULES } from '#work/devices/fold-devices.js';

/**
 * Hosts whose findings are read in one transaction, and hosts whose devices are computed in one, with all connected
 * hosts.
 */
export const READ_SLICE_HOSTS = 1_000;
export const FOLD_SLICE_HOSTS = 1_000;
const SCANS_AT_ONCE = 100;
/** The longest one statement may take: for as long as a slice takes, others who change devices wait. */
export const DEVICE_STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Reads the findings of completed scans as evidence and computes the devices of all affected hosts in slices. Each
 * slice is one transaction: an abort takes effect between two, and the next call continues. Any number of calls may
 * run at once. A site whose devices cannot be computed, or a scan that cannot be read, is logged. It waits longer
 * after each failure and is retried after those that never failed: it may be large, so that each attempt takes
 * minutes.
 */
export async function identifyDevices(context: WorkContext, signal: AbortSignal): Promise<void> {
  await readScans(context, signal);
  const { store, uncomputable } = context;
  const another = () => siteWithWork(store.read, uncomputable.all);
  while (!signal.aborted) {
    const siteId = (await retryTransient(context, another, signal)) ?? uncomputable.due()[0];
    if (siteId === undefined) return;
    const part = { site: siteId, ...COMPUTING };
    const isDone = await succeeds(context, { part, signal }, () => foldSlice(context, siteId, signal));
    if (isDone) uncomputable.forget(siteId);
    else uncomputable.failed(siteId);
  }
}

async function readScans(context: WorkContext, signal: AbortSignal): Promise<void> {
  const { store, unreadable } = context;
  while (!signal.aborted) {
    const scans = await unreadScans(store.read, { except: unreadable.all, limit: SCANS_AT_ONCE });
    if (scans.length === 0) break;
    for (const scan of scans) await tryReading(context, scan, signal);
  }
  const due = unreadable.due().slice(0, SCANS_AT_ONCE);
  if (due.length === 0 || signal.aborted) return;
  const scans = await unreadScans(store.read, { among: due, limit: SCANS_AT_ONCE });
  for (const id of due) if (!scans.some(({ jobId }) => jobId === id)) unreadable.forget(id);
  for (const scan of scans) if (!signal.aborted) await tryReading(context, scan, signal);
}

async function tryReading(context: WorkContext, scan: UnreadScan, signal: AbortSignal): Promise<void> {
  const part = { site: scan.siteId, scan: scan.uid, ...READING };
  const isRead = await succeeds(context, { part, signal }, () => readScan(context, scan, signal));
  if (!isRead) context.unreadable.failed(scan.jobId);
  else if (!signal.aborted) context.unreadable.forget(scan.jobId);
}

async function readScan(context: WorkContext, scan: UnreadScan, signal: AbortSignal): Promise<void> {
  const { store } = context;
  for (let after = 0; !signal.aborted; ) {
    const hostIds = await nextHostsOfScan(store.read, scan.jobId, { after, limit: READ_SLICE_HOSTS });
    const last = hostIds.at(-1);
    if (last === undefined) {
      await store.transaction((executor) => markRead(executor, scan));
      return;
    }
    await inSlice(context, signal, async (executor) => {
      await takeDeviceLock(executor, scan.siteId);
      const facts = await factsOfScan(executor, scan.jobId, { hostIds, facts: EVIDENCE_FACTS });
      await addEvidence(executor, scan.siteId, { seen: seenIn(facts), rules: LINK_RULES });
      await noteWithoutDevice(executor, hostIds);
    });
    after = last;
  }
}

/** Removes duplicate values of a host. */
function seenIn(facts: readonly FoundFact[]): readonly SeenEvidence[] {
  const seen = new Map<string, SeenEvidence>();
  for (const { hostId, fact, port, value, observedAt: at, jobId } of facts) {
    for (const evidence of readEvidence(fact, value)) {
      const key = `${hostId} ${evidence.kind} ${port} ${evidence.value}`;
      if (!seen.has(key)) seen.set(key, { hostId, ...evidence, port, at, jobId });
    }
  }
  return [...seen.values()];
}

/** Computes the devices of some hosts of a site that are due. */
function foldSlice(context: WorkContext, siteId: number, signal: AbortSignal): Promise<void> {
  return inSlice(context, signal, async (executor) => {
    await takeDeviceLock(executor, siteId);
    const hostIds = await hostsWithWork(executor, siteId, FOLD_SLICE_HOSTS);
    if (hostIds.length === 0) return;
    const { hosts, written } = await foldDevices(context, executor, { siteId, hostIds });
    context.log.debug({ site: siteId, hosts, written }, 'devices computed');
  });
}

/** Context of a failure for the log. */
interface Part {
  readonly site: number;
  readonly scan?: string;
  readonly failure: string;
}
const READING = { failure: 'the findings of a scan could not be read for devices; will be retried' };
const COMPUTING = { failure: 'devices of a site could not be computed' };

/**
 * Returns whether the work succeeded. A failure of one scan or site must not stop the others, even for a transient
 * reason such as a timeout that persisted through the retries. Throws when no work can succeed: the database is
 * unavailable, or the signal aborted.
 */
async function succeeds(
  context: WorkContext,
  { part: { failure, ...part }, signal }: { readonly part: Part; readonly signal: AbortSignal },
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isAway(error) || context.store.breaker.isOpen || error === signal.reason) throw error;
    context.log.warn({ err: error, ...part }, failure);
    return false;
  }
}

function inSlice<Result>(
  context: WorkContext,
  signal: AbortSignal,
  work: (executor: Executor) => Promise<Result>,
): Promise<Result> {
  const limits = { statementTimeoutMs: DEVICE_STATEMENT_TIMEOUT_MS };
  let failure: { readonly cause: unknown } | undefined;
  const attempt = async (): Promise<Result> => {
    if (failure !== undefined && signal.aborted)
      throw new Error('it failed, and the caller no longer waits for a retry', failure);
    try {
      return await context.store.transaction(work, limits);
    } catch (cause) {
      failure = { cause };
      throw cause;
    }
  };
  return retryTransient(context, attempt, signal);
}

/** How long the end of a scan waits for its devices. */
const AFTER_SCAN_MS = 5_000;

/** Does the same after a scan is complete, without making it fail. A server completes what is left later. */
export async function identifyAfterScan(context: WorkContext): Promise<void> {
  if (context.store.breaker.isOpen) return;
  try {
    await identifyDevices(context, AbortSignal.timeout(AFTER_SCAN_MS));
  } catch (error) {
    context.log.warn({ err: error }, 'devices could not be computed; will be retried');
  }
}

/**
 * Recomputes the devices of every host and repairs them: hosts of deleted scans get a device, and undetected
 * duplicates are merged. Returns how many rows changed.
 */
export async function healDevices(context: WorkContext, signal: AbortSignal): Promise<number> {
  const { store } = context;
  let written = 0;
  for (let after = 0; !signal.aborted; ) {
    const slice = await hostSlice(store.read, { after, limit: FOLD_SLICE_HOSTS });
    const last = slice.at(-1);
    if (last === undefined) break;
    for (const [siteId, hosts] of Map.groupBy(slice, (host) => host.siteId))
      await succeeds(context, { part: { site: siteId, ...COMPUTING }, signal }, async () => {
        written += await healSlice(context, siteId, { hosts, signal });
      });
    after = last.id;
  }
  if (written > 0) context.log.info({ written }, 'devices were repaired');
  return written;
}

function healSlice(
  context: WorkContext,
  siteId: number,
  { hosts, signal }: { readonly hosts: Awaited<ReturnType<typeof hostSlice>>; readonly signal: AbortSignal },
): Promise<number> {
  return inSlice(context, signal, async (executor) => {
    await takeDeviceLock(executor, siteId);
    // No host is purged while this holds the lock.
    const hostIds = await thoseThere(
      executor,
      hosts.map(({ id }) => id),
    );
    const without = hosts.filter(({ id, hasDevice }) => !hasDevice && hostIds.includes(id));
    const known = await currentFacts(
      executor,
      without.map(({ id }) => id),
      EVIDENCE_FACTS,
    );
    await addEvidence(executor, siteId, { seen: seenIn(known), rules: LINK_RULES });
    return (await foldDevices(context, executor, { siteId, hostIds })).written;
  });
}
