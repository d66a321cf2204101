import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { pointsOf } from '#domain/hosts/completeness.js';
import type { ScanConfirmation } from '#domain/scans/scan-confirmation.js';
import type { StageBatch } from '#domain/smart-scan/batch.js';
import { PART_OF_STAGE, type SmartScanStage, STAGE_TEXT } from '#domain/smart-scan/smart-scan.js';
import type { Executor } from '#store/database/database.js';
import { lockHosts } from '#store/edits/edits.js';
import { findScanJob, type ScheduledBy } from '#store/scans/scan-jobs.js';
import { insertAttempts } from '#store/smart-scan/attempts.js';
import { keepRefusal } from '#store/smart-scan/smart-scan.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { discoveryOf } from '#work/discovery/start-discovery.js';
import { inputFrom } from '#work/profiles/apply-profile.js';
import { createScan } from '#work/scans/create-scan.js';
import { scanOf } from '#work/scans/start-scan.js';
import {
  byLock,
  type DecidedHost,
  type SmartScanQuestion,
  type SmartScanRules,
} from '#work/smart-scan/plan-smart-scan.js';
import { settingsOf } from '#work/smart-scan/smart-scan-tasks.js';

/** Why a scan may be refused before anything of it is stored, so that others may still be started. */
const REFUSALS: readonly ErrorCode[] = [
  'confirmation_required',
  'outside_scope',
  'target_refused',
  'target_empty',
  'engine_unavailable',
  'privilege_missing',
  'scan_too_large',
  'idle_setting',
];

/** Who starts it where nobody says: a rule of the installation. */
const SMART_SCAN_ACTOR: Actor = 'smart-scan';

export interface SmartScanOrder extends SmartScanQuestion {
  /** Hosts at most, `DEFAULT_TRIGGER_HOSTS` where nobody says; those that are left come with the next trigger. */
  readonly limit?: number | undefined;
  readonly confirmLarge?: boolean | undefined;
  readonly actor?: Actor | undefined;
  /** The run of a schedule that it is done for. */
  readonly scheduled?: ScheduledBy | undefined;
  /**
   * What is to be committed with the scans, or nothing of all: done before the first of them, once it is known which there
   * will be, so that nobody waits for that who wants what it locks.
   */
  readonly alongside?: ((executor: Executor) => Promise<void>) | undefined;
}

/** A scan that was started, or that would be. */
export interface SmartScan extends StageBatch<DecidedHost> {
  /** Null where it is only planned. */
  readonly uid: string | null;
}

/** What is to be started, in an open transaction. */
interface Batches {
  readonly batches: readonly StageBatch<DecidedHost>[];
  readonly order: SmartScanOrder;
  readonly rules: SmartScanRules;
}

export interface StartedBatches {
  readonly scans: readonly SmartScan[];
  /** Hosts of them that no scan was started for. */
  readonly left: number;
}

/**
 * Starts a scan of each. Where nobody is there to be asked, one that is too large is for as many hosts as it may be, whose turn
 * it is first, and one that is refused is noted with its hosts and keeps no other.
 */
export async function startBatches(
  context: WorkContext,
  { batches, order, rules }: Batches,
  signal: AbortSignal,
): Promise<StartedBatches> {
  const scans: SmartScan[] = [];
  let left = 0;
  for (const complete of batches) {
    const { scan, waiting } = await startOne(context, { batch: complete, waiting: 0, order, rules }, signal);
    if (scan !== undefined) scans.push(scan);
    left += waiting;
  }
  return { scans, left };
}

async function startOne(
  context: WorkContext,
  starting: Starting,
  signal: AbortSignal,
): Promise<{ readonly scan: SmartScan | undefined; readonly waiting: number }> {
  const { batch, waiting, order, rules } = starting;
  try {
    return { scan: await startBatch(context, starting, signal), waiting };
  } catch (error) {
    if (order.unattended !== true || !isRefusal(error)) throw error;
    const fitting = hostsWithin(error);
    if (fitting > 0 && fitting < batch.hosts.length) {
      const hosts = batch.hosts.toSorted(byLock).slice(0, fitting);
      const rest = waiting + batch.hosts.length - fitting;
      return await startOne(context, { ...starting, batch: { ...batch, hosts }, waiting: rest }, signal);
    }
    await noteRefusal(context, { batch, error, nowMs: rules.nowMs });
    return { scan: undefined, waiting: waiting + batch.hosts.length };
  }
}

/** How many hosts a scan may have that is not to be asked about, where it was refused for its size; 0 where for something else. */
function hostsWithin({ facts }: ScanoramaError): number {
  const { confirm, probes, addresses, limit } = facts ?? {};
  if (confirm !== ('confirm_large' satisfies ScanConfirmation)) return 0;
  const hosts = Math.floor((Number(limit) * Number(addresses)) / Number(probes));
  return Number.isSafeInteger(hosts) ? hosts : 0;
}

interface Refused {
  readonly batch: StageBatch<DecidedHost>;
  readonly error: ScanoramaError;
  readonly nowMs: number;
}

/** Its hosts give their turn to others, and whoever looks at one finds out why nothing was started. */
async function noteRefusal(context: WorkContext, { batch, error, nowMs }: Refused): Promise<void> {
  const { site, stage, hosts } = batch;
  const { code, message } = error;
  context.log.warn({ site, stage, hosts: hosts.length, code, reason: message }, 'refused');
  const ids = hosts.map(({ host }) => host.id);
  await keepRefusal(context.store.read, ids, { stage, refusedAt: new Date(nowMs), code, message });
}

function isRefusal(error: unknown): error is ScanoramaError {
  return error instanceof ScanoramaError && REFUSALS.includes(error.code);
}

interface Starting {
  readonly batch: StageBatch<DecidedHost>;
  /** Hosts that the same is due for, and that the scan would be too large with. */
  readonly waiting: number;
  readonly order: SmartScanOrder;
  readonly rules: SmartScanRules;
}

/** Undefined when all its hosts were purged meanwhile. */
async function startBatch(
  context: WorkContext,
  { batch, waiting, order, rules }: Starting,
  signal: AbortSignal,
): Promise<SmartScan | undefined> {
  const { read } = context.store;
  const held = await lockHosts(
    read,
    batch.hosts.map(({ host }) => host.uid),
  );
  const there = new Set(held.map(({ id }) => id));
  const hosts = batch.hosts.filter(({ host }) => there.has(host.id));
  if (hosts.length === 0) return undefined;
  const uid = await startFor(context, { batch: { ...batch, hosts }, waiting, order, rules }, signal);
  const { id: jobId } = await findScanJob(read, uid);
  const { site, stage } = batch;
  if (waiting > 0)
    context.log.info({ scan: uid, site, stage, waiting }, 'hosts wait: it was too large with them');
  const part = PART_OF_STAGE[stage];
  await insertAttempts(read, {
    jobId,
    stage,
    startedAt: new Date(rules.nowMs),
    hosts: hosts.map(({ host, completeness }) => ({ id: host.id, points: pointsOf(completeness, part) })),
  });
  return { ...batch, hosts, uid };
}

/** An ordinary scan, also for keys, or for names an ordinary discovery run. */
async function startFor(
  context: WorkContext,
  { batch, waiting, order }: Starting,
  signal: AbortSignal,
): Promise<string> {
  const { site, stage, profile, ports, hosts } = batch;
  const creation = {
    site,
    targets: hosts.map(({ host }) => host.address),
    exclude: [],
    outsideScope: false,
    name: nameOf(stage, hosts.length),
    description: `Started by smart scan, for what is not known of these hosts.${waitingText(waiting)}`,
    confirmLarge: order.confirmLarge ?? false,
    confirmUnscoped: order.confirmUnscoped ?? false,
    actor: order.actor ?? SMART_SCAN_ACTOR,
  };
  const input = await inputFrom(context.store.read, profile ?? undefined, settingsOf(batch));
  const { scheduled } = order;
  if (stage !== 'identity' || ports !== null) {
    const scan = await scanOf(context, { ...creation, ...input }, signal);
    return createScan(context, { ...scan, scheduled });
  }
  const { rate } = input;
  const { resolver } = order;
  const run = { ...creation, rate, methods: undefined, resolver, addNetworks: false, detectOs: false };
  return createScan(context, { ...(await discoveryOf(context, run, signal)), scheduled });
}

function waitingText(hosts: number): string {
  if (hosts === 0) return '';
  return ` It would have been too large with ${hosts} more, which ${hosts === 1 ? 'waits' : 'wait'} for the next one.`;
}

function nameOf(stage: SmartScanStage, hosts: number): string {
  return `Smart scan: ${STAGE_TEXT[stage]} of ${hosts} host${hosts === 1 ? '' : 's'}`;
}
