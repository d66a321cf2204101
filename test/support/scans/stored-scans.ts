import { releaseLease } from '#store/scans/scan-shards.js';
import type { BatchRecord, FoundValue } from '#work/batches/batch-record.js';
import { toMultirange } from '#work/batches/coverage-builder.js';
import { type BatchPlace, recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { finishScan } from '#work/scans/end-scan.js';
import { recordRun } from '../hosts/status-runs.ts';
import { claimedScan } from './claimed-scan.ts';

/** Every scan probes the same ports of the same hosts, one port of all hosts in each batch. */
export const SHOWN_HOSTS = 3;
const SECONDS = 20;
const STATES = ['open', 'closed', 'filtered'] as const;
const REASONS = { open: 'syn-ack', closed: 'conn-refused', filtered: 'no-response' } as const;
const NAMES = ['one', 'two', 'three'];

const addressOf = (host: number) => `198.18.80.${host + 1}`;
const time = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

export interface RecordedScans {
  readonly context: WorkContext;
  readonly random: (below: number) => number;
  readonly ports: number;
}

/** Stores a scan with random observations, dated independently of the others; returns its index. */
export async function recordScan({ context, random, ports }: RecordedScans): Promise<BatchPlace> {
  const place = await claimedScan(context, `${addressOf(0)}-${addressOf(SHOWN_HOSTS - 1)}`, `1-${ports}`);
  const startS = random(SECONDS);
  for (let port = 1; port <= ports; port += 1) {
    const at = { ...place, seq: port - 1, blockStartedAt: time(startS), endsBlock: port === ports };
    await recordBatch(context, at, recordOf(random, startS, port));
  }
  await releaseLease(context.store.read, place);
  await finishScan(context, place.job.uid);
  return place;
}

/**
 * Stores runs that probe for the hosts, dated independently: the first of them always responds, the others
 * now and then. The last three miss the last host, so that it is down in the end.
 */
export async function computeStatuses(
  { context, random }: Pick<RecordedScans, 'context' | 'random'>,
  runs: number,
): Promise<void> {
  const hosts = Array.from({ length: SHOWN_HOSTS }, (_, host) => addressOf(host));
  const others = hosts.slice(0, -1);
  const endings = [hosts, others, others, others];
  for (let run = 0; run < runs + endings.length; run += 1) {
    const ending = endings[run - runs];
    const answered = ending ?? hosts.filter((_, host) => host === 0 || random(2) === 0);
    await recordRun(context, {
      targets: `${addressOf(0)}-${addressOf(SHOWN_HOSTS - 1)}`,
      at: time(ending === undefined ? random(SECONDS) : 2 * SECONDS + run),
      answered,
      unresponsive: hosts.filter((address) => !answered.includes(address)),
    });
  }
}

function recordOf(random: (below: number) => number, startS: number, port: number): BatchRecord {
  const first = (port - 1) * SHOWN_HOSTS;
  const answers = Array.from({ length: SHOWN_HOSTS }, (_, host) => ({
    address: addressOf(host),
    position: first + host,
    state: STATES[random(STATES.length)] ?? 'open',
    observedAt: time(startS + random(4)),
  }));
  const open = answers.filter(({ state }) => state === 'open');
  const covered = answers.filter(({ state }) => state !== 'open');
  return {
    first,
    end: first + SHOWN_HOSTS,
    probesSent: SHOWN_HOSTS,
    probesAnswered: open.length,
    listed: open.map((one) => ({
      ...one,
      state: 'open',
      reason: 'syn-ack',
      protocol: 'tcp',
      port,
      roundTripMicroseconds: null,
    })),
    covered: covered.map(({ address, state }) => ({
      address,
      protocol: 'tcp',
      state,
      reason: REASONS[state],
      ports: toMultirange([port]),
    })),
    coveredPorts: covered.length,
    skipped: 0,
    evidence: answers
      .filter(({ state }) => state !== 'filtered')
      .map((one) => ({ ...one, reason: REASONS[one.state], firstSeen: one.observedAt })),
    findings: open.flatMap((one) => foundOf(random, one, port)),
    warnings: [{ kind: 'method-missing', subject: 'ping IPv4', detail: 'EPERM', counts: null }],
    observedFrom: time(startS),
    observedTo: time(startS + 4),
  };
}

function foundOf(
  random: (below: number) => number,
  { address, observedAt }: { readonly address: string; readonly observedAt: Date },
  port: number,
): FoundValue[] {
  const value = NAMES[random(NAMES.length)] ?? '';
  const found = { address, observedAt, value, reason: 'test' };
  const service = { ...found, fact: 'service' as const, protocol: 'tcp' as const, port };
  // A scan reports the host itself once.
  if (port > 1) return [service];
  return [service, { ...found, fact: 'hostname', protocol: null, port: null }];
}
