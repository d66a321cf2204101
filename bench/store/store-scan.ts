import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan, type Plan } from '#domain/scans/plan.js';
import { outcomeCode } from '#scan/results/completed-chunk.js';
import { type BatchRecord, toRecord } from '#work/batches/batch-record.js';
import { type BatchPlace, recordBatch } from '#work/batches/record-batch.js';
import { claimedScan } from '../../test/support/scans/claimed-scan.ts';
import type { BenchDatabase } from '../support/database.ts';

const OPEN = outcomeCode({ state: 'open', reason: 'syn-ack' });
/** 65,500 positions a block for 100 ports: a batch is a block. */
const PORTS = '1-100';
export const PORTS_PER_HOST = 100;
/** As fast as the SYN engine completes them. */
const POSITIONS_PER_MS = 200;
const SEED = 11n;

/** A scan with rows to store: all ports of all its hosts are open. */
export interface StoredScan {
  readonly place: BatchPlace;
  readonly plan: Plan;
  /** Observations by position of the plan. */
  readonly startMs: number;
}

/** Addresses of 198.18.0.0/15, counted from 0. */
export interface HostRange {
  readonly first: number;
  /** Not included. */
  readonly end: number;
}

const addressOf = (host: number) => `198.${18 + (host >> 16)}.${(host >> 8) & 255}.${host & 255}`;

/** Stores the scan itself and claims its shard; sends nothing. */
export async function newScan(
  { context }: BenchDatabase,
  { first, end }: HostRange,
  startMs: number,
): Promise<StoredScan> {
  const targets = `${addressOf(first)}-${addressOf(end - 1)}`;
  const place = await claimedScan(context, targets, PORTS);
  const plan = createPlan({
    targets: AddressSet.parse([targets]),
    ports: parsePorts(PORTS),
    seed: SEED,
  });
  return { place: { ...place, blockStartedAt: new Date(startMs) }, plan, startMs };
}

/** The batches in which the scan is stored, one for each block, as they come from the prober. */
export function* recordsOf({ plan, startMs }: StoredScan): Generator<BatchRecord> {
  for (let block = 0; block < plan.blocks; block += 1) {
    const { first, end } = plan.blockRange(block);
    const count = end - first;
    const completed = {
      first,
      count,
      outcomes: new Uint8Array(count).fill(OPEN),
      attempts: new Uint8Array(count).fill(1),
      roundTripsMicroseconds: Int32Array.from({ length: count }, (_, at) => 80 + (at % 400)),
      observedAtMs: Float64Array.from({ length: count }, (_, at) => timeOf(startMs, first + at)),
    };
    yield toRecord({ first, end, completed, probesSent: count, probesAnswered: count }, plan);
  }
}

function timeOf(startMs: number, position: number): number {
  return startMs + Math.floor(position / POSITIONS_PER_MS);
}

export interface Stored {
  readonly rows: number;
  readonly ms: number;
}

/** Stores a scan by the program's own code; the time is that of storing, not of creating the records. */
export async function storeScan({ context, signal }: BenchDatabase, scan: StoredScan): Promise<Stored> {
  let [rows, ms, seq] = [0, 0, 0];
  for (const record of recordsOf(scan)) {
    signal.throwIfAborted();
    const place: BatchPlace = { ...scan.place, seq, endsBlock: true };
    const begunMs = performance.now();
    const outcome = await recordBatch(context, place, record);
    ms += performance.now() - begunMs;
    if (outcome !== 'recorded') throw new Error(`batch ${seq} was ${outcome}`);
    rows += record.listed.length;
    seq += 1;
  }
  return { rows, ms };
}
