import { ScanoramaError } from '#domain/errors/error.js';
import { batchTasks, type StageBatch } from '#domain/smart-scan/batch.js';
import {
  DEFAULT_TRIGGER_HOSTS,
  MAX_SCANS_PER_TRIGGER,
  type SmartScanStage,
  type StageCapabilities,
} from '#domain/smart-scan/smart-scan.js';
import type { Executor } from '#store/database/database.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { storeWithin } from '#store/database/store.js';
import {
  countUnscannable,
  findSmartScanHost,
  takeSmartScanLock,
  type UnscannableHosts,
} from '#store/smart-scan/smart-scan.js';
import type { WorkContext } from '#work/context/context.js';
import { serialized, type Turn } from '#work/context/serialize.js';
import {
  byLock,
  type DecidedHost,
  type DecidedHosts,
  decideHost,
  decideHosts,
  rulesOf,
  type SmartScanQuestion,
  type SmartScanRules,
  stageFor,
} from '#work/smart-scan/plan-smart-scan.js';
import { capabilitiesOf, missingInAll, readMachines } from '#work/smart-scan/smart-scan-capabilities.js';
import { tasksFor } from '#work/smart-scan/smart-scan-tasks.js';
import { type SmartScan, type SmartScanOrder, startBatches } from '#work/smart-scan/start-smart-scans.js';

/** The longest one statement may take while scans are chosen, and the wait for somebody else who chooses. */
const CHOOSING_TIMEOUT_MS = 60_000;
const TURN: Turn = {
  take: takeSmartScanLock,
  timeoutMs: CHOOSING_TIMEOUT_MS,
  busy: () =>
    new ScanoramaError('conflict', 'Another smart scan is being started, so nothing was started.', {
      hint: 'Try again in a minute.',
    }),
};

export interface SmartScanOutcome {
  readonly scans: readonly SmartScan[];
  /** Hosts that something is due for and that no scan was started for this time. */
  readonly left: number;
}

/**
 * Starts the scans by which more is learnt of the hosts that are meant, all of them in one transaction with what is kept of
 * the attempt: either they are started or nothing is. Of two at once the second sees what the first one started. Throws
 * what starting a scan throws, `confirmation_required` too. Where nobody is there to be asked, hosts whose scan is refused
 * come after all others then, and those that one would be too large with wait for the next time; the others are started.
 */
export async function triggerSmartScan(
  context: WorkContext,
  order: SmartScanOrder,
  signal: AbortSignal = new AbortController().signal,
): Promise<SmartScanOutcome> {
  // Before the transaction: it may have to start a process.
  const machines = await readMachines(context, order.site);
  const outcome = await serialized(context, { ...TURN, signal }, async (executor) => {
    const rules = rulesOf(context, machines, order);
    const decided = await decideHosts(executor, order, rules);
    const { batches, left } = await batchesOf(executor, { decided, order, rules });
    await order.alongside?.(executor);
    const within = { ...context, store: storeWithin(context.store, executor) };
    const started = await startBatches(within, { batches, order, rules }, signal);
    return { scans: started.scans, left: left + started.left };
  });
  const { scans, left } = outcome;
  context.log.info({ scans: scans.map(({ uid }) => uid), left }, 'smart scan');
  return outcome;
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
  const wanting = decided.hosts.toSorted(byLock).flatMap((one) => {
    const stage = stageFor(one, order.stage);
    return stage === null ? [] : [{ decided: one, stage }];
  });
  const hosts = wanting.slice(0, order.limit ?? DEFAULT_TRIGGER_HOSTS);
  if (hosts.length === 0) return { batches: [], left: 0 };
  const probed = await tasksFor(executor, { hosts, rules });
  const tasks = probed.filter(({ ports }) => ports === null || ports.count > 0);
  const batches = batchTasks(tasks).slice(0, MAX_SCANS_PER_TRIGGER);
  const taken = batches.reduce((sum, batch) => sum + batch.hosts.length, 0);
  return { batches, left: wanting.length - taken };
}

/** What smart scan would do, without doing it. */
export interface SmartScanSuggestions {
  readonly decided: DecidedHosts;
  /** What is missing of each stage at all sites whose hosts are looked at. */
  readonly missing: StageCapabilities['missing'];
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
    const capabilities = sites.map((site) => rules.capabilitiesAt(site));
    return {
      decided,
      missing: missingInAll(
        capabilities.length > 0 ? capabilities : [capabilitiesOf(machines.all, order.resolver)],
      ),
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
