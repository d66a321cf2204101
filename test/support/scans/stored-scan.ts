import { sql } from 'kysely';
import type { PortState, Reason } from '#domain/ports/port-state.js';
import { provesHost } from '#domain/ports/port-state.js';
import type { BatchRecord, FoundValue } from '#work/batches/batch-record.js';
import { toMultirange } from '#work/batches/coverage-builder.js';
import { type BatchPlace, recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { finishScan } from '#work/scans/end-scan.js';
import { claimedScan } from './claimed-scan.ts';

/** One observation of one TCP port. */
export interface Reported {
  readonly address: string;
  readonly port: number;
  readonly state: PortState;
  readonly at: Date;
}

const REASONS: Readonly<Record<PortState, Reason>> = {
  open: 'syn-ack',
  closed: 'conn-refused',
  filtered: 'no-response',
  'open|filtered': 'no-response',
  unfiltered: 'rst',
  unknown: 'answers-all',
};

/** A batch of these observations; positions beyond them, up to `end`, are skipped. */
export function batchOf(
  reported: readonly Reported[],
  first: number,
  end = first + reported.length,
): BatchRecord {
  const open = reported.filter(({ state }) => state === 'open');
  const covered = reported.filter(({ state }) => state !== 'open');
  const alive = reported.filter(({ state }) => provesHost(state, REASONS[state]));
  const times = reported.map(({ at }) => at.getTime());
  return {
    first,
    end,
    probesSent: reported.length,
    probesAnswered: alive.length,
    listed: open.map(({ address, port, at }, index) => ({
      address,
      protocol: 'tcp',
      port,
      state: 'open',
      reason: 'syn-ack',
      position: first + index,
      observedAt: at,
      roundTripMicroseconds: null,
    })),
    covered: [...Map.groupBy(covered, ({ address, state }) => `${address} ${state}`).values()].map(
      (group) => ({
        address: group[0]?.address ?? '',
        protocol: 'tcp',
        state: group[0]?.state ?? 'closed',
        reason: REASONS[group[0]?.state ?? 'closed'],
        ports: toMultirange(group.map(({ port }) => port)),
      }),
    ),
    coveredPorts: covered.length,
    skipped: end - first - reported.length,
    evidence: [...Map.groupBy(alive, ({ address }) => address)].map(([address, seen]) => {
      const seenMs = seen.map(({ at }) => at.getTime());
      return {
        address,
        reason: REASONS[seen[0]?.state ?? 'open'],
        position: first,
        observedAt: new Date(Math.max(...seenMs)),
        firstSeen: new Date(Math.min(...seenMs)),
      };
    }),
    observedFrom: new Date(Math.min(...times)),
    observedTo: new Date(Math.max(...times)),
  };
}

export interface ScanStory {
  readonly targets: string;
  readonly ports: string;
  readonly at: Date;
  /** By address, the state of each port; omitted ones were skipped. */
  readonly answers: Readonly<Record<string, Readonly<Record<number, PortState>>>>;
  readonly services?: readonly Pick<FoundValue, 'address' | 'port' | 'value'>[];
  /** Findings of its TCP ports. */
  readonly shown?: readonly Pick<FoundValue, 'address' | 'port' | 'fact' | 'value'>[];
  /** Why it could not probe everything. */
  readonly partial?: string;
  /** An action on the claimed scan before anything is stored. */
  readonly before?: (place: BatchPlace) => Promise<unknown>;
  /** Leaves it running. */
  readonly unfinished?: true;
}

/** Stores a scan with all of these observations in one batch, and completes it; returns its id. */
export async function storeScan(context: WorkContext, story: ScanStory): Promise<string> {
  const { at } = story;
  const place = await claimedScan(context, story.targets, story.ports);
  await story.before?.(place);
  const { rows } = await sql<{ positions: number; siteId: number }>`
    SELECT positions, site_id AS "siteId" FROM scan_jobs WHERE id = ${place.job.id}`.execute(
    context.store.read,
  );
  const reported = Object.entries(story.answers).flatMap(([address, ports]) =>
    Object.entries(ports).map(([port, state]) => ({ address, port: Number(port), state, at })),
  );
  const batch = batchOf(reported, 0, rows[0]?.positions ?? 0);
  const services = (story.services ?? []).map((found) => ({ ...found, fact: 'service' as const }));
  const findings = [...services, ...(story.shown ?? [])].map((found) => ({
    ...found,
    protocol: 'tcp' as const,
    reason: null,
    observedAt: at,
  }));
  const times = reported.length === 0 ? { observedFrom: at, observedTo: at } : {};
  await recordBatch(
    context,
    { ...place, siteId: rows[0]?.siteId ?? place.siteId, blockStartedAt: at },
    { ...batch, ...times, findings, ...(story.partial === undefined ? {} : { partial: story.partial }) },
  );
  if (story.unfinished !== true) await finishScan(context, place.job.uid);
  return place.job.uid;
}

/** Stores scans one after the other, a minute apart, each test with addresses of its own. */
export function observationRecorder(contextOf: () => WorkContext) {
  let networks = 0;
  let minutes = 0;
  const later = (): Date => {
    minutes += 1;
    return new Date(Date.UTC(2026, 0, 1, 0, minutes));
  };
  const network = (): ((host: number) => string) => {
    networks += 1;
    const prefix = `198.18.${networks}`;
    return (host) => `${prefix}.${host}`;
  };
  return {
    later,
    network,
    store: (story: Omit<ScanStory, 'at'> & { readonly at?: Date }) =>
      storeScan(contextOf(), { at: later(), ...story }),
  };
}
