import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostFact } from '#domain/hosts/host-fact.js';
import type { BatchRecord } from '#work/batches/batch-record.js';
import { recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

const ADDRESS = '127.0.40.1';
const HELD = 4_242;
const opened: TestDatabase[] = [];
let db: TestDatabase;
let context: WorkContext;

beforeEach(async () => {
  db = await openTestDatabase();
  opened.push(db);
  context = createWorkContext(db.store);
});
afterAll(async () => {
  for (const one of opened) await one.close();
});

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const counts = {
  first: 0,
  end: 1,
  probesSent: 1,
  probesAnswered: 1,
  skipped: 0,
  observedFrom: at(0),
  observedTo: at(9),
};

function open(second: number, address = ADDRESS): BatchRecord {
  const seen = { address, reason: 'syn-ack', position: 0, observedAt: at(second) } as const;
  return {
    ...counts,
    listed: [{ ...seen, protocol: 'tcp', port: 7, state: 'open', roundTripMicroseconds: null }],
    covered: [],
    coveredPorts: 0,
    evidence: [{ ...seen, firstSeen: at(second) }],
  };
}
const REASONS = {
  closed: 'conn-refused',
  filtered: 'no-response',
  unfiltered: 'rst',
  unknown: 'answers-all',
} as const;
type Covered = keyof typeof REASONS;

function covered(state: Covered): BatchRecord {
  const reason = REASONS[state];
  return {
    ...counts,
    listed: [],
    covered: [{ address: ADDRESS, protocol: 'tcp', state, reason, ports: '{[7,8)}' }],
    coveredPorts: 1,
    evidence: [],
  };
}
const closed = covered('closed');

/** Stores the only observation of one scan; `second` is when it was seen. */
async function store(second: number, state: 'open' | Covered): Promise<void> {
  const place = await claimedScan(context, ADDRESS, '1-10');
  await recordBatch(
    context,
    { ...place, blockStartedAt: at(second) },
    state === 'open' ? open(second) : covered(state),
  );
}

async function waiting(): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db.store.read);
  return rows[0]?.count ?? -1;
}

async function history(fact: HostFact = 'port'): Promise<readonly string[]> {
  const { rows } = await sql<{
    change: string;
  }>`SELECT concat(old_value, '>', new_value) AS change FROM host_history
    WHERE fact = ${fact} ORDER BY observed_at, id`.execute(db.store.read);
  return rows.map(({ change }) => change);
}

describe('two batches over the same new host', () => {
  it('wait for each other, so that the newer observation wins', async () => {
    const [older, newer] = [
      await claimedScan(context, ADDRESS, '1-10'),
      await claimedScan(context, ADDRESS, '1-10'),
    ];
    // Holds a batch just before it would commit, also for longer than the lock timeout.
    await sql`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM set_config('lock_timeout', '0', true), pg_advisory_xact_lock(4242); RETURN NEW; END $$`.execute(
      db.store.read,
    );
    await sql`CREATE TRIGGER hold BEFORE INSERT ON scan_batches FOR EACH ROW EXECUTE FUNCTION hold()`.execute(
      db.store.read,
    );
    let both: Promise<unknown> | undefined;
    await db.store.transaction(async (executor) => {
      await sql`SELECT pg_advisory_xact_lock(${HELD})`.execute(executor);
      const first = recordBatch(context, older, open(1));
      await expect.poll(waiting).toBe(1);
      const second = recordBatch(context, { ...newer, blockStartedAt: at(5) }, closed);
      await expect.poll(waiting).toBe(2);
      both = Promise.all([first, second]);
    });
    await both;
    const { rows } = await sql`SELECT state FROM host_ports`.execute(db.store.read);
    expect(rows).toEqual([{ state: 'closed' }]);
  });
});

describe('what does not show whether a port is open', () => {
  it.each(['unfiltered', 'unknown'] as const)(
    '%s, changes nothing that is known, whenever it comes',
    async (state) => {
      await store(1, 'open');
      await store(3, state);
      expect(await history()).toEqual(['>open']);
      await store(5, 'closed');
      await store(2, 'open');
      expect(await history()).toEqual(['>open', 'open>closed']);
      const { rows } = await sql`SELECT state FROM host_ports`.execute(db.store.read);
      expect(rows).toEqual([{ state: 'closed' }]);
    },
  );

  it('hides nothing when the port is first seen open by an older observation', async () => {
    await store(5, 'unfiltered');
    await store(1, 'open');
    const { rows } = await sql`SELECT state FROM host_ports`.execute(db.store.read);
    expect(rows).toEqual([{ state: 'open' }]);
  });
});

describe('history under late answers', () => {
  it('is broken by a late "closed" between two "open"', async () => {
    await store(1, 'open');
    await store(5, 'open');
    await store(3, 'closed');
    expect(await history()).toEqual(['>open', 'open>closed', 'closed>open']);
  });

  it('gains nothing from a late "open" inside an open stretch', async () => {
    await store(1, 'open');
    await store(5, 'open');
    await store(3, 'open');
    expect(await history()).toEqual(['>open']);
  });

  it.each([
    [
      'a late "filtered" begins from the "open" before it',
      'filtered',
      ['>open', 'open>filtered', 'open>closed'],
    ],
    ['a late "open" confirms the "open" before it', 'open', ['>open', 'open>closed']],
  ] as const)('%s, not from what stands', async (_what, late, changes) => {
    await store(1, 'open');
    await store(5, 'closed');
    await store(3, late);
    expect(await history()).toEqual(changes);
  });

  it('holds every change between a late first "open" and the one that arrived before it', async () => {
    await store(3, 'closed');
    await store(4, 'filtered');
    await store(5, 'open');
    await store(2, 'open');
    expect(await history()).toEqual(['>open', 'open>closed', 'closed>filtered', '>open']);
  });

  it('holds every change that was known before the first "open" arrived', async () => {
    await store(3, 'closed');
    await store(5, 'filtered');
    await store(6, 'filtered');
    await store(7, 'closed');
    await store(1, 'open');
    expect(await history()).toEqual(['>open', 'open>closed', 'closed>filtered', 'filtered>closed']);
    const { rows } = await sql`SELECT state, observed_at AS at FROM host_ports`.execute(db.store.read);
    expect(rows).toEqual([{ state: 'closed', at: at(7) }]);
  });

  it('shows a host from its first observation on, also when that arrives last', async () => {
    await store(5, 'open');
    await store(1, 'open');
    await store(3, 'open');
    const { rows } =
      await sql`SELECT observed_at AS at FROM host_history WHERE fact = 'status' ORDER BY 1`.execute(
        db.store.read,
      );
    expect(rows).toEqual([{ at: at(1) }, { at: at(5) }]);
    expect(await history('status')).toEqual(['>up', '>up']);
  });

  it('is consistent after the purge of scans that changed a port at the same time', async () => {
    await store(1, 'open');
    await store(3, 'closed');
    await store(4, 'open');
    await store(6, 'closed');
    await sql`UPDATE host_history SET observed_at = ${at(9)} WHERE new_value = 'closed'`.execute(
      db.store.read,
    );
    await sql`DELETE FROM scan_jobs`.execute(db.store.read);
    expect((await history()).filter((change) => change === 'open>closed')).toHaveLength(2);
  });
});

describe('an address that PostgreSQL writes in another form', () => {
  it('is stored like any other', async () => {
    const place = await claimedScan(context, '::102:304', '1-10');
    expect(await recordBatch(context, place, open(1, '::102:304'))).toBe('recorded');
  });
});
