import { storedBatches, storedPorts } from '#store/scans/scan-evidence.js';
import { findScanJob } from '#store/scans/scan-jobs.js';
import type { ScanView } from '#store/scans/scan-views.js';
import { type Judgement, judge } from '#torture/compare-with-truth.js';
import type { FaultKind, Hit, Scenario } from '#torture/fault.js';
import { isGone, UnheldRound } from '#torture/inconclusive-round.js';
import { inventTruth, type KnownTruth } from '#torture/known-truth.js';
import { awaitEnd, type Lab, patiently, poll, restore } from '#torture/lab.js';
import { type Listeners, openListeners, portsOfOthers } from '#torture/listeners.js';
import type { Random } from '#torture/random.js';
import { verifyData } from '#work/health/verify-data.js';
import { planInputOf } from '#work/scans/scan-plan.js';

/** Long enough to be met in the middle, with a batch every SCANORAMA_BATCH_DELAY. */
const SCAN_MS = 900;

/** Which fault a round is about. */
export interface RoundPlan {
  readonly round: number;
  readonly kind: FaultKind;
  readonly point: string;
  readonly random: Random;
}

export interface RoundResult extends Judgement {
  readonly round: number;
  readonly kind: string;
  readonly point: string;
  /** Undefined where the scan was over before the fault could strike. */
  readonly hit: Hit | undefined;
  readonly durationMs: number;
}

/**
 * Scans a known truth, hurts the scan, lets it come back, and holds what is stored against the truth. Throws UnheldRound
 * where it did not come to that.
 */
export async function runRound(lab: Lab, plan: RoundPlan): Promise<RoundResult> {
  const begunMs = performance.now();
  const { truth, listeners, before } = await orUnheld(() => setUp(lab, plan));
  try {
    const uid = await orUnheld(() => startScan(lab, plan.random, truth));
    const hit = await struck(plan, { lab, uid, truth, random: plan.random, point: plan.point });
    const restoring = restore(lab, 'running');
    restoring.catch(() => undefined);
    const view = await awaitEndOrResume(lab, uid, { restoring, mayFail: plan.kind.mayFail === true });
    await restoring;
    const foreign = new Set([...before, ...(await portsOfOthers())]);
    const judgement = await judgeStored(lab, view, { truth, listeners, foreign });
    const { round, kind, point } = plan;
    const durationMs = performance.now() - begunMs;
    const faults = [...(hit?.broken === undefined ? [] : [hit.broken]), ...judgement.faults];
    return { ...judgement, faults, round, kind: kind.name, point, hit, durationMs };
  } finally {
    await listeners.close();
  }
}

async function setUp(lab: Lab, { kind, random }: RoundPlan) {
  await restore(lab, 'ready');
  await kind.prepare?.(lab);
  const before = await portsOfOthers();
  const truth = inventTruth(random, SCAN_MS, before);
  const listeners = await openListeners([...truth.listening, ...truth.decoys]);
  return { truth, listeners, before };
}

/** Before there is a scan, nothing that fails is the scan's. */
async function orUnheld<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new UnheldRound(error);
  }
}

async function struck({ kind }: RoundPlan, scenario: Scenario): Promise<Hit | undefined> {
  try {
    return await kind.strike(scenario);
  } catch (error) {
    if (!isGone(error)) throw error;
    // Its scan would ask the listeners of the next try.
    await restore(scenario.lab, 'running');
    await awaitEnd(scenario.lab, scenario.uid);
    throw new UnheldRound(error);
  }
}

async function startScan(lab: Lab, random: Random, truth: KnownTruth): Promise<string> {
  const server = random.pick(lab.servers);
  // A server refuses for as long as it has not noticed that its database is back.
  const { id } = await patiently(lab, 'a scan can be started', async () => {
    const client = await lab.clientOf(server);
    return client.startScan({
      targets: [...truth.targets],
      ports: `${truth.firstPort}-${truth.lastPort}`,
      scan_type: 'connect',
      rate: truth.packetsPerSecond,
      per_host_rate: truth.packetsPerSecond,
    });
  });
  return id;
}

interface Ending {
  readonly restoring: Promise<void>;
  readonly mayFail: boolean;
}

/** Waits for the end; what ended as failed is resumed where the fault is of a kind that does not pass. */
async function awaitEndOrResume(lab: Lab, uid: string, { restoring, mayFail }: Ending): Promise<ScanView> {
  const view = await awaitEnd(lab, uid);
  if (view.status !== 'failed' || !mayFail) return view;
  await restoring;
  await patiently(lab, 'the scan can be resumed', async () => {
    const [server] = lab.servers;
    return server === undefined ? undefined : (await lab.clientOf(server)).resumeScan(uid);
  });
  return awaitEnd(lab, uid);
}

interface Known {
  readonly truth: KnownTruth;
  readonly listeners: Listeners;
  readonly foreign: ReadonlySet<number>;
}

async function judgeStored(
  lab: Lab,
  { uid, status, errorMessage }: ScanView,
  { truth, listeners, foreign }: Known,
): Promise<Judgement> {
  const stored = await poll(lab, 'the results can be read', async (executor) => ({
    plan: planInputOf(await findScanJob(executor, uid)),
    ports: await storedPorts(executor, uid),
    batches: await storedBatches(executor, uid),
  }));
  const judgement = judge({ ...stored, truth, listeners: listeners.all, foreign });
  const ending =
    status === 'completed' ? [] : [`not resumed: the scan is ${status} (${errorMessage ?? 'no reason'})`];
  return { ...judgement, faults: [...ending, ...judgement.faults, ...(await damage(lab))] };
}

/** What `scanorama verify` would say. */
async function damage(lab: Lab): Promise<string[]> {
  const { checks } = await patiently(lab, 'the database can be verified', () =>
    verifyData(lab.poll, lab.signal),
  );
  return checks
    .filter(({ faults }) => faults > 0)
    .map(({ name, faults, examples }) => `verify: ${name}: ${faults} (${examples.join(', ')})`);
}
