import { storedBatches, storedPorts } from '#store/scan-evidence.js';
import { findScanJob } from '#store/scan-jobs.js';
import type { ScanView } from '#store/scan-views.js';
import type { FaultKind, Hit } from '#torture/fault.js';
import { type Judgement, judge } from '#torture/hold-against-truth.js';
import { inventTruth, type KnownTruth } from '#torture/known-truth.js';
import { type Lab, look, patiently, restore, settled } from '#torture/lab.js';
import { type Listeners, openListeners, portsOfOthers } from '#torture/listeners.js';
import type { Random } from '#torture/random.js';
import { planInputOf } from '#work/scan-plan.js';
import { verifyData } from '#work/verify-data.js';

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

/** Scans a known truth, hurts the scan, lets it come back, and holds what is stored against the truth. */
export async function runRound(lab: Lab, plan: RoundPlan): Promise<RoundResult> {
  const begunMs = performance.now();
  await restore(lab, 'ready');
  await plan.kind.prepare?.(lab);
  const truth = inventTruth(plan.random, SCAN_MS);
  const listeners = await openListeners([...truth.listening, ...truth.decoys]);
  try {
    const before = await portsOfOthers();
    const uid = await startScan(lab, plan.random, truth);
    const hit = await plan.kind.strike({ lab, uid, truth, random: plan.random, point: plan.point });
    const restoring = restore(lab, 'running');
    restoring.catch(() => undefined);
    const view = await completed(lab, uid, { restoring, mayFail: plan.kind.mayFail === true });
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
async function completed(lab: Lab, uid: string, { restoring, mayFail }: Ending): Promise<ScanView> {
  const view = await settled(lab, uid);
  if (view.status !== 'failed' || !mayFail) return view;
  await restoring;
  await patiently(lab, 'the scan can be resumed', async () => {
    const [server] = lab.servers;
    return server === undefined ? undefined : (await lab.clientOf(server)).resumeScan(uid);
  });
  return settled(lab, uid);
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
  const stored = await look(lab, 'the results can be read', async (executor) => ({
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
    verifyData(lab.look, lab.signal),
  );
  return checks
    .filter(({ faults }) => faults > 0)
    .map(({ name, faults, examples }) => `verify: ${name}: ${faults} (${examples.join(', ')})`);
}
