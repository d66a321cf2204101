import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isPortFinding } from '#domain/enrichment/finding.js';
import type { BatchRecord } from '#work/batches/batch-record.js';
import { type BatchPlace, recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { networkOfRun } from '../../support/network/local-network.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { repetitions } from '../../support/repetitions.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';

const RUNS = repetitions(15, 40);
const ADDRESSES = 2;

let db: TestDatabase;
let context: WorkContext;
let run = 0;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(() => db.close());

interface Found {
  readonly host: number;
  readonly fact: 'hostname' | 'os_family' | 'service' | 'tls_certificate';
  readonly value: string;
  readonly second: number;
}
const found = fc.record<Found>({
  host: fc.nat({ max: ADDRESSES - 1 }),
  fact: fc.constantFrom('hostname', 'os_family', 'service', 'tls_certificate'),
  value: fc.constantFrom('a', 'b', 'c'),
  second: fc.nat({ max: 4 }),
});
/** A finding of one scan: one value of a fact. */
const scan = fc.uniqueArray(found, {
  minLength: 1,
  maxLength: 5,
  selector: ({ host, fact }) => `${host} ${fact}`,
});

const time = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const addressOf = (host: number) => networkOfRun(run).address(host + 1);

function recordOf(findings: readonly Found[]): BatchRecord {
  const hosts = [...new Set(findings.map(({ host }) => host))];
  return {
    first: 0,
    end: 1,
    probesSent: 1,
    probesAnswered: 1,
    listed: [],
    covered: [],
    coveredPorts: 0,
    skipped: 1,
    evidence: hosts.map((host) => ({
      address: addressOf(host),
      reason: 'syn-ack',
      position: 0,
      observedAt: time(0),
      firstSeen: time(0),
    })),
    findings: findings.map(({ host, fact, value, second }) => ({
      address: addressOf(host),
      fact,
      protocol: isPortFinding(fact) ? 'tcp' : null,
      port: isPortFinding(fact) ? 80 : null,
      value,
      reason: 'test',
      observedAt: time(second),
    })),
    observedFrom: time(0),
    observedTo: time(4),
  };
}

/** The simple model: the newest value by (time, scan), and each value that differs from the one before it. */
function model(scans: readonly (readonly Found[])[]) {
  const all = scans.flatMap((findings, index) => findings.map((one) => ({ ...one, index })));
  const groups = Map.groupBy(all, ({ host, fact }) => `${addressOf(host)} ${fact}`);
  return [...groups]
    .map(([key, reported]) => {
      const values = reported
        .toSorted((a, b) => a.second - b.second || a.index - b.index)
        .map(({ value }) => value);
      return { key, value: values.at(-1), history: values.filter((value, at) => value !== values[at - 1]) };
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

async function stored() {
  const { rows } = await sql<{ key: string; value: string; history: string[] }>`
    SELECT host(host.ip_address) || ' ' || fact.fact AS key, fact.value, (
      SELECT array_agg(past.new_value ORDER BY past.observed_at, past.job_id, past.id) FROM host_history past
      WHERE past.host_id = fact.host_id AND past.fact = fact.fact AND past.port IS NOT DISTINCT FROM fact.port) AS history
    FROM host_facts fact JOIN hosts host ON host.id = fact.host_id
    WHERE host.ip_address << ${networkOfRun(run).cidr}::inet ORDER BY (host(host.ip_address) || ' ' || fact.fact) COLLATE "C"`.execute(
    db.store.read,
  );
  // A late finding may leave a row that repeats the value before it; replaying skips it.
  return rows.map((row) => ({
    ...row,
    history: row.history.filter((value, at) => value !== row.history[at - 1]),
  }));
}

it('are the newest of what scans found, and history contains all of it, for any order of storing', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(scan, { minLength: 2, maxLength: 5 }),
      fc.infiniteStream(fc.nat()),
      async (scans, picks) => {
        run += 1;
        const places: BatchPlace[] = [];
        for (const _ of scans) places.push(await claimedScan(context, addressOf(0), '1-10'));
        const waiting = scans.map((findings, index) => ({ findings, place: places[index] }));
        while (waiting.length > 0) {
          const [next] = waiting.splice((picks.next().value ?? 0) % waiting.length, 1);
          if (next?.place === undefined) throw new Error('a scan without a place');
          await recordBatch(context, next.place, recordOf(next.findings));
        }
        expect(await stored()).toEqual(model(scans));
      },
    ),
    { numRuns: RUNS, interruptAfterTimeLimit: 90_000, markInterruptAsFailure: false },
  );
  await expectComplete(db.store.read);
});

it('are stored once, however often their batch comes', async () => {
  run += 1;
  const place = await claimedScan(context, addressOf(0), '1-10');
  const record = recordOf([{ host: 0, fact: 'hostname', value: 'a', second: 1 }]);
  expect(await recordBatch(context, place, record)).toBe('recorded');
  expect(await recordBatch(context, place, record)).toBe('replayed');
  const { rows } =
    await sql`SELECT count(*) AS count FROM scan_findings WHERE job_id = ${place.job.id}`.execute(
      db.store.read,
    );
  expect(rows).toEqual([{ count: 1 }]);
});
