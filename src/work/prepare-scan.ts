import { isLoopback } from '#domain/address.js';
import type { AddressSet } from '#domain/address-set.js';
import { createPlan, type Plan } from '#domain/plan.js';
import { DEFAULT_PORTS, DEFAULT_UDP_PORTS, type PortSet, parsePorts } from '#domain/ports.js';
import type { EngineName, ScanType } from '#domain/scan-type.js';
import { parseExclusions, parseTargets } from '#domain/targets.js';
import { noSweepError } from '#scan/local-prober.js';
import { limitsOf, type ScanRate } from '#send/scan-pace.js';
import type { ResolvedName } from '#store/scan-jobs.js';
import { siteIdByName } from '#store/sites.js';
import { chooseEngine } from '#work/choose-engine.js';
import type { WorkContext } from '#work/context.js';
import { mustAskForScope } from '#work/scan-scope.js';
import { findTargets } from '#work/scan-targets.js';

/** Above this many probes a person is asked once more; a whole /16 on some 70 ports, or 76 hosts on all. */
export const CONFIRMATION_PROBES = 5_000_000;

const SEED_BYTES = 8;

export interface ScanWish {
  readonly site: string;
  readonly targets: readonly string[];
  readonly exclude: readonly string[];
  readonly ports: string | undefined;
  readonly scanType: ScanType;
  readonly rate: ScanRate;
  /** Ask only hosts that show a sign of life. */
  readonly liveHosts: boolean;
  /** An administrator says that the scope of the site does not count. */
  readonly outsideScope: boolean;
}

/** A wish that was understood: what would be asked, of whom, and how long it may take. */
export interface PreparedScan {
  readonly siteId: number;
  /** What the targets name, with what the scan leaves out itself. */
  readonly named: AddressSet;
  readonly targets: AddressSet;
  readonly excluded: AddressSet;
  readonly resolved: readonly ResolvedName[];
  /** The one stored network that the targets name; null for none or several. */
  readonly networkId: number | null;
  readonly ports: PortSet;
  readonly engine: EngineName;
  /** Why it is not the engine one would wish for; null when it is. */
  readonly engineNote: string | null;
  readonly seed: bigint;
  readonly plan: Plan;
  readonly estimatedSeconds: number | null;
  /** It is large. */
  readonly needsConfirmation: boolean;
  /** Its site has no scope, and nobody has said yet that none is needed. */
  readonly asksForScope: boolean;
}

/** Understands a wish; asks the resolver for names and sends nothing else. Throws what is wrong with it. */
export async function prepareScan(
  context: WorkContext,
  wish: ScanWish,
  signal: AbortSignal,
): Promise<PreparedScan> {
  const ports = portsOf(wish);
  const excluded = parseExclusions(wish.exclude);
  const listed = parseTargets(wish.targets);
  // Before a name is looked up: what cannot be asked needs no address.
  const survey = await context.prober.survey();
  chooseEngine(wish.scanType, ports, survey);
  if (wish.liveHosts && !survey.facts.liveHosts) throw noSweepError(survey.facts);
  const siteId = await siteIdByName(context.store.read, wish.site);
  const found = await findTargets(context, { siteId, site: wish.site, listed }, signal);
  const targets = found.addresses.subtract(excluded);
  const { engine, note } = chooseEngine(typeFor(wish, targets), ports, survey);
  const seed = seedFrom(context.random(SEED_BYTES));
  const plan = createPlan({ targets, ports, seed });
  const { outsideScope } = wish;
  const asksForScope = await mustAskForScope(context.store.read, { siteId, targets, outsideScope });
  return {
    siteId,
    named: found.addresses,
    targets,
    excluded,
    resolved: found.resolved,
    networkId: found.networkIds.length === 1 ? (found.networkIds[0] ?? null) : null,
    ports,
    engine,
    engineNote: note,
    seed,
    plan,
    estimatedSeconds: estimateSeconds(plan, targets, wish.rate),
    needsConfirmation: plan.positions > CONFIRMATION_PROBES,
    asksForScope,
  };
}

/** Raw packets tell nothing more of this very machine, where the kernel answers a connect at once. */
function typeFor({ scanType }: ScanWish, targets: AddressSet): ScanType {
  return scanType === 'auto' && onlyLoopback(targets) ? 'connect' : scanType;
}

/** For a UDP scan, ports that name no protocol are UDP ports. */
function portsOf({ scanType, ports }: ScanWish): PortSet {
  return scanType === 'udp'
    ? parsePorts(ports ?? DEFAULT_UDP_PORTS, 'udp')
    : parsePorts(ports ?? DEFAULT_PORTS);
}

function seedFrom(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(0);
}

/** Null when nothing but the network limits the scan. Retries of silent ports come on top. */
function estimateSeconds(plan: Plan, targets: AddressSet, rate: ScanRate): number | null {
  const { packetsPerSecond, packetsPerSecondPerHost } = limitsOf(rate, onlyLoopback(targets));
  const hosts = Math.min(Number(targets.size), plan.hostsPerBlock);
  const ofAllHosts = packetsPerSecondPerHost === undefined ? undefined : packetsPerSecondPerHost * hosts;
  const limits = [packetsPerSecond, ofAllHosts].filter((limit) => limit !== undefined);
  return limits.length === 0 ? null : plan.positions / Math.min(...limits);
}

function onlyLoopback(targets: AddressSet): boolean {
  return targets.ranges.every(
    ({ family, first, last }) => isLoopback({ family, value: first }) && isLoopback({ family, value: last }),
  );
}
