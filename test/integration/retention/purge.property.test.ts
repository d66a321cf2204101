import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseFilter } from '#domain/filter/parse.js';
import type { AsOf } from '#store/history/as-of.js';
import { listHostHistory, listHostViews, portsOf } from '#store/hosts/host-views.js';
import type { WorkContext } from '#work/context/context.js';
import { purgeScan } from '#work/scans/delete-scan.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { networkOfRun } from '../../support/network/local-network.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { repetitions } from '../../support/repetitions.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { storeScan } from '../../support/scans/stored-scan.ts';

const RUNS = repetitions(5, 12);
const SECONDS = [1, 2];
const PORTS = [7, 9];
const FULL_PAGE = { limit: 1_000, offset: 0 };

let db: TestDatabase;
let context: WorkContext;
let run = 0;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(() => db.close());

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const addressOf = (host: number) => networkOfRun(run).address(host);

/** All observations of a scan have one time, which it shares with others. */
const seen = fc.record({
  second: fc.constantFrom(...SECONDS),
  ports: fc.array(
    fc.record({
      host: fc.integer({ min: 1, max: 2 }),
      port: fc.constantFrom(...PORTS),
      state: fc.constantFrom('open', 'closed', 'filtered'),
      service: fc.constantFrom('ssh', 'http'),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  isPurged: fc.boolean(),
});
type Seen = typeof seen extends fc.Arbitrary<infer Value> ? Value : never;

function store({ second, ports }: Seen): Promise<string> {
  const answers: Record<string, Record<number, Seen['ports'][number]['state']>> = {};
  for (const { host, port, state } of ports) (answers[addressOf(host)] ??= {})[port] = state;
  const services = ports
    .filter(({ host, port }) => answers[addressOf(host)]?.[port] === 'open')
    .map(({ host, port, service }) => ({ address: addressOf(host), port, value: `{"name":"${service}"}` }));
  const once = [...new Map(services.map((one) => [`${one.address} ${one.port}`, one])).values()];
  return storeScan(context, {
    targets: `${addressOf(1)}-${addressOf(2)}`,
    ports: PORTS.join(','),
    at: at(second),
    answers,
    services: once,
  });
}

/** The lists of now and of each past time, and the history, without the names of scans. */
async function lists(): Promise<unknown> {
  const { read } = db.store;
  const times: AsOf[] = [
    {},
    { recorded: new Date() },
    ...SECONDS.map((second) => ({ observed: at(second) })),
  ];
  const reported: unknown[] = [];
  for (const asOf of times) {
    const filter = {
      matching: parseFilter(`address:${networkOfRun(run).cidr}`),
      now: at(SECONDS.at(-1) ?? 0),
    };
    const hosts = await listHostViews(read, {
      filter,
      order: { by: 'ip', descending: false },
      asOf,
      page: FULL_PAGE,
    });
    reported.push(
      hosts,
      await portsOf(
        read,
        hosts.map(({ id }) => id),
        { openOnly: false, asOf },
      ),
    );
    for (const { id } of hosts) {
      const history = await listHostHistory(read, { hostId: id, page: FULL_PAGE, asOf });
      reported.push(history.map((change) => ({ ...change, scanUid: null })));
    }
  }
  return reported;
}

it('a purge changes no list and no response as of a past time, whichever of several scans saw a value last', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(seen, { minLength: 2, maxLength: 4 }),
      fc.array(seen, { maxLength: 2 }),
      async (stories, late) => {
        run += 1;
        const uids: string[] = [];
        for (const story of stories) uids.push(await store(story));
        const before = await lists();
        for (const [index, { isPurged }] of stories.entries())
          if (isPurged) await purgeScan(context, uids[index] ?? '', 'test');
        expect(await lists()).toEqual(before);
        await expectComplete(db.store.read);
        // Rows that are stored afterwards are sorted in among those the purged ones left.
        for (const story of late) await store(story);
        await expectComplete(db.store.read);
      },
    ),
    { numRuns: RUNS, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
});
