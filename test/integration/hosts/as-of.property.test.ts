import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseFilter } from '#domain/filter/parse.js';
import type { PortState } from '#domain/ports/port-state.js';
import type { AsOf } from '#store/history/as-of.js';
import { countHosts, listHostViews, portsOf } from '#store/hosts/host-views.js';
import { recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { networkOfRun } from '../../support/network/local-network.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { repetitions } from '../../support/repetitions.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { batchOf } from '../../support/scans/stored-scan.ts';

const HOSTS = 3;
const PORTS = 3;
const BATCHES = 2;
const RUNS = repetitions(5, 12);
/** Beyond the last second at which anything is observed. */
const LAST_SECOND = 12;
const PAGE_ROWS = 2;

let db: TestDatabase;
let context: WorkContext;
let run = 0;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(() => db.close());

interface Answer {
  readonly host: number;
  readonly port: number;
  readonly batch: number;
  readonly state: 'open' | 'closed' | 'filtered';
  /** Seconds after the start of the scan's block. */
  readonly afterS: number;
}
interface Story {
  readonly blockStartS: number;
  readonly answers: readonly Answer[];
  /** The host name that each batch reports. */
  readonly names: readonly (string | null)[];
}
const story: fc.Arbitrary<Story> = fc.record({
  blockStartS: fc.nat(6),
  answers: fc.uniqueArray(
    fc.record({
      host: fc.nat(HOSTS - 1),
      port: fc.integer({ min: 1, max: PORTS }),
      batch: fc.nat(BATCHES - 1),
      state: fc.constantFrom('open', 'closed', 'filtered'),
      afterS: fc.nat(6),
    }),
    { minLength: 1, maxLength: 8, selector: ({ host, port }) => `${host}/${port}` },
  ),
  names: fc.array(fc.constantFrom('alpha', 'beta', null), { minLength: BATCHES, maxLength: BATCHES }),
});

const address = (host: number) => networkOfRun(run).address(host + 1);
const second = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
/** When the nth stored batch, from 1 on, was recorded. */
const recordedAt = (step: number) => new Date(Date.UTC(2026, 1, 1, 0, step));

/** An observation of one batch, with its place in both orders. */
interface Fact {
  readonly step: number;
  readonly scan: number;
  readonly second: number;
  readonly host: number;
  readonly port: number | null;
  /** A state of the port, or a name. */
  readonly value: string;
  readonly isProof: boolean;
}

/** Stores the batches in the order that the picks determine; returns all their observations. */
async function report(stories: readonly Story[], picks: readonly number[]): Promise<readonly Fact[]> {
  const range = `${address(0)}-${address(HOSTS - 1)}`;
  const scans = [];
  for (const reported of stories)
    scans.push({
      reported,
      place: await claimedScan(context, range, '1-20'),
      batch: 0,
      first: 0,
      seq: 0,
      isNamed: new Set<number>(),
    });
  const facts: Fact[] = [];
  for (let step = 1; ; step += 1) {
    const open = scans.filter(({ batch }) => batch < BATCHES);
    const scan = open[(picks[step % picks.length] ?? 0) % open.length];
    if (scan === undefined) return facts;
    const { reported, place, batch } = scan;
    scan.batch += 1;
    const answers = reported.answers.filter((one) => one.batch === batch);
    if (answers.length === 0) continue;
    const at = { step, scan: scans.indexOf(scan) };
    const observedS = ({ afterS }: Answer) => reported.blockStartS + afterS;
    const record = batchOf(
      answers.map((one) => ({ ...one, address: address(one.host), at: second(observedS(one)) })),
      scan.first,
    );
    const name = reported.names[batch] ?? null;
    const alive = new Set(answers.filter(({ state }) => state !== 'filtered').map(({ host }) => host));
    const named = name === null ? [] : [...alive].filter((host) => !scan.isNamed.has(host));
    const findings = named.map((host) => ({
      address: address(host),
      fact: 'hostname' as const,
      protocol: null,
      port: null,
      value: name ?? '',
      reason: 'PTR',
      observedAt: second(reported.blockStartS + batch),
    }));
    await recordBatch(
      context,
      { ...place, seq: scan.seq, blockStartedAt: second(reported.blockStartS) },
      { ...record, findings },
    );
    await sql`UPDATE host_history SET recorded_at = ${recordedAt(step)} WHERE recorded_at > ${recordedAt(1_000)}`.execute(
      db.store.read,
    );
    for (const host of named) {
      scan.isNamed.add(host);
      facts.push({
        ...at,
        second: reported.blockStartS + batch,
        host,
        port: null,
        value: name ?? '',
        isProof: false,
      });
    }
    for (const one of answers) {
      // A port that is not open is dated by its block.
      const seenS = one.state === 'open' ? observedS(one) : reported.blockStartS;
      facts.push({ ...at, second: seenS, host: one.host, port: one.port, value: one.state, isProof: false });
      if (one.state !== 'filtered')
        facts.push({ ...at, second: observedS(one), host: one.host, port: null, value: 'up', isProof: true });
    }
    scan.first += answers.length;
    scan.seq += 1;
  }
}

interface Probed {
  readonly step?: number;
  readonly second?: number;
}

/** The simple model: of all observations until then the newest by (time, scan). */
function modelList(
  facts: readonly Fact[],
  { step = 1_000, second: seconds = 1_000 }: Probed,
): readonly string[] {
  const known = facts.filter((fact) => fact.step <= step);
  const newest = (all: readonly Fact[]) =>
    all
      .filter((fact) => fact.second <= seconds)
      .toSorted((a, b) => a.second - b.second || a.scan - b.scan)
      .at(-1);
  return Array.from({ length: HOSTS }, (_, host) => host).flatMap((host) => {
    const own = known.filter((fact) => fact.host === host);
    const seen = own.filter(({ isProof }) => isProof).map((fact) => fact.second);
    const firstS = Math.min(...seen);
    if (firstS > seconds) return [];
    const name = newest(own.filter(({ port, isProof }) => port === null && !isProof))?.value ?? '-';
    const ports = Array.from({ length: PORTS }, (_, index) => index + 1).flatMap((port) => {
      const reported = own.filter((fact) => fact.port === port);
      const openS = Math.min(...reported.filter(({ value }) => value === 'open').map((fact) => fact.second));
      return openS > seconds ? [] : [`${port}=${newest(reported)?.value}@${openS}`];
    });
    return [`${address(host)} up since ${firstS} ${name} ${ports.join(' ')}`];
  });
}

const secondsOf = (time: Date) => (time.getTime() - second(0).getTime()) / 1_000;

/** The same as lists return it, page by page. */
async function storedList(probed: Probed): Promise<readonly string[]> {
  const asOf: AsOf = {
    recorded: probed.step === undefined ? undefined : recordedAt(probed.step),
    observed: probed.second === undefined ? undefined : second(probed.second),
  };
  const filter = { matching: parseFilter(`address:${networkOfRun(run).cidr}`), now: second(0) };
  const order = { by: 'ip', descending: false } as const;
  const lines: string[] = [];
  const total = await countHosts(db.store.read, filter, asOf);
  for (let offset = 0; offset < Math.max(1, total); offset += PAGE_ROWS) {
    const page = { limit: PAGE_ROWS, offset };
    const hosts = await listHostViews(db.store.read, { filter, order, page, asOf });
    const ids = hosts.map(({ id }) => id);
    const ports = await portsOf(db.store.read, ids, { openOnly: false, asOf });
    for (const host of hosts) {
      const own = ports.filter(({ hostId }) => hostId === host.id);
      const shown = own.map(
        ({ port, state, firstSeen }: { port: number; state: PortState; firstSeen: Date }) =>
          `${port}=${state}@${secondsOf(firstSeen)}`,
      );
      lines.push(
        `${host.address} ${host.status} since ${secondsOf(host.firstSeen)} ${host.hostname ?? '-'} ${shown.join(' ')}`,
      );
    }
  }
  expect(lines).toHaveLength(total);
  return lines;
}

it('the list as of every time is that of a simple model, and observed_as_of does not depend on the order of storing', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(story, { minLength: 2, maxLength: 3 }),
      fc.array(fc.nat(11), { minLength: 6, maxLength: 6 }),
      fc.array(fc.record({ step: fc.nat(8), second: fc.nat(LAST_SECOND) }), { minLength: 4, maxLength: 4 }),
      async (stories, picks, times) => {
        run += 1;
        const facts = await report(stories, picks);
        const steps = Array.from({ length: stories.length * BATCHES + 2 }, (_, step) => ({ step }));
        const seconds = Array.from({ length: LAST_SECOND + 1 }, (_, at) => ({ second: at }));
        for (const probed of [...steps, ...seconds, ...times])
          expect({ probed, list: await storedList(probed) }).toEqual({
            probed,
            list: modelList(facts, probed),
          });
      },
    ),
    { numRuns: RUNS, interruptAfterTimeLimit: 180_000, markInterruptAsFailure: false },
  );
});
