import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LOCK_TIMEOUT_MS } from '#store/database/database.js';
import { takeDeviceLock, tryDeviceLock } from '#store/devices/device-lock.js';
import { countDevices } from '#store/devices/device-views.js';
import { findDevice } from '#store/devices/find-device.js';
import { siteIdByName } from '#store/sites/sites.js';
import type { WorkContext } from '#work/context/context.js';
import { mergeDevices } from '#work/devices/decide-devices.js';
import { DEVICE_STATEMENT_TIMEOUT_MS, identifyDevices } from '#work/devices/identify-devices.js';
import { checkDevices } from '#work/devices/verify-devices.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { day, seeHosts } from '../../support/hosts/device-observations.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

const HOSTS = 12;
const AT_ONCE = 6;
const ROUNDS = 3;

let db: TestDatabase;
let context: WorkContext;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(() => db.close());

const signal = new AbortController().signal;
const hosts = Array.from({ length: HOSTS }, (_, index) => index + 1);

/** Two addresses of each device, in a network that every round has for itself. */
async function endAtOnce(round: number): Promise<void> {
  const scans = Array.from({ length: AT_ONCE }, (_, scan) =>
    seeHosts(
      context,
      day(scan),
      hosts.map((host) => ({
        address: `198.18.1${round}.${host}`,
        mac: `00:1b:21:00:1${round}:${String(Math.ceil(host / 2)).padStart(2, '0')}`,
        // Neither of two scans has enough evidence alone.
        ...(scan % 2 === 0 ? { ssh: `key${round}-${Math.ceil(host / 2)}` } : { name: `host-${host}.test` }),
      })),
    ),
  );
  await Promise.all(scans);
  await Promise.all(Array.from({ length: AT_ONCE }, () => identifyDevices(context, signal)));
}

describe('scans that end at the same time', () => {
  it('create each device once, and one for those that are the same', async () => {
    for (let round = 0; round < ROUNDS; round += 1) await endAtOnce(round);
    const { rows } = await sql`
      SELECT host_id FROM device_bindings GROUP BY host_id HAVING count(*) > 1`.execute(db.store.read);
    expect(rows).toEqual([]);
    expect(await countDevices(db.store.read, {})).toEqual({
      identified: (ROUNDS * HOSTS) / 2,
      provisional: 0,
      floating: 0,
    });
    expect((await checkDevices((read) => read(db.store.read))).examples).toEqual([]);
  });

  it('read what a resumed scan found since', async () => {
    await seeHosts(context, day(20), [{ address: '198.18.2.1' }]);
    await identifyDevices(context, signal);
    const completed = sql<{ id: number }>`SELECT max(id) AS id FROM scan_jobs`;
    const { rows } = await completed.execute(db.store.read);
    // As with a scan that was stopped, resumed and completed.
    await sql`INSERT INTO scan_findings (job_id, host_id, fact, value, shard_number, observed_at)
      SELECT ${rows[0]?.id}, id, 'mac_address', '00:1b:21:00:02:01', 0, now() FROM hosts WHERE ip_address = '198.18.2.1'`.execute(
      db.store.read,
    );
    await sql`UPDATE device_identified_scans SET scan_completed_at = scan_completed_at - interval '1 hour' WHERE job_id = ${rows[0]?.id}`.execute(
      db.store.read,
    );
    await identifyDevices(context, signal);
    expect(await countDevices(db.store.read, { search: '198.18.2.1' })).toMatchObject({ identified: 1 });
  });
});

describe('a decision while others hold the lock of its site', () => {
  const actor = 'os:tester';
  const texts = ['198.18.3.1', '198.18.3.2'];
  let siteId: number;
  beforeAll(async () => {
    await seeHosts(
      context,
      day(30),
      texts.map((address) => ({ address })),
    );
    await identifyDevices(context, signal);
    siteId = await db.store.transaction((executor) => siteIdByName(executor, 'default'));
  });

  /** Holds the lock until `release` is called, or the test is over; returns which sessions wait for it. */
  async function holding(onPid: (pid: number) => void = () => undefined) {
    const taken = Promise.withResolvers<void>();
    const { promise, resolve: release } = Promise.withResolvers<void>();
    onTestFinished(() => release());
    const over = db.store.transaction(async (executor) => {
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(executor);
      onPid(rows[0]?.pid ?? 0);
      await takeDeviceLock(executor, siteId);
      taken.resolve();
      await promise;
    });
    await Promise.race([taken.promise, over]);
    return { release, over };
  }

  it('is a conflict when they take too long, and changes nothing', async () => {
    const { release, over } = await holding();
    const clock = { ...context.clock, monotonic: vi.fn(() => 2 * DEVICE_STATEMENT_TIMEOUT_MS) };
    clock.monotonic.mockReturnValueOnce(0);
    await expect(mergeDevices({ ...context, clock }, { devices: texts }, { actor })).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringMatching(/^Try again/),
    });
    release();
    await over;
    expect((await findDevice(db.store.read, { term: '198.18.3.1' })).addressCount).toBe(1);
  });

  it('is next although they lock it again and again, as computing slice by slice does', async () => {
    let held = await holding();
    const deciding = mergeDevices(context, { devices: texts }, { actor });
    const isOver = deciding.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([isOver, Promise.resolve(false)]))) {
      // In line before it is released, so that no other session gets it.
      const { promise, resolve } = Promise.withResolvers<number>();
      const next = holding(resolve);
      const pid = await promise;
      await expect.poll(() => isWaiting(pid), { timeout: 20_000 }).toBe(true);
      held.release();
      await held.over;
      held = await next;
    }
    held.release();
    await held.over;
    expect((await deciding).after).toMatchObject([{ addressCount: 2 }]);
  });

  it('waits for other locks as long as every session', async () => {
    const timeout = db.store.transaction(async (executor) => {
      expect(await tryDeviceLock(executor, siteId)).toBe(true);
      const { rows } = await sql<{ ms: number }>`
        SELECT extract(epoch FROM current_setting('lock_timeout')::interval)::int * 1000 AS ms`.execute(
        executor,
      );
      return rows[0]?.ms;
    });
    expect(await timeout).toBe(LOCK_TIMEOUT_MS);
  });
});

async function isWaiting(pid: number): Promise<boolean> {
  const { rows } = await sql`SELECT FROM pg_locks WHERE pid = ${pid} AND NOT granted`.execute(db.store.read);
  return rows.length > 0;
}

describe('ten thousand hosts', () => {
  it('are computed in slices, and one that is seen again alone', { timeout: 180_000 }, async () => {
    const { read } = db.store;
    await sql`INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
      SELECT gen_random_uuid(), 1, '198.19.0.0'::inet + n, 'up', now(), now(), now() FROM generate_series(1, 10000) AS n`.execute(
      read,
    );
    await sql`INSERT INTO device_evidence (site_id, host_id, kind, port, value, seen, first_job_id, last_job_id)
      SELECT 1, host.id, given.kind, given.port, given.value, tstzmultirange(tstzrange(now() - interval '30 days', now())), job.id, job.id
      FROM hosts host CROSS JOIN (SELECT max(id) AS id FROM scan_jobs) AS job CROSS JOIN LATERAL (VALUES
        ('mac', NULL::int, '00:50:' || substr(md5(host.id::text), 1, 2) || ':' || substr(md5(host.id::text), 3, 2) || ':' ||
          substr(md5(host.id::text), 5, 2) || ':' || substr(md5(host.id::text), 7, 2)),
        ('name', NULL, 'host-' || host.id || '.test'), ('ssh_host_key', 22, 'ssh-ed25519 SHA256:' || (host.id / 2))) AS given(kind, port, value)
      WHERE host.ip_address << '198.19.0.0/16'`.execute(read);
    await sql`INSERT INTO device_queue SELECT id FROM hosts WHERE ip_address << '198.19.0.0/16'`.execute(
      read,
    );
    const begunMs = performance.now();
    await identifyDevices(context, signal);
    const allMs = performance.now() - begunMs;
    const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM device_queue`.execute(read);
    expect(rows).toEqual([{ count: 0 }]);
    expect((await countDevices(read, { search: '198.19.' })).identified).toBe(10_000);
    const folded: number[] = [];
    const watched = createWorkContext(db.store, {
      log: {
        ...context.log,
        debug: (reported: { readonly hosts?: number }) => void folded.push(reported.hosts ?? -1),
      },
    });
    await sql`INSERT INTO device_queue SELECT id FROM hosts WHERE ip_address = '198.19.0.77'`.execute(read);
    const againMs = performance.now();
    await identifyDevices(watched, signal);
    // It and the one with the same key.
    expect(folded).toEqual([2]);
    console.info(
      `devices of 10,000 hosts: ${Math.round(allMs)} ms; of one: ${Math.round(performance.now() - againMs)} ms`,
    );
  });
});
