import { isLoopback } from '#domain/addresses/address.js';
import type { AddressRange } from '#domain/addresses/address-range.js';
import type { AddressSet } from '#domain/addresses/address-set.js';
import { DEFAULT_UDP_PORTS, type PortSet } from '#domain/ports/ports.js';
import type { RateLimitKind } from '#domain/rates/rate-limit.js';
import { createPlan, type Plan } from '#domain/scans/plan.js';
import { checkSettings, portsOfType } from '#domain/scans/scan-settings.js';
import type { EngineName, ScanType } from '#domain/scans/scan-type.js';
import { type DefaultRates, limitsOf, type ScanRate } from '#net/send/scan-pace.js';
import { discoveryUnavailable } from '#scan/engine/local-prober.js';
import type { ProberSurvey } from '#scan/engine/prober.js';
import type { StoredProbing, UsedProfile } from '#store/scans/scan-jobs.js';
import type { WorkContext } from '#work/context/context.js';
import {
  readTargets,
  resolveTargets,
  type ScanTargets,
  type TargetInput,
} from '#work/scans/scan-addresses.js';
import { chooseEngine, rankOfEngine } from '#work/shards/choose-engine.js';
import { type ProbingInput, patientRate, probingOf } from '#work/shards/scan-probing.js';
import { bestOn, countAble, machinesOf } from '#work/shards/site-capabilities.js';

/** Above this many probes a person is asked once more; a whole /16 on some 70 ports, or 76 hosts on all. */
export const CONFIRMATION_PROBES = 5_000_000;

const SEED_BYTES = 8;

/** Of several limits the one that binds, with what it lets through over all hosts. */
export interface RateLimit {
  readonly by: RateLimitKind;
  readonly packetsPerSecond: number;
  /** Of the rate to one host: how many of them are asked beside each other, which makes the rate in all; null of other limits. */
  readonly hosts: number | null;
}

export interface ScanInput extends TargetInput {
  readonly ports: string | undefined;
  readonly scanType: ScanType;
  readonly rate: ScanRate;
  /** Ask only hosts that show a sign of life. */
  readonly liveHosts: boolean;
  /** What was said of how to probe; the rest as usual. */
  readonly probing?: ProbingInput | undefined;
  /** What the settings come from; they are in the wish already. */
  readonly profile?: UsedProfile | null | undefined;
}

/** A wish that was understood: what would be asked, of whom, and how long it may take. */
export interface PreparedScan extends ScanTargets {
  readonly ports: PortSet;
  readonly engine: EngineName;
  /** Why it is not the engine one would wish for; null when it is. */
  readonly engineNote: string | null;
  readonly probing: StoredProbing;
  /** How many machines can run it now. */
  readonly machines: number;
  readonly seed: bigint;
  readonly plan: Plan;
  /** Packets to ask everybody once who is not excluded. */
  readonly probes: number;
  readonly estimatedSeconds: number | null;
  /** What it takes that long for; null when nothing but the network limits it. */
  readonly limitedBy: RateLimit | null;
  /** Packets of the scan that may follow by itself, at most; of a discovery that wants systems told. */
  readonly probesAfterwards?: number;
  /** It is large, or what follows is. */
  readonly needsConfirmation: boolean;
}

/** Understands a wish; asks the resolver for names and sends nothing else. Throws what is wrong with it. */
export async function prepareScan(
  context: WorkContext,
  input: ScanInput,
  signal: AbortSignal,
): Promise<PreparedScan> {
  checkSettings({ ...input.probing, scanType: input.scanType });
  const defaultRates = await defaultRatesNow(context);
  const ports = portsOf(input, context.settings.ports);
  const names = readTargets(input);
  const machines = await machinesOf(context, input.site);
  // Before a name is looked up: what cannot be asked needs no address.
  endOn(machines, input, { type: input.scanType, ports });
  const targetInput = await resolveTargets(context, names, signal);
  const { targets, probed } = targetInput;
  const { engine, note, probing } = endOn(machines, input, { type: typeFor(input, targets), ports });
  const seed = seedFrom(context.random);
  const plan = createPlan({ targets, ports, seed });
  const probes = Number(probed.size) * ports.count;
  const size = sizeOf(probed, {
    rate: input.rate,
    defaultRates,
    probing,
    probes,
    hostsAtOnce: plan.hostsPerBlock,
  });
  const how = { ports, engine, engineNote: note, probing, machines: countAble(machines, engine) };
  return { ...targetInput, ...how, seed, plan, ...size };
}

interface Probing {
  readonly type: ScanType;
  readonly ports: PortSet;
}

/** Engine and way of probing, by the machine that can do best what was wished. */
function endOn(machines: readonly ProberSurvey[], input: ScanInput, { type, ports }: Probing) {
  return bestOn(
    machines,
    (survey) => {
      const chosen = chooseEngine(type, ports, survey);
      if (input.liveHosts && !survey.facts.liveHosts) throw discoveryUnavailable(survey.facts);
      const { scanType } = input;
      return {
        ...chosen,
        probing: probingOf(input.probing ?? {}, { engine: chosen.engine, scanType }, survey),
      };
    },
    // With the same engine, the one that can tell systems where these are to be told.
    ({ engine, probing }) => 2 * rankOfEngine(type, engine) + (probing.osDetection === false ? 1 : 0),
  );
}

/** What a scan would send by if it began now. */
export async function defaultRatesNow({ settings, store }: WorkContext): Promise<DefaultRates> {
  await settings.refresh(store.read);
  return settings.defaultRates;
}

interface Sized {
  readonly rate: ScanRate;
  readonly defaultRates: DefaultRates;
  readonly probing: StoredProbing;
  readonly probes: number;
  /** As many hosts as are asked beside each other. */
  readonly hostsAtOnce: number;
}

/** How long it takes to send these addresses so many packets, and whether that is much. */
export function sizeOf(
  probed: AddressSet,
  sized: Sized,
): Pick<PreparedScan, 'probes' | 'estimatedSeconds' | 'limitedBy' | 'needsConfirmation'> {
  const { probes } = sized;
  const limitedBy = bindingLimit(probed, sized);
  return {
    probes,
    // Retries of silent ports come on top.
    estimatedSeconds: limitedBy === null ? null : probes / limitedBy.packetsPerSecond,
    limitedBy,
    needsConfirmation: probes > CONFIRMATION_PROBES,
  };
}

/** Raw packets tell nothing more of this very machine, where the kernel answers a connect at once. */
function typeFor({ scanType }: ScanInput, targets: AddressSet): ScanType {
  return scanType === 'auto' && onlyLoopback(targets) ? 'connect' : scanType;
}

function portsOf({ scanType, ports }: ScanInput, usual: string): PortSet {
  return portsOfType(scanType, ports ?? (scanType === 'udp' ? DEFAULT_UDP_PORTS : usual));
}

export function seedFrom(random: WorkContext['random']): bigint {
  const bytes = random(SEED_BYTES);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(0);
}

function bindingLimit(
  probed: AddressSet,
  { rate, defaultRates, probing, hostsAtOnce }: Sized,
): RateLimit | null {
  const { packetsPerSecond, packetsPerSecondPerHost } = limitsOf(rate, onlyLoopback(probed), defaultRates);
  const hosts = Math.max(1, Math.min(Number(probed.size), hostsAtOnce));
  const ofAllHosts = packetsPerSecondPerHost === undefined ? undefined : packetsPerSecondPerHost * hosts;
  const limits = [
    ['rate', packetsPerSecond, null],
    ['per_host_rate', ofAllHosts, hosts],
    ['timing', patientRate(probing), null],
  ] as const;
  return limits.reduce<RateLimit | null>(
    (least, [by, limit, hostsOf]) =>
      limit === undefined || (least !== null && least.packetsPerSecond <= limit)
        ? least
        : { by, packetsPerSecond: limit, hosts: hostsOf },
    null,
  );
}

function onlyLoopback({ ranges }: AddressSet): boolean {
  return ranges.length > 0 && ranges.every(isLocal);
}

function isLocal({ family, first, last }: AddressRange): boolean {
  return isLoopback({ family, value: first }) && isLoopback({ family, value: last });
}
