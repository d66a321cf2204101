/**
 * One SYN scan of `stored-scan.ts`, run inside the namespace: `off` or `stored`, a rate in packets a second or `max`,
 * and where it is stored the database's address as JSON.
 */
import process from 'node:process';
import { sql } from 'kysely';
import { z } from 'zod';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan, type Plan } from '#domain/scans/plan.js';
import type { ScanRate } from '#net/send/scan-pace.js';
import { ProcessProber } from '#prober/client/client.js';
import { DEFAULT_CONCURRENCY, DEFAULT_RETRIES, DEFAULT_TIMEOUT_MS } from '#scan/engine/engine.js';
import type { Prober } from '#scan/engine/prober.js';
import { batches, MAX_BATCH_DELAY_MS, MAX_BATCH_POSITIONS } from '#scan/results/batches.js';
import { openDatabase } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import { createLog } from '#telemetry/log.js';
import { toRecord } from '#work/batches/batch-record.js';
import type { WorkContext } from '#work/context/context.js';
import { startScan } from '#work/scans/start-scan.js';
import { runShard } from '#work/shards/run-shard.js';
import { createWorkContext } from '../../test/support/programs/work-context.ts';

export const HOSTS = 254;
export const PORTS = 4_000;
const TARGETS = `198.18.1.1-198.18.1.${HOSTS}`;
const PORT_TEXTS = `1-${PORTS}`;

export const scanResult = z.object({
  /** From the request to the prober to the end: of the last response, or of the stored scan. */
  ms: z.number(),
  open: z.number(),
  /** Of this process, without the prober and PostgreSQL. */
  processorMs: z.number(),
});
type ScanResult = Omit<z.infer<typeof scanResult>, 'processorMs'>;

/** Of the embedded server. */
const databaseAddress = z.object({
  host: z.string(),
  port: z.number(),
  user: z.string(),
  password: z.string(),
  database: z.string(),
});

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const never = new AbortController().signal;

function rateOf(text: string): ScanRate {
  return text === 'max'
    ? { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: true }
    : { packetsPerSecond: Number(text), packetsPerSecondPerHost: Number(text), unlimited: false };
}

/** Probes and accumulates as the program does, up to the records that it would store. */
async function withStoringOff(prober: Prober, rate: ScanRate): Promise<ScanResult> {
  const plan = createPlan({
    targets: AddressSet.parse([TARGETS]),
    ports: parsePorts(PORT_TEXTS),
    seed: BigInt(process.pid),
  });
  const order = {
    scan: 'bench',
    engine: 'syn' as const,
    plan: plan.input,
    first: 0,
    end: plan.positions,
    exclusions: AddressSet.EMPTY,
    exclusionsGoodUntilMs: null,
    rate,
    retries: DEFAULT_RETRIES,
    timeoutMs: DEFAULT_TIMEOUT_MS,
    concurrency: DEFAULT_CONCURRENCY,
    liveHosts: false,
  };
  const begunMs = clock.monotonic();
  let open = 0;
  for await (const batch of batches(prober.run(order, never), batchingOf(plan)))
    open += toRecord(batch, plan).listed.length;
  return { ms: clock.monotonic() - begunMs, open };
}

const batchingOf = (plan: Plan) => ({
  first: 0,
  maxPositions: MAX_BATCH_POSITIONS,
  maxDelayMs: MAX_BATCH_DELAY_MS,
  endOfGroup: (position: number) =>
    position < plan.positions ? plan.blockRange(plan.blockOf(position)).end : Number.POSITIVE_INFINITY,
  clock,
});

/** The scan as a worker runs it. */
async function stored(prober: Prober, rate: ScanRate, address: string): Promise<ScanResult> {
  const database = openDatabase(databaseAddress.parse(JSON.parse(address)), () => undefined);
  const context = createWorkContext(createStore(database), { prober });
  try {
    const { uid, shardId } = await newScan(context, rate);
    const begunMs = clock.monotonic();
    await runShard(context, shardId, { onClaimed: () => undefined, signal: never });
    const ms = clock.monotonic() - begunMs;
    const { rows } = await sql<{ status: string; open: number }>`
      SELECT status, (SELECT count(*) FROM port_scans WHERE job_id = job.id) AS open FROM scan_jobs job
      WHERE uid = ${uid}`.execute(context.store.read);
    if (rows[0]?.status !== 'completed') throw new Error(`the scan is ${rows[0]?.status}`);
    return { ms, open: rows[0].open };
  } finally {
    await database.close();
  }
}

async function newScan(context: WorkContext, rate: ScanRate): Promise<{ uid: string; shardId: number }> {
  const wanted = { targets: [TARGETS], exclude: [], ports: PORT_TEXTS, rate, scanType: 'syn' as const };
  const rest = { name: null, description: null, site: 'default', confirmLarge: true, actor: 'bench' };
  const scope = { confirmUnscoped: true, outsideScope: false };
  // Services behind open ports are not measured.
  const scan = { ...wanted, ...rest, ...scope, liveHosts: false, probing: { enrich: [] } };
  const uid = await startScan(context, scan, never);
  const { rows } = await sql<{ id: number }>`
    SELECT shard.id FROM scan_shards shard JOIN scan_jobs job ON job.id = shard.job_id WHERE job.uid = ${uid}`.execute(
    context.store.read,
  );
  const [shard, another] = rows;
  if (shard === undefined || another !== undefined) throw new Error('the scan is not of one shard');
  return { uid, shardId: shard.id };
}

if (process.argv[1] === import.meta.filename) {
  const prober = new ProcessProber({ nodePath: undefined, environment: {}, log: createLog('error') });
  try {
    // Its start is not included in either.
    await prober.survey();
    const before = process.cpuUsage();
    const [how = '', rate = '', address = ''] = process.argv.slice(2);
    const result =
      how === 'off'
        ? await withStoringOff(prober, rateOf(rate))
        : await stored(prober, rateOf(rate), address);
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ ...result, processorMs: Math.round((user + system) / 1_000) }));
  } finally {
    await prober.close();
  }
}
