import { ScanoramaError } from '#domain/error.js';
import { splitIntoShards } from '#domain/plan.js';
import type { ScanConfirmation } from '#domain/scan-confirmation.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/uid.js';
import type { Executor } from '#store/database.js';
import { recordEvent } from '#store/events.js';
import { holdNetwork } from '#store/networks.js';
import { insertScanJob } from '#store/scan-jobs.js';
import { insertShards, unfinishedShardsOf } from '#store/scan-shards.js';
import { acceptUnscoped } from '#store/site-scopes.js';
import { siteIdByName } from '#store/sites.js';
import type { Actor, WorkContext } from '#work/context.js';
import { CONFIRMATION_PROBES, type PreparedScan, prepareScan, type ScanWish } from '#work/prepare-scan.js';
import { planVersionFor } from '#work/scan-plan.js';
import { scopeConfirmationRequired } from '#work/scan-scope.js';

/** A shard is at least so many positions, so that small scans are not cut up, and a scan has at most so many shards. */
const SHARD_POSITIONS = 4_194_304;
const MAX_SHARDS = 64;

export interface ScanOrder extends ScanWish {
  readonly name: string | null;
  readonly description: string | null;
  readonly confirmLarge: boolean;
  /** Says yes to a scan of a site that has no scope, once and for all. */
  readonly confirmUnscoped: boolean;
  readonly actor: Actor;
}

/** Stores a scan as pending together with its queue message, in one transaction, and gives its uid. */
export async function startScan(
  context: WorkContext,
  order: ScanOrder,
  signal: AbortSignal,
): Promise<string> {
  const prepared = await prepareScan(context, order, signal);
  if (prepared.needsConfirmation && !order.confirmLarge) throw confirmationRequired(prepared);
  if (prepared.asksForScope && !order.confirmUnscoped)
    throw scopeConfirmationRequired(order.site, prepared.targets);
  const uid = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
  await context.store.transaction(async (executor) => {
    const siteId = await siteIdByName(executor, order.site);
    if (prepared.asksForScope) await acceptUnscoped(executor, siteId, order.actor);
    const jobId = await insertScanJob(executor, {
      uid,
      siteId,
      networkId: await networkStillThere(executor, prepared),
      name: order.name,
      description: order.description,
      scanType: order.scanType,
      engine: prepared.engine,
      engineNote: prepared.engineNote,
      targets: order.targets,
      excluded: prepared.excluded.toWords(),
      resolved: prepared.resolved,
      planVersion: planVersionFor(prepared.engine),
      targetRanges: prepared.targets.toWords(),
      ports: prepared.ports.toString(),
      seed: prepared.seed,
      positions: prepared.plan.positions,
      packetsPerSecond: order.rate.packetsPerSecond ?? null,
      packetsPerSecondPerHost: order.rate.packetsPerSecondPerHost ?? null,
      unlimited: order.rate.unlimited,
      liveHosts: order.liveHosts,
      outsideScope: order.outsideScope,
      createdBy: order.actor,
    });
    const shards = Math.min(MAX_SHARDS, Math.ceil(prepared.plan.positions / SHARD_POSITIONS));
    await insertShards(executor, jobId, splitIntoShards(prepared.plan, shards));
    await recordEvent(executor, {
      kind: 'scan.created',
      job: { id: jobId, uid },
      payload: { actor: order.actor, ...(order.outsideScope ? { outside_scope: true } : {}) },
    });
    await context.enqueueShards(executor, uid, await unfinishedShardsOf(executor, jobId));
  });
  context.log.debug({ scan: uid, positions: prepared.plan.positions }, 'scan created');
  return uid;
}

/** A network that was removed since its addresses were read is no target any more. */
async function networkStillThere(executor: Executor, { networkId }: PreparedScan): Promise<number | null> {
  if (networkId === null || (await holdNetwork(executor, networkId))) return networkId;
  throw new ScanoramaError('conflict', 'The network was removed while the scan was being started.', {
    hint: '`scanorama networks list` shows the networks.',
  });
}

function confirmationRequired(prepared: PreparedScan): ScanoramaError {
  const { positions } = prepared.plan;
  return new ScanoramaError(
    'confirmation_required',
    `The scan would send ${positions.toLocaleString('en')} probes to ${prepared.targets.size.toLocaleString('en')} addresses; above ${CONFIRMATION_PROBES.toLocaleString('en')} probes it wants a confirmation.`,
    {
      hint: 'Say yes to it (--yes, or "confirm_large": true), or name fewer addresses or ports.',
      facts: {
        confirm: 'confirm_large' satisfies ScanConfirmation,
        probes: positions,
        addresses: String(prepared.targets.size),
        limit: CONFIRMATION_PROBES,
      },
    },
  );
}
