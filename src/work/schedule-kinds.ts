import { ScanoramaError } from '#domain/error.js';
import type { ScheduleWish, TaskKind } from '#domain/schedule.js';
import type { Executor } from '#store/database.js';
import type { ScheduledBy } from '#store/scan-jobs.js';
import type { applyRetention } from '#work/apply-retention.js';
import type { Actor, WorkContext } from '#work/context.js';
import { assertConfirmed, createScan, type NewScan } from '#work/create-scan.js';
import { triggerSmartScan } from '#work/smart-scan.js';
import { type DiscoveryOrder, discoveryOf } from '#work/start-discovery.js';
import { type ScanOrder, scanOf } from '#work/start-scan.js';
import { wishFrom } from '#work/use-profile.js';
import type { VerifyRuns } from '#work/verify-runs.js';

/** Checks that are named in the error of a run that found faults. */
const NAMED_CHECKS = 3;

/** What a schedule does, as its kind sees it. */
export type ScheduledWish = ScheduleWish & {
  readonly name: string;
  /** Null of a kind that is of no site. */
  readonly site: string | null;
  /** The id or name of the profile it scans by. */
  readonly profile: string | null;
};

/** What runs that are no scans are done by. Only `app` makes one. */
export interface ScheduleTools {
  readonly verifyRuns: Pick<VerifyRuns, 'join'>;
  readonly applyRetention: typeof applyRetention;
}

/** What a kind does, of one wish. */
export type ScheduledWork =
  /** Stores a scan: understood first, which may ask the resolver, and then stored in whatever transaction is open. */
  | {
      readonly does: 'scan';
      readonly understand: (context: WorkContext, signal: AbortSignal) => Promise<NewScan>;
    }
  /** Is done in this program until it is over, or the signal says that the program ends. */
  | { readonly does: 'task'; readonly perform: Perform };
type Perform = (context: WorkContext, tools: ScheduleTools, task: PerformedRun) => Promise<void>;

/** The run that something is done for. */
export interface PerformedRun {
  readonly by: ScheduledBy;
  readonly signal: AbortSignal;
  /** Ends the run as completed in an open transaction, with what that commits; `lease_lost` when it is somebody else's by now. */
  readonly complete: (executor: Executor) => Promise<void>;
}

/** The kinds of schedules: a further one is an entry here, its word in the domain and its schema in the contract. */
export function workOf(wish: ScheduledWish): ScheduledWork {
  if (wish.kind === 'scan') {
    return {
      does: 'scan',
      understand: async (context, signal) => scanOf(context, await scanOrder(context, wish), signal),
    };
  }
  if (wish.kind === 'discovery') {
    return {
      does: 'scan',
      understand: (context, signal) => discoveryOf(context, discoveryOrder(wish), signal),
    };
  }
  return { does: 'task', perform: TASKS[wish.kind] };
}

/** Throws what a run would fail with now. Nothing is sent but look-ups of names among the targets. */
export async function checkWish(
  context: WorkContext,
  wish: ScheduledWish,
  signal: AbortSignal,
): Promise<void> {
  const work = workOf(wish);
  if (work.does === 'task') return;
  const { order, prepared } = await work.understand(context, signal);
  assertConfirmed(order, prepared);
}

/** In an open transaction: stores the scan that was understood, as one of this run. */
export function beginScan(within: WorkContext, scan: NewScan, by: ScheduledBy): Promise<string> {
  return createScan(within, { ...scan, scheduled: by });
}

type WishOf<Kind extends ScheduleWish['kind']> = Extract<ScheduledWish, { readonly kind: Kind }>;

async function scanOrder(context: WorkContext, wish: WishOf<'scan'>): Promise<ScanOrder> {
  const { targets, exclude, settings } = wish.what;
  return {
    ...(await wishFrom(context.store.read, wish.profile ?? undefined, settings)),
    targets,
    exclude,
    ...orderOf(wish),
  };
}

function discoveryOrder(wish: WishOf<'discovery'>): DiscoveryOrder {
  const { networks, exclude, methods, resolver, rate, perHostRate } = wish.what;
  return {
    targets: networks,
    exclude,
    methods,
    resolver,
    rate: {
      packetsPerSecond: typeof rate === 'number' ? rate : undefined,
      packetsPerSecondPerHost: perHostRate,
      unlimited: rate === 'max',
    },
    addNetworks: false,
    detectOs: false,
    ...orderOf(wish),
  };
}

function orderOf({ name, site, what }: WishOf<'scan'> | WishOf<'discovery'>) {
  if (site === null) throw new Error(`the schedule ${name} is of no site`);
  const { outsideScope, confirmLarge, confirmUnscoped, tags } = what;
  const confirmed = { outsideScope, confirmLarge, confirmUnscoped };
  return { ...confirmed, site, name, tags, description: null, actor: actorOf(name) };
}

function actorOf(name: string): Actor {
  return `schedule:${name}`;
}

/** What is done here, by kind. */
const TASKS: Readonly<Record<TaskKind, Perform>> = {
  smart_scan: async (context, _tools, { by, signal, complete }) => {
    // However its program ends, the run is over exactly if its scans are there.
    const order = { unattended: true, actor: actorOf(by.name), scheduled: by, alongside: complete };
    await triggerSmartScan(context, order, signal);
  },
  verify,
  retention: (context, tools, { signal }) => tools.applyRetention(context, signal),
};

async function verify(
  _context: WorkContext,
  { verifyRuns }: ScheduleTools,
  { signal }: PerformedRun,
): Promise<void> {
  const { checks } = await verifyRuns.join(signal);
  const faulty = checks.filter(({ faults }) => faults > 0);
  if (faulty.length === 0) return;
  const named = faulty.slice(0, NAMED_CHECKS).map(({ name }) => name);
  const more = faulty.length > named.length ? ` and ${faulty.length - named.length} more` : '';
  throw new ScanoramaError('faults_found', `Stored data does not hold: ${named.join('; ')}${more}.`, {
    hint: '`scanorama verify` shows what was found.',
  });
}
