import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { distinctLabels, labelKey } from '#domain/fields/label-name.js';
import { splitIntoShards } from '#domain/scans/plan.js';
import type { ScanConfirmation } from '#domain/scans/scan-confirmation.js';
import type { StoredScanType } from '#domain/scans/scan-type.js';
import { quote } from '#domain/text/quote.js';
import type { ScanRate } from '#net/send/scan-pace.js';
import type { Executor } from '#store/database/database.js';
import { recordEvent } from '#store/events/events.js';
import { lockNetworkRow } from '#store/networks/networks.js';
import { lockProfileRow } from '#store/profiles/profiles.js';
import {
  insertScanJob,
  type NewDiscovery,
  type NewScanJob,
  type ScheduledBy,
  type UsedProfile,
} from '#store/scans/scan-jobs.js';
import { insertShards, unfinishedShardsOf } from '#store/scans/scan-shards.js';
import { acceptUnscoped } from '#store/sites/site-scopes.js';
import { siteIdByName } from '#store/sites/sites.js';
import { tagScanRows } from '#store/tags/scan-tags.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { makeTags } from '#work/edits/create-tags.js';
import { CONFIRMATION_PROBES, type PreparedScan } from '#work/scans/prepare-scan.js';
import { planVersionFor } from '#work/scans/scan-plan.js';
import { scopeConfirmationRequired } from '#work/scans/scan-scope.js';
import { MAX_HELD_SHARDS_PER_SCAN } from '#work/shards/claim-shard.js';

/** A shard is at least so many positions, so that small scans are not cut up, and a scan has at most so many shards. */
const SHARD_POSITIONS = 4_194_304;
const MAX_SHARDS = 64;
/** With several workers it is cut finer, into what all of them hold at once; below this a shard is not worth its claim. */
const SPREAD_SHARD_POSITIONS = 65_536;

/** What every scan is ordered with, whatever it asks. */
export interface CreationOrder {
  readonly site: string;
  /** As they were written. */
  readonly targets: readonly string[];
  readonly rate: ScanRate;
  readonly outsideScope: boolean;
  readonly name: string | null;
  readonly description: string | null;
  /** Names of tags that it has from the start; one that is new is made. */
  readonly tags?: readonly string[] | undefined;
  readonly confirmLarge: boolean;
  /** Says yes to a scan of a site that has no scope, once and for all. */
  readonly confirmUnscoped: boolean;
  readonly actor: Actor;
}

export interface NewScan {
  readonly order: CreationOrder;
  readonly prepared: PreparedScan;
  readonly scanType: StoredScanType;
  readonly liveHosts: boolean;
  readonly discovery?: NewDiscovery | undefined;
  /** The discovery whose hosts it asks for their systems. */
  readonly foundBy?: number | undefined;
  /** What its settings come from. */
  readonly profile?: UsedProfile | null | undefined;
  readonly scheduled?: ScheduledBy | undefined;
  /** What else is to be stored with it; gives the network that it is of, if that was only stored now. */
  readonly alongside?: (executor: Executor, siteId: number) => Promise<number | null>;
}

/**
 * Stores a scan as pending together with its queue message, in one transaction, and gives its uid. Throws
 * `confirmation_required` where somebody has to say yes first.
 */
export async function createScan(context: WorkContext, scan: NewScan): Promise<string> {
  const { order, prepared } = scan;
  assertConfirmed(order, prepared);
  const uid = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
  await context.store.transaction(async (executor) => {
    const siteId = await siteIdByName(executor, order.site);
    if (prepared.needsScopeConfirmation) await acceptUnscoped(executor, siteId, order.actor);
    const stored = (await scan.alongside?.(executor, siteId)) ?? null;
    const networkId = stored ?? (await networkStillThere(executor, prepared));
    const profile = await profileStillThere(executor, scan.profile ?? null);
    const jobId = await insertScanJob(executor, { ...rowOf(scan, uid), siteId, networkId, profile });
    await tagFromTheStart(context, executor, { jobId, order });
    await insertShards(executor, jobId, splitIntoShards(prepared.plan, shardCount(prepared)));
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

/**
 * No edit can be of a scan that nobody sees yet, so it waits for none; a tag is held as it is, or made, and one that is
 * just being removed is waited for.
 */
async function tagFromTheStart(
  context: WorkContext,
  executor: Executor,
  { jobId, order }: { readonly jobId: number; readonly order: CreationOrder },
): Promise<void> {
  const names = distinctLabels('tag', order.tags ?? []);
  if (names.length === 0) return;
  await makeTags(context, executor, { names, actor: order.actor });
  const given = await tagScanRows(executor, { jobIds: [jobId], keys: names.map(labelKey) });
  if (given.length === names.length) return;
  throw new ScanoramaError('conflict', 'A tag was removed while the scan was being started.', {
    hint: 'Start it again; the tag is made anew.',
  });
}

/** Throws `confirmation_required` where somebody has to say yes first. */
export function assertConfirmed(
  order: Pick<CreationOrder, 'site' | 'confirmLarge' | 'confirmUnscoped'>,
  prepared: PreparedScan,
): void {
  if (prepared.needsConfirmation && !order.confirmLarge) throw confirmationRequired(prepared);
  if (prepared.needsScopeConfirmation && !order.confirmUnscoped)
    throw scopeConfirmationRequired(order.site, prepared.targets);
}

/** Into how many shards a scan is cut, by its size and by how many machines could share it. */
export function shardCount({ plan, machines }: Pick<PreparedScan, 'plan' | 'machines'>): number {
  const bySize = Math.ceil(plan.positions / SHARD_POSITIONS);
  const forAll = machines < 2 ? 1 : machines * MAX_HELD_SHARDS_PER_SCAN;
  const worthIt = Math.floor(plan.positions / SPREAD_SHARD_POSITIONS);
  return Math.min(MAX_SHARDS, Math.max(bySize, Math.min(forAll, worthIt)));
}

function rowOf(scan: NewScan, uid: string): Omit<NewScanJob, 'siteId' | 'networkId' | 'profile'> {
  const { order, prepared } = scan;
  return {
    uid,
    name: order.name,
    description: order.description,
    scanType: scan.scanType,
    engine: prepared.engine,
    engineNote: prepared.engineNote,
    targets: order.targets,
    excluded: prepared.excluded.toTexts(),
    resolved: prepared.resolved,
    planVersion: planVersionFor(prepared.engine),
    targetRanges: prepared.targets.toTexts(),
    ports: prepared.ports.toString(),
    seed: prepared.seed,
    positions: prepared.plan.positions,
    packetsPerSecond: order.rate.packetsPerSecond ?? null,
    packetsPerSecondPerHost: order.rate.packetsPerSecondPerHost ?? null,
    unlimited: order.rate.unlimited,
    liveHosts: scan.liveHosts,
    outsideScope: order.outsideScope,
    ...prepared.probing,
    discovery: scan.discovery,
    scheduled: scan.scheduled,
    foundBy: scan.foundBy ?? null,
    createdBy: order.actor,
  };
}

/** A network that was removed since its addresses were read is no target any more. */
async function networkStillThere(executor: Executor, { networkId }: PreparedScan): Promise<number | null> {
  if (networkId === null || (await lockNetworkRow(executor, networkId))) return networkId;
  throw new ScanoramaError('conflict', 'The network was removed while the scan was being started.', {
    hint: '`scanorama networks list` shows the networks.',
  });
}

/** What a scan names as its profile is there when it is stored; it runs on its own copy of it. */
async function profileStillThere(
  executor: Executor,
  profile: UsedProfile | null,
): Promise<UsedProfile | null> {
  if (profile === null || profile.id === null || (await lockProfileRow(executor, profile.id))) return profile;
  throw new ScanoramaError(
    'conflict',
    `The profile ${quote(profile.name)} was removed while the scan was being started.`,
    {
      at: profile.name,
      hint: '`scanorama profiles list` shows the profiles.',
    },
  );
}

function confirmationRequired({ probed, probes, probesAfterwards = 0 }: PreparedScan): ScanoramaError {
  const more =
    probesAfterwards === 0
      ? ''
      : `, and up to ${probesAfterwards.toLocaleString('en')} to tell the systems of those it finds`;
  return new ScanoramaError(
    'confirmation_required',
    `The scan would send ${probes.toLocaleString('en')} probes to ${probed.size.toLocaleString('en')} addresses${more}; above ${CONFIRMATION_PROBES.toLocaleString('en')} probes it wants a confirmation.`,
    {
      hint: 'Say yes to it (--yes, or "confirm_large": true), or name fewer addresses or ports.',
      facts: {
        confirm: 'confirm_large' satisfies ScanConfirmation,
        probes,
        addresses: String(probed.size),
        limit: CONFIRMATION_PROBES,
      },
    },
  );
}
