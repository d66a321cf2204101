import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PortState, Reason } from '#domain/ports/port-state.js';
import type { BatchRecord } from '#work/batches/batch-record.js';
import { toMultirange } from '#work/batches/coverage-builder.js';
import { type BatchPlace, recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { networkOfRun } from '../../support/network/local-network.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { repetitions } from '../../support/repetitions.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';

const HOSTS = 3;
const PORTS = 5;
const SCANS = 4;
const BATCHES = 3;
const RUNS = repetitions(20, 60);

let db: TestDatabase;
let context: WorkContext;
let run = 0;

beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(async () => {
  await db.close();
});

/** Observations of one scan for one port: probed in which batch, open when, or not open. */
interface Answer {
  readonly host: number;
  readonly port: number;
  readonly batch: number;
  readonly state: 'open' | 'closed' | 'filtered';
  /** Seconds after the start of the scan's block. */
  readonly afterS: number;
}
interface ScanStory {
  readonly blockStartS: number;
  readonly answers: readonly Answer[];
}

const REASON_OF: Readonly<Record<Answer['state'], Reason>> = {
  open: 'syn-ack',
  closed: 'conn-refused',
  filtered: 'no-response',
};

const answer = fc.record({
  host: fc.nat(HOSTS - 1),
  port: fc.integer({ min: 1, max: PORTS }),
  batch: fc.nat(BATCHES - 1),
  state: fc.constantFrom('open', 'closed', 'filtered'),
  afterS: fc.nat(6),
});
const story: fc.Arbitrary<ScanStory> = fc.record({
  blockStartS: fc.nat(6),
  answers: fc.uniqueArray(answer, {
    minLength: 1,
    maxLength: 12,
    selector: ({ host, port }) => `${host}/${port}`,
  }),
});

describe('current state under concurrent scans', () => {
  it('is the newest observation of every port, whatever the order of the batches', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(story, { minLength: 2, maxLength: SCANS }),
        fc.scheduler(),
        async (stories, scheduler) => {
          run += 1;
          const places: BatchPlace[] = [];
          for (const _ of stories)
            places.push(await claimedScan(context, `${addressOf(0)}-${addressOf(HOSTS - 1)}`, '1-20'));
          const tellings = stories.map((reported, index) =>
            report(reported, places[index], (task) => scheduler.schedule(Promise.resolve()).then(task)),
          );
          await scheduler.waitFor(Promise.all(tellings));
          expect(await storedPorts()).toEqual(modelPorts(stories));
          expect(await storedHosts()).toEqual(modelHosts(stories));
          expect(await replayedPorts()).toEqual(modelAsOf(stories));
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: 180_000, markInterruptAsFailure: false },
    );
    await expectComplete(db.store.read);
  });
});

/** Stores the batches of one scan one after the other; the scheduler decides how scans interleave. */
async function report(
  reported: ScanStory,
  place: BatchPlace | undefined,
  step: (task: () => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  if (place === undefined) throw new Error('a story without a scan');
  let first = 0;
  let seq = 0;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const answers = reported.answers.filter((one) => one.batch === batch);
    if (answers.length === 0) continue;
    const at = { ...place, seq, blockStartedAt: time(reported.blockStartS) };
    const record = recordOf(reported, answers, first);
    await step(() => recordBatch(context, at, record));
    first += answers.length;
    seq += 1;
  }
}

function recordOf(reported: ScanStory, answers: readonly Answer[], first: number): BatchRecord {
  const seenAt = (one: Answer) => time(reported.blockStartS + one.afterS);
  const open = answers.filter((one) => one.state === 'open');
  const covered = answers.filter((one) => one.state !== 'open');
  const alive = answers.filter((one) => one.state !== 'filtered');
  const hosts = [...new Set(alive.map((one) => one.host))];
  return {
    first,
    end: first + answers.length,
    probesSent: answers.length,
    probesAnswered: alive.length,
    listed: open.map((one, index) => ({
      address: addressOf(one.host),
      protocol: 'tcp',
      port: one.port,
      state: 'open',
      reason: 'syn-ack',
      position: first + index,
      observedAt: seenAt(one),
      roundTripMicroseconds: null,
    })),
    covered: [...Map.groupBy(covered, (one) => `${one.host} ${one.state}`).values()].map((group) => ({
      address: addressOf(group[0]?.host ?? 0),
      protocol: 'tcp',
      state: group[0]?.state ?? 'closed',
      reason: REASON_OF[group[0]?.state ?? 'closed'],
      ports: toMultirange(group.map((one) => one.port)),
    })),
    coveredPorts: covered.length,
    skipped: 0,
    evidence: hosts.map((host) => {
      const times = alive.filter((one) => one.host === host).map((one) => seenAt(one).getTime());
      return {
        address: addressOf(host),
        reason: 'syn-ack',
        position: first,
        observedAt: new Date(Math.max(...times)),
        firstSeen: new Date(Math.min(...times)),
      };
    }),
    observedFrom: time(reported.blockStartS),
    observedTo: time(reported.blockStartS + 6),
  };
}

function time(second: number): Date {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, second));
}
const addressOf = (host: number) => networkOfRun(run).address(host + 1);

interface PortRow {
  readonly address: string;
  readonly port: number;
  readonly state: PortState;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
}

/** All observations of a port, oldest first, by (time, scan). */
function observationsOf(stories: readonly ScanStory[], host: number, port: number) {
  return stories
    .flatMap(({ blockStartS, answers }, scan) =>
      answers
        .filter((one) => one.host === host && one.port === port)
        .map((one) => ({
          scan,
          state: one.state,
          second: blockStartS + (one.state === 'open' ? one.afterS : 0),
        })),
    )
    .sort((a, b) => a.second - b.second || a.scan - b.scan);
}

/** The simple model: list every observation, take the newest by (time, scan). */
function modelPorts(stories: readonly ScanStory[]): readonly PortRow[] {
  const rows: PortRow[] = [];
  for (let host = 0; host < HOSTS; host += 1) {
    for (let port = 1; port <= PORTS; port += 1) {
      const seen = observationsOf(stories, host, port);
      const listed = seen.filter((one) => one.state === 'open').map((one) => one.second);
      const newest = seen.at(-1);
      if (newest === undefined || listed.length === 0) continue;
      rows.push({
        address: addressOf(host),
        port,
        state: newest.state,
        firstSeen: time(Math.min(...listed)),
        lastSeen: time(Math.max(...listed)),
      });
    }
  }
  return rows;
}

async function storedPorts(): Promise<readonly PortRow[]> {
  const { rows } = await sql<PortRow>`
    SELECT host(host.ip_address) AS address, port.port, port.state, port.first_seen AS "firstSeen", port.last_seen AS "lastSeen"
    FROM host_ports port JOIN hosts host ON host.id = port.host_id
    WHERE host.ip_address << ${networkOfRun(run).cidr}::inet ORDER BY host.ip_address, port.port`.execute(
    db.store.read,
  );
  return rows;
}

/** Beyond the last second at which any sequence observes anything. */
const LAST_SECOND = 12;

/** The newest observation of every port as of each second, from the first time on that it was open. */
function modelAsOf(stories: readonly ScanStory[]): readonly string[] {
  const lines: string[] = [];
  for (let host = 0; host < HOSTS; host += 1) {
    for (let port = 1; port <= PORTS; port += 1) {
      const seen = observationsOf(stories, host, port);
      const firstOpen = Math.min(...seen.filter(({ state }) => state === 'open').map(({ second }) => second));
      for (let second = 0; second <= LAST_SECOND; second += 1) {
        if (second < firstOpen) continue;
        const state = seen.filter((one) => one.second <= second).at(-1)?.state;
        lines.push(`${addressOf(host)} ${port} ${second} ${state}`);
      }
    }
  }
  return lines;
}

/** The same, derived from the history alone. */
async function replayedPorts(): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    SELECT concat_ws(' ', host(host.ip_address), port.port, second, (
      SELECT past.new_value FROM host_history past
      WHERE past.host_id = host.id AND past.fact = 'port' AND past.port = port.port
        AND past.observed_at <= ${time(0)}::timestamptz + second * interval '1 s'
      ORDER BY past.observed_at DESC, past.job_id DESC, past.shard_number DESC, past.id DESC LIMIT 1)) AS line
    FROM host_ports port JOIN hosts host ON host.id = port.host_id CROSS JOIN generate_series(0, ${LAST_SECOND}::int) AS second
    WHERE host.ip_address << ${networkOfRun(run).cidr}::inet
      AND port.first_seen <= ${time(0)}::timestamptz + second * interval '1 s'
    ORDER BY host.ip_address, port.port, second`.execute(db.store.read);
  return rows.map(({ line }) => line);
}

function modelHosts(stories: readonly ScanStory[]) {
  return Array.from({ length: HOSTS }, (_, host) => {
    const seconds = stories.flatMap(({ blockStartS, answers }) =>
      answers
        .filter((one) => one.host === host && one.state !== 'filtered')
        .map((one) => blockStartS + one.afterS),
    );
    return seconds.length === 0
      ? []
      : [
          {
            address: addressOf(host),
            status: 'up',
            firstSeen: time(Math.min(...seconds)),
            lastSeen: time(Math.max(...seconds)),
          },
        ];
  }).flat();
}

async function storedHosts() {
  const { rows } = await sql<{ address: string; status: string; firstSeen: Date; lastSeen: Date }>`
    SELECT host(ip_address) AS address, status, first_seen AS "firstSeen", last_seen AS "lastSeen" FROM hosts
    WHERE ip_address << ${networkOfRun(run).cidr}::inet ORDER BY ip_address`.execute(db.store.read);
  return rows;
}
