import {
  type Address,
  type AddressFamily,
  formatAddress,
  isLoopback,
  parseAddress,
} from '#domain/addresses/address.js';
import type { AddressSet } from '#domain/addresses/address-set.js';
import { assertNotRefused } from '#domain/addresses/refused-ranges.js';
import {
  DISCOVERY_METHODS,
  type DiscoveryMethod,
  HOST_METHODS,
  isHostMethod,
  METHOD_FAMILY,
  TCP_PING_PORTS,
} from '#domain/discovery/discovery-method.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { DEFAULT_PORTS, parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { clip, quote } from '#domain/text/quote.js';
import { type DefaultRates, limitsOf, type ScanRate } from '#net/send/scan-pace.js';
import { DEFAULT_CONCURRENCY, DEFAULT_RETRIES, DEFAULT_TIMEOUT_MS } from '#scan/engine/engine.js';
import { missingEngineError } from '#scan/engine/local-prober.js';
import { rawPacketsCommand } from '#scan/engine/privilege.js';
import type { ProberFacts, ProberSurvey } from '#scan/engine/prober.js';
import { NO_PROBING, type StoredProbing } from '#store/scans/scan-jobs.js';
import type { WorkContext } from '#work/context/context.js';
import {
  CONFIRMATION_PROBES,
  defaultRatesNow,
  type PreparedScan,
  seedFrom,
  sizeOf,
} from '#work/scans/prepare-scan.js';
import { readTargets, resolveTargets, type TargetInput } from '#work/scans/scan-addresses.js';
import { NO_PORTS } from '#work/scans/scan-plan.js';
import { nmapIsPrivileged, noSystemsError } from '#work/shards/capabilities.js';
import { bestOn, countAble, machinesOf } from '#work/shards/site-capabilities.js';

/**
 * Packets for one address by each method, without retries. Probes without response are repeated once. A ping of IPv4
 * has two variants.
 */
const PACKETS: Readonly<Record<AddressFamily, Readonly<Record<DiscoveryMethod, number>>>> = {
  4: { arp: 1, ndp: 0, ping: 2, tcp: TCP_PING_PORTS.length, dns: 1 },
  6: { arp: 0, ndp: 1, ping: 1, tcp: TCP_PING_PORTS.length, dns: 1 },
};
/** Stored with the run, so that it continues in the same way even if the defaults change. */
const PROBING: StoredProbing = {
  ...NO_PROBING,
  retries: DEFAULT_RETRIES,
  timeoutMs: DEFAULT_TIMEOUT_MS,
  concurrency: DEFAULT_CONCURRENCY,
};
/** Methods that need the privilege to send raw packets. */
const RAW_METHODS: readonly DiscoveryMethod[] = ['arp', 'ndp'];

export interface DiscoveryInput extends TargetInput {
  /** (default: all that probe hosts, and `dns` if there is a resolver). */
  readonly methods: readonly DiscoveryMethod[] | undefined;
  /** Address of the resolver for `dns`. */
  readonly resolver: string | undefined;
  readonly rate: ScanRate;
  /** Whether to detect the operating systems of the hosts found. */
  readonly detectOs: boolean;
}

export interface PreparedDiscovery extends PreparedScan {
  readonly methods: readonly DiscoveryMethod[];
  readonly resolver: string | null;
}

/** Parses a request. Queries the resolver of this machine for names among the targets and sends nothing else. */
export async function prepareDiscovery(
  context: WorkContext,
  input: DiscoveryInput,
  signal: AbortSignal,
): Promise<PreparedDiscovery> {
  const names = readTargets(input);
  const resolver = resolverOf(input);
  const methods = methodsOf(input);
  const machines = await machinesOf(context, input.site);
  bestOn(
    machines,
    (survey) => assertAble(input, survey),
    () => 0,
  );
  const targetInput = await resolveTargets(context, names, signal);
  assertFamilies(methods, targetInput.targets);
  const seed = seedFrom(context.random);
  const { targets, probed } = targetInput;
  const plan = createPlan({ targets, ports: NO_PORTS, seed, order: 'by-host', probes: 'hosts' });
  const speed = { rate: input.rate, defaultRates: await defaultRatesNow(context) };
  const probes = packetsOf(methods, probed);
  const size = sizeOf(probed, { ...speed, probing: PROBING, probes, hostsAtOnce: plan.hostsPerBlock });
  const probesAfterwards = input.detectOs ? Number(probed.size) * parsePorts(DEFAULT_PORTS).count : 0;
  const able = countAble(machines, 'discovery');
  const how = {
    ports: NO_PORTS,
    engine: 'discovery' as const,
    engineNote: null,
    probing: PROBING,
    methods,
    machines: able,
  };
  return {
    ...targetInput,
    ...how,
    ...size,
    ...slower(size, namesOf(speed, resolver, probed)),
    probesAfterwards,
    needsConfirmation: size.needsConfirmation || probesAfterwards > CONFIRMATION_PROBES,
    seed,
    plan,
    resolver: resolver === undefined ? null : formatAddress(resolver),
  };
}

/** Throws the reason why a machine cannot run it. */
function assertAble({ methods, detectOs }: DiscoveryInput, survey: ProberSurvey): true {
  if (!survey.available.some(({ name }) => name === 'discovery'))
    throw missingEngineError(survey, 'discovery');
  if (methods !== undefined) assertPrivileged(methods, survey.facts);
  if (detectOs) assertDetectsOs(survey);
  return true;
}

function packetsOf(methods: readonly DiscoveryMethod[], { ranges }: AddressSet): number {
  return ranges.reduce((sum, { family, first, last }) => {
    const each = methods.reduce((packets, method) => packets + PACKETS[family][method], 0);
    return sum + Number(last - first + 1n) * each;
  }, 0);
}

type Pace = Pick<PreparedScan, 'estimatedSeconds' | 'limitedBy'>;

/** All names are requested from one host, limited by the rate for one host. Returns null where nothing limits that. */
function namesOf(
  { rate, defaultRates }: { readonly rate: ScanRate; readonly defaultRates: DefaultRates },
  resolver: Address | undefined,
  { size }: AddressSet,
): Pace {
  const limit =
    resolver === undefined
      ? undefined
      : limitsOf(rate, isLoopback(resolver), defaultRates).packetsPerSecondPerHost;
  if (limit === undefined) return { estimatedSeconds: null, limitedBy: null };
  return {
    estimatedSeconds: Number(size) / limit,
    limitedBy: { by: 'per_host_rate', packetsPerSecond: limit, hosts: 1 },
  };
}

function slower({ estimatedSeconds, limitedBy }: Pace, other: Pace): Pace {
  const isOther = (other.estimatedSeconds ?? -1) > (estimatedSeconds ?? -1);
  return isOther ? other : { estimatedSeconds, limitedBy };
}

/** In a fixed order without duplicates, so that equal requests give equal runs. */
function methodsOf({ methods, resolver }: DiscoveryInput): readonly DiscoveryMethod[] {
  if (methods === undefined) return resolver === undefined ? HOST_METHODS : DISCOVERY_METHODS;
  return DISCOVERY_METHODS.filter((method) => methods.includes(method));
}

function resolverOf({ methods, resolver }: DiscoveryInput): Address | undefined {
  if (resolver === undefined) {
    if (methods?.includes('dns') !== true) return undefined;
    throw new ScanoramaError('invalid_request', 'Names need a resolver, and none is specified.', {
      hint: 'Specify its address (--resolver ADDRESS, or "resolver"). The resolver of this machine is never used by default.',
      at: 'resolver',
      facts: { missing: 'resolver' },
    });
  }
  if (methods?.includes('dns') === false) {
    throw new ScanoramaError(
      'invalid_request',
      'A resolver is specified, but dns is not among the methods.',
      {
        hint: 'Add the method dns, or omit the resolver.',
        at: 'resolver',
      },
    );
  }
  return readResolver(resolver);
}

/**
 * The address of a resolver. Throws `invalid_request` for an invalid address, `target_refused` for an address that
 * must not receive packets.
 */
export function readResolver(resolver: string): Address {
  const address = parseAddress(resolver);
  if (address === undefined) {
    throw new ScanoramaError('invalid_request', `The resolver ${quote(resolver)} is not an address.`, {
      hint: 'Specify an address such as 198.18.0.53.',
      at: clip(resolver),
    });
  }
  assertNotRefused([{ family: address.family, first: address.value, last: address.value }], resolver);
  return address;
}

/** Explicitly requested methods must be available. By default unavailable methods are skipped with a warning. */
function assertPrivileged(methods: readonly DiscoveryMethod[], { rawPackets, nodePath }: ProberFacts): void {
  const missing = methods.find((method) => RAW_METHODS.includes(method));
  if (rawPackets || missing === undefined) return;
  throw new ScanoramaError(
    'privilege_missing',
    `The method ${missing} needs raw packets, which this program may not send (CAP_NET_RAW is missing).`,
    {
      hint: `Give it to a copy of Node.js that only the prober uses: \`${rawPacketsCommand(nodePath)}\`. Or omit the methods to use the others.`,
      at: missing,
    },
  );
}

/** Fails at once when operating systems cannot be detected, not at the end of the run. */
function assertDetectsOs(survey: ProberSurvey): void {
  if (!survey.available.some(({ name }) => name === 'nmap')) throw missingEngineError(survey, 'nmap');
  if (!nmapIsPrivileged(survey)) throw noSystemsError('detect_os');
}

/** Every target needs a method that can probe it, or the run would have no result for it. */
function assertFamilies(methods: readonly DiscoveryMethod[], targets: AddressSet): void {
  for (const family of targets.families) {
    const canScan = methods.some(
      (method) => !isHostMethod(method) || (METHOD_FAMILY[method] ?? family) === family,
    );
    if (canScan) continue;
    throw new ScanoramaError(
      'invalid_request',
      `None of the methods ${methods.join(', ')} can probe the IPv${family} addresses among the targets.`,
      { hint: 'Add ping or tcp, or remove those addresses.', at: 'methods' },
    );
  }
}
