import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { DISCOVERY_METHODS } from '#domain/discovery/discovery-method.js';
import { ENRICHER_NAMES } from '#domain/enrichment/enricher.js';
import { ERROR_CATALOG, type ErrorDetails, isErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { type PortRange, PortSet } from '#domain/ports/port-set.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import {
  MAX_VERSION_INTENSITY,
  NMAP_TIMINGS,
  type NmapDetection,
  SCRIPT_SETS,
} from '#domain/scans/nmap-detection.js';
import { MAX_PLAN_POSITIONS, PLAN_ORDERS, PLAN_QUESTIONS } from '#domain/scans/plan.js';
import { ENGINES, NMAP_SCAN_TYPES } from '#domain/scans/scan-type.js';
import type { RateTerms } from '#net/send/scan-pace.js';
import { FrameError } from '#prober/client/frames.js';
import {
  addressOf,
  countOf,
  type Fields,
  fieldsOf,
  flagOf,
  integerOf,
  labelOf,
  listOf,
  nullOr,
  textOf,
} from '#prober/messages/json-members.js';
import { readTerms, termsMessage } from '#prober/messages/rate-terms-message.js';
import type { DiscoveryOrder } from '#scan/engine/engine.js';
import { MISSING_ENGINE_CODES, type ProbeOrder, type ProberSurvey } from '#scan/engine/prober.js';

/*
 * The JSON of control frames. Numbers beyond 2^53 go as text, absent limits as null. Whoever reads checks every
 * member: a message that is not what it should be is a FrameError, whatever is wrong with it.
 */

const MAX_RETRIES = 100;
const MAX_TIMEOUT_MS = 3_600_000;
const MAX_CONCURRENCY = 1_000_000;

export function orderMessage(order: ProbeOrder): unknown {
  const { plan, exclusions, rate } = order;
  return {
    scan: order.scan,
    engine: order.engine,
    targets: plan.targets.toTexts(),
    tcp: plan.ports.tcp.map(({ first, last }) => [first, last]),
    udp: plan.ports.udp.map(({ first, last }) => [first, last]),
    seed: String(plan.seed),
    plan_order: plan.order ?? null,
    plan_probes: plan.probes ?? null,
    first: order.first,
    end: order.end,
    exclusions: exclusions.toTexts(),
    exclusions_good_until_ms:
      order.exclusionsGoodUntilMs === null ? null : Math.floor(order.exclusionsGoodUntilMs),
    packets_per_second: rate.packetsPerSecond ?? null,
    packets_per_second_per_host: rate.packetsPerSecondPerHost ?? null,
    unlimited: rate.unlimited,
    terms: order.terms === undefined ? null : termsMessage(order.terms),
    retries: order.retries,
    timeout_ms: order.timeoutMs,
    concurrency: order.concurrency,
    nmap: order.nmap === undefined ? null : detectionMessage(order.nmap),
    live_hosts: order.liveHosts,
    enrich: order.enrich ?? [],
    discovery: order.discovery === undefined ? null : discoveryMessage(order.discovery),
  };
}

function discoveryMessage({ methods, resolver }: DiscoveryOrder): unknown {
  return { methods, resolver: resolver === undefined ? null : formatAddress(resolver) };
}

function readDiscovery(fields: Fields): DiscoveryOrder {
  return {
    methods: listOf(fields['methods'], DISCOVERY_METHODS.length).map((raw) =>
      labelOf(raw, DISCOVERY_METHODS),
    ),
    resolver: nullOr(fields['resolver'], addressOf) ?? undefined,
  };
}

export function readOrder(message: unknown): ProbeOrder {
  return reading('order', () => {
    const fields = fieldsOf(message);
    const first = integerOf(fields['first'], { min: 0, max: MAX_PLAN_POSITIONS });
    return {
      scan: textOf(fields['scan']),
      engine: labelOf(fields['engine'], ENGINES),
      plan: {
        targets: addressesOf(fields['targets']),
        ports: PortSet.of({ tcp: rangesOf(fields['tcp']), udp: rangesOf(fields['udp']) }),
        seed: BigInt(textOf(fields['seed'])),
        order: nullOr(fields['plan_order'], (raw) => labelOf(raw, PLAN_ORDERS)) ?? undefined,
        probes: nullOr(fields['plan_probes'], (raw) => labelOf(raw, PLAN_QUESTIONS)) ?? undefined,
      },
      first,
      end: integerOf(fields['end'], { min: first, max: MAX_PLAN_POSITIONS }),
      exclusions: addressesOf(fields['exclusions']),
      exclusionsGoodUntilMs: nullOr(fields['exclusions_good_until_ms'], countOf),
      rate: {
        packetsPerSecond: rateOf(fields['packets_per_second']),
        packetsPerSecondPerHost: rateOf(fields['packets_per_second_per_host']),
        unlimited: flagOf(fields['unlimited']),
      },
      terms: nullOr(fields['terms'], readTerms) ?? undefined,
      retries: integerOf(fields['retries'], { min: 0, max: MAX_RETRIES }),
      timeoutMs: integerOf(fields['timeout_ms'], { min: 1, max: MAX_TIMEOUT_MS }),
      concurrency: integerOf(fields['concurrency'], { min: 1, max: MAX_CONCURRENCY }),
      nmap: nullOr(fields['nmap'], detectionIn) ?? undefined,
      liveHosts: flagOf(fields['live_hosts']),
      enrich: listOf(fields['enrich'], ENRICHER_NAMES.length).map((raw) => labelOf(raw, ENRICHER_NAMES)),
      discovery: nullOr(fields['discovery'], (discovery) => readDiscovery(fieldsOf(discovery))) ?? undefined,
    };
  });
}

function detectionMessage(detection: NmapDetection): unknown {
  return {
    scan_type: detection.scanType,
    timing: detection.timing ?? null,
    version_intensity: detection.versionIntensity,
    scripts: detection.scripts,
    os_detection: detection.osDetection,
  };
}

function detectionIn(value: unknown): NmapDetection {
  const fields = fieldsOf(value);
  return {
    scanType: labelOf(fields['scan_type'], NMAP_SCAN_TYPES),
    timing: nullOr(fields['timing'], (raw) => labelOf(raw, NMAP_TIMINGS)) ?? undefined,
    versionIntensity: integerOf(fields['version_intensity'], { min: 0, max: MAX_VERSION_INTENSITY }),
    scripts: labelOf(fields['scripts'], SCRIPT_SETS),
    osDetection: flagOf(fields['os_detection']),
  };
}

export function exclusionsMessage(more: AddressSet): unknown {
  return { exclusions: more.toTexts() };
}

export function readExclusions(message: unknown): AddressSet {
  return reading('exclusion', () => addressesOf(fieldsOf(message)['exclusions']));
}

export interface Renewal {
  readonly goodUntilMs: number;
  readonly terms: RateTerms | undefined;
}

export function renewalMessage({ goodUntilMs, terms }: Renewal): unknown {
  return {
    good_until_ms: Math.floor(goodUntilMs),
    terms: terms === undefined ? null : termsMessage(terms),
  };
}

export function readRenewal(message: unknown): Renewal {
  return reading('renewal', () => {
    const fields = fieldsOf(message);
    return {
      goodUntilMs: countOf(fields['good_until_ms']),
      terms: nullOr(fields['terms'], readTerms) ?? undefined,
    };
  });
}

export function creditMessage(chunks: number): unknown {
  return { chunks };
}

export function readCredit(message: unknown): number {
  return reading('credit', () => integerOf(fieldsOf(message)['chunks'], { min: 1, max: 1_000 }));
}

/** What cannot be told in our words is `internal`, with its message. */
export function failureMessage(error: unknown): unknown {
  if (!(error instanceof ScanoramaError)) {
    return { code: 'internal', message: `The prober met an unexpected error: ${messageOf(error)}.` };
  }
  const { code, message, hint, at, facts } = error;
  return { code, message, hint, at, facts };
}

export function readFailure(message: unknown): ScanoramaError {
  return reading('failure', () => {
    const fields = fieldsOf(message);
    const code = textOf(fields['code']);
    if (!isErrorCode(code)) throw new TypeError(`not one of ${Object.keys(ERROR_CATALOG).length} codes`);
    const details: ErrorDetails = {};
    if (fields['hint'] !== undefined) details.hint = textOf(fields['hint']);
    if (fields['at'] !== undefined) details.at = textOf(fields['at']);
    if (fields['facts'] !== undefined) details.facts = fieldsOf(fields['facts']);
    return new ScanoramaError(code, textOf(fields['message']), details);
  });
}

export function surveyMessage(survey: ProberSurvey): unknown {
  return survey;
}

export function readSurvey(message: unknown): ProberSurvey {
  return reading('survey', () => {
    const fields = fieldsOf(message);
    const facts = fieldsOf(fields['facts']);
    return {
      available: listOf(fields['available'])
        .map(fieldsOf)
        .map((engine) => ({
          name: labelOf(engine['name'], ENGINES),
          protocols: listOf(engine['protocols']).map((raw) => labelOf(raw, PROTOCOLS)),
        })),
      missing: listOf(fields['missing'])
        .map(fieldsOf)
        .map((engine) => ({
          name: labelOf(engine['name'], ENGINES),
          code: labelOf(engine['code'], MISSING_ENGINE_CODES),
          message: textOf(engine['message']),
          hint: textOf(engine['hint']),
        })),
      facts: {
        where: labelOf(facts['where'], ['own-process', 'in-process'] as const),
        nodePath: textOf(facts['nodePath']),
        nodeVersion: textOf(facts['nodeVersion']),
        platform: textOf(facts['platform']),
        rawPackets: flagOf(facts['rawPackets']),
        liveHosts: flagOf(facts['liveHosts']),
        descriptorLimit: nullOr(facts['descriptorLimit'], countOf),
        nmapVersion: nullOr(facts['nmapVersion'], (text) => textOf(text)),
      },
    };
  });
}

/** What is wrong with a message is one kind of error. */
export function reading<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw new FrameError(`the ${what} in a frame is none: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function rateOf(value: unknown): number | undefined {
  if (value === null) return undefined;
  if (typeof value === 'number' && value > 0) return value;
  throw new TypeError('there is no rate');
}

function addressesOf(value: unknown): AddressSet {
  return AddressSet.parse(listOf(value).map((raw) => textOf(raw)));
}

function rangesOf(value: unknown): PortRange[] {
  return listOf(value).map((range) => {
    const [first, last] = listOf(range);
    if (typeof first !== 'number' || typeof last !== 'number') throw new TypeError('there is no port range');
    return { first, last };
  });
}
