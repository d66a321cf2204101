import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Every label takes its values from a short fixed list; ids and addresses are never among them. */
export type TransactionKind = 'batch' | 'other';
export type TransactionOutcome = 'committed' | 'rolled_back' | 'failed' | 'unavailable';
export type ScanOutcome = 'completed' | 'failed' | 'cancelled';
export type StoredRows = 'listed_ports' | 'coverage' | 'hosts';

/** What the rooms record. Names end in their unit; see docs/monitoring for what they tell. */
export type Metrics = ReturnType<typeof createMetrics>;

const TRANSACTION_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const BATCH_POSITIONS = [1, 16, 64, 256, 1_024, 4_096, 16_384, 65_536];
const SCAN_SECONDS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
const REQUEST_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

/** All metrics of one program, in a registry of their own. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    ...createStorageMetrics(registers),
    ...createDatabaseMetrics(registers),
    ...createScanMetrics(registers),
    ...createIntegrityMetrics(registers),
    ...createHttpMetrics(registers),
    residentMemory: new Gauge({
      name: 'scanorama_resident_memory_bytes',
      help: 'Memory of the server process that is resident.',
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    }),
  };
}

function createStorageMetrics(registers: Registry[]) {
  return {
    foreignKeyViolations: new Counter({
      name: 'scanorama_foreign_key_violations_total',
      help: 'Statements of ours that PostgreSQL refused with SQLSTATE 23503. Stays 0.',
      registers,
    }),
    transactions: new Counter({
      name: 'scanorama_transactions_total',
      help: 'Transactions by kind and outcome; rolled_back is by our own decision.',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    transactionDuration: new Histogram({
      name: 'scanorama_transaction_duration_seconds',
      help: 'From asking for a connection to the answer to COMMIT or ROLLBACK.',
      labelNames: ['kind'],
      buckets: TRANSACTION_SECONDS,
      registers,
    }),
    storedRows: new Counter({
      name: 'scanorama_stored_rows_total',
      help: 'Rows of observations in committed batches, by what they are.',
      labelNames: ['rows'],
      registers,
    }),
    batchPositions: new Histogram({
      name: 'scanorama_batch_size_positions',
      help: 'Positions in a committed batch.',
      buckets: BATCH_POSITIONS,
      registers,
    }),
    retries: new Counter({
      name: 'scanorama_retries_total',
      help: 'Transactions tried again, by the SQLSTATE that made it necessary; connection where none came.',
      labelNames: ['sqlstate'],
      registers,
    }),
  };
}

function createDatabaseMetrics(registers: Registry[]) {
  return {
    breakerOpen: new Gauge({
      name: 'scanorama_breaker_open',
      help: '1 while PostgreSQL is away and nothing is asked of it, else 0.',
      registers,
    }),
    breakerOpenings: new Counter({
      name: 'scanorama_breaker_openings_total',
      help: 'How often PostgreSQL was found to be away.',
      registers,
    }),
    poolConnections: new Gauge({
      name: 'scanorama_pool_connections',
      help: 'Connections of the pool by state: in_use, idle.',
      labelNames: ['state'],
      registers,
    }),
    poolLimit: new Gauge({
      name: 'scanorama_pool_limit_connections',
      help: 'Connections the pool may hold.',
      registers,
    }),
    poolWaiting: new Gauge({
      name: 'scanorama_pool_waiting_requests',
      help: 'Requests that wait for a connection of the pool.',
      registers,
    }),
    serverTransactions: new Counter({
      name: 'scanorama_server_transactions_total',
      help: 'Transactions in our database since its statistics began, from pg_stat_database: committed, rolled_back.',
      labelNames: ['outcome'],
      registers,
    }),
    serverDeadlocks: new Counter({
      name: 'scanorama_server_deadlocks_total',
      help: 'Deadlocks in our database since its statistics began, from pg_stat_database.',
      registers,
    }),
  };
}

function createScanMetrics(registers: Registry[]) {
  return {
    scans: new Counter({
      name: 'scanorama_scans_total',
      help: 'Scans that this program brought to their end, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    sendingHeld: new Gauge({
      name: 'scanorama_sending_held',
      help: '1 while what runs sends nothing, because the exclusions cannot be read in time, else 0.',
      registers,
    }),
    rateShare: new Gauge({
      name: 'scanorama_rate_share_ratio',
      help: 'The smallest part that this program holds of a rate it sends by: site, of those of a site; scan, of one that a scan named. Absent while it sends by none.',
      labelNames: ['rate'],
      registers,
    }),
    scanDuration: new Histogram({
      name: 'scanorama_scan_duration_seconds',
      help: 'From the first packet’s turn to the end, of scans that were completed.',
      buckets: SCAN_SECONDS,
      registers,
    }),
    probesSent: new Counter({
      name: 'scanorama_probes_sent_total',
      help: 'Packets or connections sent, of committed batches.',
      registers,
    }),
  };
}

function createIntegrityMetrics(registers: Registry[]) {
  return {
    verifyFaults: new Gauge({
      name: 'scanorama_verify_faults',
      help: 'Faults that the last verify found, by check. Stays 0; absent before the first.',
      labelNames: ['check'],
      registers,
    }),
    verifyTime: new Gauge({
      name: 'scanorama_verify_last_run_timestamp_seconds',
      help: 'When the last verify began, seconds since 1970; 0 before the first.',
      registers,
    }),
  };
}

function createHttpMetrics(registers: Registry[]) {
  return {
    httpRequests: new Counter({
      name: 'scanorama_http_requests_total',
      help: 'Requests answered, by method, route as it is written in the OpenAPI document, and status.',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    httpDuration: new Histogram({
      name: 'scanorama_http_request_duration_seconds',
      help: 'How long requests took, by route.',
      labelNames: ['route'],
      buckets: REQUEST_SECONDS,
      registers,
    }),
  };
}

/** Tells the smallest part of each kind; kinds of which nothing is held are not told. */
export function recordRateShares(
  metrics: Pick<Metrics, 'rateShare'>,
  held: readonly { readonly rate: 'site' | 'scan'; readonly part: number }[],
): void {
  metrics.rateShare.reset();
  for (const [rate, parts] of Map.groupBy(held, (one) => one.rate))
    metrics.rateShare.set({ rate }, Math.min(...parts.map(({ part }) => part)));
}

/** Keeps what the last verify found for whoever asks; checks that are gone leave with it. */
export function recordVerify(
  metrics: Metrics,
  startedAtMs: number,
  checks: readonly { readonly name: string; readonly faults: number }[],
): void {
  metrics.verifyFaults.reset();
  for (const { name, faults } of checks) metrics.verifyFaults.set({ check: name }, faults);
  metrics.verifyTime.set(startedAtMs / 1_000);
}
