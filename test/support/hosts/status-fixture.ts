import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { findHostsByAddress, type HostView, listHostHistory } from '#store/hosts/host-views.js';
import type { WorkContext } from '#work/context/context.js';
import { openTestDatabase, type TestDatabase } from '../database/database.ts';
import { createWorkContext } from '../programs/work-context.ts';
import { type RecordedRun, recordRun, statusHistoryOf } from './status-runs.ts';

export const MINUTE_MS = 60_000;
/** Minutes. */
export const HOUR = 60;
export const DAY = 24 * HOUR;

/** This many minutes after the start of the test's timeline. */
export function minute(minutes: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + minutes * MINUTE_MS);
}

/** A database for the tests of a file, and in each of them a network of its own with one host in question. */
export interface StatusFixture {
  readonly db: TestDatabase;
  readonly context: WorkContext;
  /** The third octet of the network. */
  readonly network: number;
  readonly address: (host: number) => string;
  /** Host 1 always answers, host 2 is the one in question. */
  readonly run: (
    minutes: number,
    isThere: boolean,
    changes?: Partial<RecordedRun>,
  ) => ReturnType<typeof recordRun>;
  readonly lifecycle: () => ReturnType<typeof statusHistoryOf>;
  readonly host: () => Promise<HostView>;
  /** Each change of its status and of its flapping, oldest first. */
  readonly statusChanges: () => Promise<readonly string[]>;
  /** How many events of this kind there are for it. */
  readonly events: (kind: string) => Promise<number>;
}

export function openStatusFixture(): StatusFixture {
  let db: TestDatabase;
  let context: WorkContext;
  let network = 0;
  beforeAll(async () => {
    db = await openTestDatabase();
    context = createWorkContext(db.store);
  });
  beforeEach(() => {
    network += 1;
  });
  afterAll(() => db.close());

  const address = (host: number): string => `198.18.${network}.${host}`;
  const host = async (): Promise<HostView> => {
    const [view] = await findHostsByAddress(db.store.read, address(2));
    if (view === undefined) throw new Error('there is no host');
    return view;
  };
  return {
    get db() {
      return db;
    },
    get context() {
      return context;
    },
    get network() {
      return network;
    },
    address,
    host,
    run: (minutes, isThere, changes = {}) =>
      recordRun(context, {
        targets: `${address(1)}-${address(2)}`,
        at: minute(minutes),
        answered: isThere ? [address(1), address(2)] : [address(1)],
        unresponsive: isThere ? [] : [address(2)],
        ...changes,
      }),
    lifecycle: () => statusHistoryOf(context, address(2)),
    async statusChanges() {
      const { id } = await host();
      const page = { limit: 50, offset: 0 };
      const changes = await listHostHistory(db.store.read, {
        hostId: id,
        page,
        facts: ['status', 'flapping'],
      });
      return changes
        .toReversed()
        .map(
          ({ oldValue, newValue, scanUid }) =>
            `${oldValue}>${newValue}${scanUid === null ? ' without scan' : ''}`,
        );
    },
    async events(kind) {
      const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM events
        WHERE kind = ${kind} AND payload ->> 'address' = ${address(2)}`.execute(db.store.read);
      return rows[0]?.count ?? -1;
    },
  };
}
