import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { liveThrough, type StatusEvent } from '#domain/hosts/status-rules.js';
import type { Reason } from '#domain/ports/port-state.js';
import type { Store } from '#store/database/store.js';
import { findHostsByAddress, listHostHistory } from '#store/hosts/host-views.js';
import type { WorkContext } from '#work/context/context.js';
import { addNetwork, changeNetwork } from '#work/networks/networks.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { recordRun, statusHistoryOf } from '../../support/hosts/status-runs.ts';
import { networkOfRun } from '../../support/network/local-network.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';

const RUNS = 5;
const HOUR_MS = 3_600_000;
const LAST_HOUR = 60;
const GONE_AFTER_DAYS = 1;

let db: TestDatabase;
let context: WorkContext;
let networks = 0;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(patient(db.store));
});
afterAll(() => db.close());

/** Waits for locks without limit: a worker whose time has expired on a busy machine would retry. */
const patient = (store: Store): Store => ({
  ...store,
  transaction: (work, options) =>
    store.transaction(async (executor) => {
      await sql`SET LOCAL lock_timeout = 0`.execute(executor);
      return work(executor);
    }, options),
});

/** One run over an anchor, which responds whenever any host does, and a host. */
interface Story {
  readonly hour: number;
  readonly isThere: boolean;
  readonly kind: 'hosts' | 'ports';
  readonly ending: 'complete' | 'partial';
  readonly isReceived: boolean;
  /** It could have received a response of the host, if of any. */
  readonly hasWay: boolean;
}
const story: fc.Arbitrary<Story> = fc.record({
  hour: fc.nat(LAST_HOUR),
  isThere: fc.boolean(),
  kind: fc.constantFrom('hosts', 'hosts', 'hosts', 'ports'),
  ending: fc.constantFrom('complete', 'complete', 'complete', 'partial'),
  isReceived: fc.constantFrom(true, true, true, false),
  hasWay: fc.constantFrom(true, true, true, false),
});
const stories = fc.uniqueArray(story, { minLength: 3, maxLength: 8, selector: ({ hour }) => hour });
const at = (hour: number) => new Date(Date.UTC(2026, 0, 1) + hour * HOUR_MS);

/** Stores the runs in this order, or all at once, each time in a network of its own; returns the address of the host. */
async function report(reported: readonly Story[], misses: number, atOnce: boolean): Promise<string> {
  networks += 1;
  const { cidr, address } = networkOfRun(networks);
  const { uid } = await addNetwork(context, {
    cidr,
    description: null,
    site: 'default',
    actor: 'test',
  });
  const input = { downAfterMisses: misses, goneAfterDays: GONE_AFTER_DAYS };
  await changeNetwork(context, uid, { input, actor: 'test' });
  const [anchor, host] = [address(1), address(2)];
  const recordOne = async ({ hour, isThere, isReceived, hasWay, kind, ending }: Story) => {
    const answered = [...(isReceived ? [anchor] : []), ...(isThere && isReceived ? [host] : [])];
    const unresponsive = kind === 'hosts' && !answered.includes(host) ? [host] : [];
    const missing = hasWay ? [] : ['tcp IPv4'];
    const of = { targets: `${anchor}-${host}`, at: at(hour), kind, ending };
    await recordRun(context, { ...of, answered, unresponsive, missing });
  };
  if (atOnce) await Promise.all(reported.map(recordOne));
  else for (const one of reported) await recordOne(one);
  return host;
}

/** The simple model: all observations and misses, in the order of time. */
function modelOf(reported: readonly Story[], misses: number) {
  const isSeen = ({ isThere, isReceived }: Story) => isThere && isReceived;
  const events = reported.flatMap((run, index): StatusEvent[] => {
    const cause = { atMs: at(run.hour).getTime(), jobId: index + 1 };
    if (isSeen(run)) {
      const isByHostProbe = run.kind === 'hosts';
      return [{ kind: 'seen', ...cause, untilMs: cause.atMs, reason: 'conn-refused', isByHostProbe }];
    }
    if (run.kind === 'ports' || run.ending === 'partial' || !run.isReceived) return [];
    const unanswered: readonly Reason[] = run.hasWay ? [] : ['conn-refused'];
    return [{ kind: 'missed', ...cause, downAfter: { misses, goneAfterDays: GONE_AFTER_DAYS }, unanswered }];
  });
  const answers = reported
    .filter((run) => isSeen(run) && run.kind === 'hosts')
    .map(({ hour }) => at(hour).getTime());
  return liveThrough({ events, answersSinceMs: answers.length === 0 ? null : Math.min(...answers) });
}

const seenAt = (hour: number): Story => ({
  hour,
  isThere: true,
  kind: 'hosts',
  ending: 'complete',
  isReceived: true,
  hasWay: true,
});
/** A past failure: an observation, stored late, between when the host was missed and when it was known to be back. */
const BACK_EARLIER: readonly Story[] = [seenAt(9), { ...seenAt(4), isThere: false }, seenAt(0), seenAt(5)];

const isKnown = (reported: readonly Story[]) =>
  reported.some(({ isThere, isReceived }) => isThere && isReceived);

async function asOf(address: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let hour = 0; hour <= LAST_HOUR; hour += 4) {
    const [view] = await findHostsByAddress(db.store.read, address, { observed: at(hour) });
    lines.push(view === undefined ? '-' : `${view.status} ${view.isFlapping}`);
  }
  return lines;
}

it('the status of a host equals that of a simple model, whatever order its runs are stored in', {
  timeout: 240_000,
}, async () => {
  const cases = stories
    .filter(isKnown)
    .chain((reported) =>
      fc.tuple(
        fc.constant(reported),
        fc.shuffledSubarray([...reported], { minLength: reported.length }),
        fc.integer({ min: 1, max: 3 }),
      ),
    );
  await fc.assert(
    fc.asyncProperty(cases, async ([reported, shuffled, misses]) => {
      const { turns: statusChanges, ...model } = modelOf(reported, misses);
      const firstSeen = Math.min(...reported.filter((one) => isKnown([one])).map(({ hour }) => hour));
      const modelAt = (hour: number) => {
        const change = statusChanges.findLast(({ atMs }) => atMs <= at(hour).getTime());
        return change === undefined || hour < firstSeen ? '-' : `${change.status} ${change.isFlapping}`;
      };
      const hours = Array.from({ length: LAST_HOUR / 4 + 1 }, (_, index) => index * 4);
      for (const order of [reported, shuffled, undefined]) {
        const host = await report(order ?? reported, misses, order === undefined);
        const last = statusChanges.at(-1);
        expect(await statusHistoryOf(context, host)).toEqual({
          status: last?.status,
          misses: model.misses,
          flapping: last?.isFlapping,
        });
        expect(await asOf(host)).toEqual(hours.map(modelAt));
        expect(await statusChangesOf(host)).toEqual(expectedStatusChanges(statusChanges));
      }
    }),
    {
      examples: [[[BACK_EARLIER, BACK_EARLIER, 1]]],
      numRuns: RUNS,
      interruptAfterTimeLimit: 180_000,
      markInterruptAsFailure: false,
    },
  );
  await expectComplete(db.store.read);
});

type ModelStatusChanges = ReturnType<typeof liveThrough>['turns'];

/** The status changes, from the first observation. */
function expectedStatusChanges(statusChanges: ModelStatusChanges): readonly string[] {
  const lines: string[] = [];
  let status: string | undefined;
  for (const change of statusChanges) {
    if (change.status !== status) lines.push(`${change.atMs} ${change.status}`);
    status = change.status;
  }
  // A miss of a host that was not known yet is no status change.
  return lines
    .map((line) => line.split(' ').at(-1) ?? '')
    .filter((text, index) => index > 0 || text === 'up');
}

async function statusChangesOf(address: string): Promise<readonly string[]> {
  const [view] = await findHostsByAddress(db.store.read, address);
  const page = { limit: 100, offset: 0 };
  const changes = await listHostHistory(db.store.read, { hostId: view?.id ?? 0, page, facts: ['status'] });
  return changes.toReversed().map(({ newValue }) => newValue ?? '');
}
