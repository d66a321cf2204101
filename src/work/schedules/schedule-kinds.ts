import { ScanoramaError } from '#domain/errors/error.js';
import type { ScheduleInput, TaskKind } from '#domain/schedules/schedule.js';
import { selectionFilter } from '#domain/smart-scan/selection.js';
import { configuredTargets } from '#domain/targets/configured-networks.js';
import { isSameSet } from '#domain/text/same-set.js';
import type { Executor } from '#store/database/database.js';
import { assertNamesThere } from '#store/filter/filter-names.js';
import { networkNames } from '#store/networks/networks.js';
import type { ScheduledBy } from '#store/scans/scan-jobs.js';
import { siteIdByName } from '#store/sites/sites.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { readResolver } from '#work/discovery/prepare-discovery.js';
import { type DiscoveryOrder, discoveryOf } from '#work/discovery/start-discovery.js';
import type { VerifyRuns } from '#work/health/verify-runs.js';
import { inputFrom } from '#work/profiles/apply-profile.js';
import type { applyRetention } from '#work/retention/apply-retention.js';
import { assertConfirmed, createScan, type NewScan } from '#work/scans/create-scan.js';
import { type ScanOrder, scanOf } from '#work/scans/start-scan.js';
import { triggerSmartScan } from '#work/smart-scan/smart-scan.js';
import type { SmartScanOrder } from '#work/smart-scan/start-smart-scans.js';

/** Checks that are named in the error of a run that found faults. */
const NAMED_CHECKS = 3;

/** What a schedule does, as its kind sees it. */
export type ScheduledInput = ScheduleInput & {
  readonly name: string;
  /** Null of what is of no site, or of all of them. */
  readonly site: string | null;
  /** The id or name of the profile it scans by. */
  readonly profile: string | null;
  /** Its networks may be disabled: of a change that leaves its targets alone, for which no run fails that did not before. */
  readonly disabledToo?: boolean | undefined;
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
export function workOf(input: ScheduledInput): ScheduledWork {
  if (input.kind === 'scan') {
    return {
      does: 'scan',
      understand: async (context, signal) => scanOf(context, await scanOrder(context, input), signal),
    };
  }
  if (input.kind === 'discovery') {
    return {
      does: 'scan',
      understand: async (context, signal) =>
        discoveryOf(context, await discoveryOrder(context, input), signal),
    };
  }
  return { does: 'task', perform: input.kind === 'smart_scan' ? smartScanOf(input) : TASKS[input.kind] };
}

/** Throws what a run would fail with now. Nothing is sent but look-ups of names among the targets. */
export async function checkInput(
  context: WorkContext,
  input: ScheduledInput,
  signal: AbortSignal,
): Promise<void> {
  if (input.kind === 'smart_scan') await checkSmartScan(context.store.read, input);
  const work = workOf(input);
  if (work.does === 'task') return;
  const { order, prepared } = await work.understand(context, signal);
  assertConfirmed(order, prepared);
}

/** In an open transaction: stores the scan that was understood, as one of this run. */
export function beginScan(within: WorkContext, scan: NewScan, by: ScheduledBy): Promise<string> {
  return createScan(within, { ...scan, scheduled: by });
}

/** Whether both ask the same targets; of a kind that has none, always. */
export function probesTheSame(one: ScheduleInput, other: ScheduleInput): boolean {
  return isSameSet(targetInputOf(one), targetInputOf(other));
}

function targetInputOf({ kind, task }: ScheduleInput): readonly string[] {
  if (kind !== 'scan' && kind !== 'discovery') return [];
  // No targets are all networks that are enabled.
  return kind === 'scan' ? task.targets : task.networks;
}

type InputOf<Kind extends ScheduleInput['kind']> = Extract<ScheduledInput, { readonly kind: Kind }>;

async function scanOrder(context: WorkContext, input: InputOf<'scan'>): Promise<ScanOrder> {
  const { targets, exclude, settings } = input.task;
  return {
    ...(await inputFrom(context.store.read, input.profile ?? undefined, settings)),
    targets: await targetsOf(context, input, targets),
    exclude,
    ...orderOf(input),
  };
}

async function discoveryOrder(context: WorkContext, input: InputOf<'discovery'>): Promise<DiscoveryOrder> {
  const { networks, exclude, methods, resolver, rate, perHostRate, detectOs } = input.task;
  return {
    targets: await targetsOf(context, input, networks),
    exclude,
    methods,
    resolver,
    rate: {
      packetsPerSecond: typeof rate === 'number' ? rate : undefined,
      packetsPerSecondPerHost: perHostRate,
      unlimited: rate === 'max',
    },
    addNetworks: false,
    detectOs: detectOs ?? false,
    ...orderOf(input),
  };
}

/** Those that were named, or the networks that are enabled by now. */
async function targetsOf(
  context: WorkContext,
  { site, task, disabledToo = false }: InputOf<'scan'> | InputOf<'discovery'>,
  named: readonly string[],
): Promise<readonly string[]> {
  if (task.configuredNetworks !== true || site === null) return named;
  const { read } = context.store;
  const siteId = await siteIdByName(read, site);
  const enabled = await networkNames(read, siteId, { disabledToo: false });
  const isNone = enabled.length === 0 && disabledToo;
  return configuredTargets(site, isNone ? await networkNames(read, siteId, { disabledToo }) : enabled);
}

function orderOf({ name, site, task, disabledToo }: InputOf<'scan'> | InputOf<'discovery'>) {
  if (site === null) throw new Error(`the schedule ${name} is of no site`);
  const { outsideScope, confirmLarge, confirmUnscoped, tags } = task;
  const confirmed = { outsideScope, confirmLarge, confirmUnscoped };
  return { ...confirmed, site, name, tags, description: null, actor: actorOf(name), disabledToo };
}

function actorOf(name: string): Actor {
  return `schedule:${name}`;
}

function smartScanOf(input: InputOf<'smart_scan'>): Perform {
  return async (context, _tools, { by, signal, complete }) => {
    // However its program ends, the run is over exactly if its scans are there.
    const order = {
      ...(await smartScanOrder(context.store.read, input)),
      actor: actorOf(by.name),
      scheduled: by,
      alongside: complete,
    };
    await triggerSmartScan(context, order, signal);
  };
}

/** A filter that names what is not there would find nobody, and each run would pass for a good one. */
async function smartScanOrder(
  executor: Executor,
  { site, task }: InputOf<'smart_scan'>,
): Promise<SmartScanOrder> {
  const { networkCidr, osFamily, filter, ...rules } = task;
  const meant = selectionFilter({ networkCidr, osFamily, filter }, { isStored: true });
  if (filter !== undefined) await assertNamesThere(executor, filter);
  return { ...rules, site: site ?? undefined, filter: meant, unattended: true };
}

async function checkSmartScan(executor: Executor, input: InputOf<'smart_scan'>): Promise<void> {
  const { resolver } = await smartScanOrder(executor, input);
  if (resolver !== undefined) readResolver(resolver);
}

/** What else is done here, by kind. */
const TASKS: Readonly<Record<Exclude<TaskKind, 'smart_scan'>, Perform>> = {
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
