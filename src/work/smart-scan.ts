import { type ErrorCode, ScanoramaError } from '#domain/error.js';
import { pointsOf } from '#domain/knowledge.js';
import {
  DEFAULT_TRIGGER_HOSTS,
  MAX_SCANS_PER_TRIGGER,
  PART_OF_STAGE,
  type SmartScanStage,
  STAGE_TEXT,
  type StageMeans,
} from '#domain/smart-scan.js';
import { batchTasks, type StageBatch } from '#domain/smart-scan-batch.js';
import type { Executor } from '#store/database.js';
import { holdHosts } from '#store/edits.js';
import { findScanJob, type ScheduledBy } from '#store/scan-jobs.js';
import {
  countUnscannable,
  findSmartScanHost,
  insertAttempts,
  keepRefusal,
  takeSmartScanTurn,
  type UnscannableHosts,
} from '#store/smart-scan.js';
import { inSnapshot } from '#store/snapshot.js';
import { storeWithin } from '#store/store.js';
import type { Actor, WorkContext } from '#work/context.js';
import { createScan } from '#work/create-scan.js';
import { inTurn, type Turn } from '#work/in-turn.js';
import {
  byTurn,
  type DecidedHost,
  type DecidedHosts,
  decideHost,
  decideHosts,
  rulesOf,
  type SmartScanQuestion,
  type SmartScanRules,
  stageFor,
} from '#work/plan-smart-scan.js';
import { meansOf, missingInAll, readMachines } from '#work/smart-scan-means.js';
import { settingsOf, tasksFor } from '#work/smart-scan-tasks.js';
import { discoveryOf } from '#work/start-discovery.js';
import { scanOf } from '#work/start-scan.js';
import { wishFrom } from '#work/use-profile.js';

/** The longest one statement may take while scans are chosen, and the wait for somebody else who chooses. */
const CHOOSING_TIMEOUT_MS = 60_000;
const TURN: Turn = {
  take: takeSmartScanTurn,
  timeoutMs: CHOOSING_TIMEOUT_MS,
  busy: () =>
    new ScanoramaError('conflict', 'Another smart scan is being started, so nothing was started.', {
      hint: 'Try again in a minute.',
    }),
};

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

export interface SmartScanOutcome {
  readonly scans: readonly SmartScan[];
  /** Hosts that something is due for and that no scan was started for this time. */
  readonly left: number;
}

/**
 * Starts the scans by which more is learnt of the hosts that are meant, all of them in one transaction with what is kept of
 * the attempt: either they are started or nothing is. Of two at once the second sees what the first one started. Throws
 * what starting a scan throws, `confirmation_required` too. Where nobody is there to be asked, a scan that is refused is
 * noted with its hosts, whose turn comes after all others then, and the others are started.
 */
export async function triggerSmartScan(
  context: WorkContext,
  order: SmartScanOrder,
  signal: AbortSignal = new AbortController().signal,
): Promise<SmartScanOutcome> {
  // Before the transaction: it may have to start a process.
  const machines = await readMachines(context, order.site);
  const outcome = await inTurn(context, { ...TURN, signal }, async (executor) => {
    const rules = rulesOf(context, machines, order);
    const decided = await decideHosts(executor, order, rules);
    const { batches, left } = await batchesOf(executor, { decided, order, rules });
    await order.alongside?.(executor);
    const within = { ...context, store: storeWithin(context.store, executor) };
    const scans: SmartScan[] = [];
    let refused = 0;
    for (const batch of batches) {
      try {
        const scan = await startBatch(within, { batch, order, rules }, signal);
        if (scan !== undefined) scans.push(scan);
      } catch (error) {
        if (order.unattended !== true || !isRefusal(error)) throw error;
        await noteRefusal(within, { batch, error, nowMs: rules.nowMs });
        refused += batch.hosts.length;
      }
    }
    return { scans, left: left + refused };
  });
  const { scans, left } = outcome;
  context.log.info({ scans: scans.map(({ uid }) => uid), left }, 'smart scan');
  return outcome;
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

interface Planning {
  readonly decided: DecidedHosts;
  readonly order: SmartScanOrder;
  readonly rules: SmartScanRules;
}

async function batchesOf(
  executor: Executor,
  { decided, order, rules }: Planning,
): Promise<{ readonly batches: readonly StageBatch<DecidedHost>[]; readonly left: number }> {
  const wanting = decided.hosts.toSorted(byTurn).flatMap((one) => {
    const stage = stageFor(one, order.stage);
    return stage === null ? [] : [{ decided: one, stage }];
  });
  const hosts = wanting.slice(0, order.limit ?? DEFAULT_TRIGGER_HOSTS);
  if (hosts.length === 0) return { batches: [], left: 0 };
  const asked = await tasksFor(executor, { hosts, rules });
  const tasks = asked.filter(({ ports }) => ports === null || ports.count > 0);
  const batches = batchTasks(tasks).slice(0, MAX_SCANS_PER_TRIGGER);
  const taken = batches.reduce((sum, batch) => sum + batch.hosts.length, 0);
  return { batches, left: wanting.length - taken };
}

interface Starting {
  readonly batch: StageBatch<DecidedHost>;
  readonly order: SmartScanOrder;
  readonly rules: SmartScanRules;
}

/** Undefined when all its hosts were purged meanwhile. */
async function startBatch(
  context: WorkContext,
  { batch, order, rules }: Starting,
  signal: AbortSignal,
): Promise<SmartScan | undefined> {
  const { read } = context.store;
  const held = await holdHosts(
    read,
    batch.hosts.map(({ host }) => host.uid),
  );
  const there = new Set(held.map(({ id }) => id));
  const hosts = batch.hosts.filter(({ host }) => there.has(host.id));
  if (hosts.length === 0) return undefined;
  const uid = await startFor(context, { batch: { ...batch, hosts }, order, rules }, signal);
  const { id: jobId } = await findScanJob(read, uid);
  const part = PART_OF_STAGE[batch.stage];
  await insertAttempts(read, {
    jobId,
    stage: batch.stage,
    startedAt: new Date(rules.nowMs),
    hosts: hosts.map(({ host, knowledge }) => ({ id: host.id, points: pointsOf(knowledge, part) })),
  });
  return { ...batch, hosts, uid };
}

/** An ordinary scan, also for keys, or for names an ordinary discovery run. */
async function startFor(
  context: WorkContext,
  { batch, order }: Starting,
  signal: AbortSignal,
): Promise<string> {
  const { site, stage, profile, ports, hosts } = batch;
  const creation = {
    site,
    targets: hosts.map(({ host }) => host.address),
    exclude: [],
    outsideScope: false,
    name: nameOf(stage, hosts.length),
    description: 'Started by smart scan, for what is not known of these hosts.',
    confirmLarge: order.confirmLarge ?? false,
    confirmUnscoped: order.confirmUnscoped ?? false,
    actor: order.actor ?? SMART_SCAN_ACTOR,
  };
  const wish = await wishFrom(context.store.read, profile ?? undefined, settingsOf(batch));
  const { scheduled } = order;
  if (stage !== 'identity' || ports !== null) {
    const scan = await scanOf(context, { ...creation, ...wish }, signal);
    return createScan(context, { ...scan, scheduled });
  }
  const { rate } = wish;
  const { resolver } = order;
  const run = { ...creation, rate, methods: undefined, resolver, addNetworks: false, detectOs: false };
  return createScan(context, { ...(await discoveryOf(context, run, signal)), scheduled });
}

function nameOf(stage: SmartScanStage, hosts: number): string {
  return `Smart scan: ${STAGE_TEXT[stage]} of ${hosts} host${hosts === 1 ? '' : 's'}`;
}

/** What smart scan would do, without doing it. */
export interface SmartScanSuggestions {
  readonly decided: DecidedHosts;
  /** What is missing of each stage at all sites whose hosts are looked at. */
  readonly missing: StageMeans['missing'];
  readonly unscannable: UnscannableHosts;
  /** Of each stage that is due for any host: the scans that a trigger of it with this order would start. */
  readonly plans: ReadonlyMap<SmartScanStage, SmartScanOutcome>;
}

/** Tells what would be started of each of these stages, of one instant; sends and stores nothing. */
export async function suggestSmartScans(
  context: WorkContext,
  order: SmartScanOrder,
  stages: readonly SmartScanStage[],
): Promise<SmartScanSuggestions> {
  const machines = await readMachines(context, order.site);
  const rules = rulesOf(context, machines, order);
  return inSnapshot(context.store.read, async (snapshot) => {
    const decided = await decideHosts(snapshot, order, rules);
    const plans = new Map<SmartScanStage, SmartScanOutcome>();
    for (const stage of stages) {
      const planning = { decided, order: { ...order, stage }, rules };
      const { batches, left } = await batchesOf(snapshot, planning);
      if (batches.length > 0)
        plans.set(stage, { scans: batches.map((batch) => ({ ...batch, uid: null })), left });
    }
    const selection = {
      matching: order.filter,
      site: order.site,
      uids: order.hosts,
      now: new Date(rules.nowMs),
    };
    const sites = [...new Set(decided.hosts.map(({ host }) => host.site))];
    const means = sites.map((site) => rules.meansAt(site));
    return {
      decided,
      missing: missingInAll(means.length > 0 ? means : [meansOf(machines.all, order.resolver)]),
      unscannable: await countUnscannable(snapshot, selection),
      plans,
    };
  });
}

/** What is known of one host and what comes next; `not_found`. */
export async function smartScanStageOf(
  context: WorkContext,
  uid: string,
  question: SmartScanQuestion,
): Promise<DecidedHost> {
  const rules = rulesOf(context, await readMachines(context), question);
  return inSnapshot(context.store.read, async (snapshot) => {
    const host = await findSmartScanHost(snapshot, uid);
    const decided = host && (await decideHost(snapshot, host, rules));
    if (decided !== undefined) return decided;
    throw new ScanoramaError('not_found', `There is no host with the id ${uid}.`, { at: uid });
  });
}
