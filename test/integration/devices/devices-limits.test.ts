import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#net/send/system-clock.js';
import { countDevices } from '#store/devices/device-views.js';
import { findDevice } from '#store/devices/find-device.js';
import type { WorkContext } from '#work/context/context.js';
import { mergeDevices, splitDevice, undoDecision } from '#work/devices/decide-devices.js';
import { MAX_PAIRS_PER_DECISION } from '#work/devices/decide-locked.js';
import { healDevices, identifyDevices } from '#work/devices/identify-devices.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { day, type SeenHost, seeHosts } from '../../support/hosts/device-observations.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

let db: TestDatabase;
let context: WorkContext;
/** How far its clock is ahead. */
let aheadMs = 0;
beforeAll(async () => {
  db = await openTestDatabase();
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + aheadMs };
  context = createWorkContext(db.store, { clock });
});
afterAll(() => db.close());

const signal = new AbortController().signal;
const actor = 'os:tester';
const GROUPS = 5;
const GROUP_HOSTS = 60;

/** Addresses under one MAC address, on another day than the others; one of each has the same key and name. */
function group(at: number): readonly SeenHost[] {
  return Array.from({ length: GROUP_HOSTS }, (_, n) => ({
    address: `198.18.${20 + at}.${n + 1}`,
    mac: `00:11:32:00:00:0${at}`,
    ...(n === 0 ? { ssh: 'chain', name: 'chain.test' } : {}),
  }));
}

describe('a device of more addresses than one decision can merge', () => {
  beforeAll(async () => {
    for (let at = 0; at < GROUPS; at += 1) await seeHosts(context, day(10 * at), group(at));
    await seeHosts(context, day(100), [{ address: '198.18.40.1' }]);
    await identifyDevices(context, signal);
  });

  it('can have one address removed, and added again', async () => {
    const { uid, addressCount } = await findDevice(db.store.read, { term: '198.18.20.30' });
    expect(addressCount).toBe(GROUPS * GROUP_HOSTS);
    const members = ['198.18.20.30'];
    const { decision } = await splitDevice(context, { device: uid, members }, { actor });
    expect(await findDevice(db.store.read, { term: '198.18.20.30' })).toMatchObject({ addressCount: 1 });
    expect(await findDevice(db.store.read, { term: uid })).toMatchObject({ addressCount: addressCount - 1 });
    await undoDecision(context, decision ?? '', { actor });
    expect(await findDevice(db.store.read, { term: '198.18.20.30' })).toMatchObject({ uid, addressCount });
  });

  it('cannot be merged with another, and the refusal reports how many pairs that would be', async () => {
    await expect(
      mergeDevices(context, { devices: ['198.18.20.30', '198.18.40.1'] }, { actor }),
    ).rejects.toMatchObject({
      code: 'invalid_request',
      facts: { limit: MAX_PAIRS_PER_DECISION, pairs: 45_150 },
    });
  });
});

describe('a scan whose findings cannot be read', () => {
  it('blocks no other scan and leaves an event, and is read once it can be', async () => {
    const { read } = db.store;
    const bad = '198.18.60.1';
    const good = '198.18.60.2';
    await sql`
      CREATE FUNCTION refuse_evidence() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM hosts WHERE id = NEW.host_id AND ip_address = '198.18.60.1')
        THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$`.execute(read);
    await sql`CREATE TRIGGER refuse BEFORE INSERT ON device_evidence FOR EACH ROW EXECUTE FUNCTION refuse_evidence()`.execute(
      read,
    );
    const unreadable = await seeHosts(context, day(110), [{ address: bad, mac: '00:11:32:00:01:01' }]);
    await seeHosts(context, day(111), [{ address: good, mac: '00:11:32:00:01:02' }]);
    const warn = vi.spyOn(context.log, 'warn');
    await identifyDevices(context, signal);
    expect(await findDevice(read, { term: good })).toMatchObject({ kind: 'identified' });
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ scan: unreadable }),
      expect.stringContaining('could not be read'),
    );
    // It is not read again for each request.
    await identifyDevices(context, signal);
    expect(warn).toHaveBeenCalledTimes(1);
    aheadMs = 60_000;
    await identifyDevices(context, signal);
    expect(warn).toHaveBeenCalledTimes(2);
    aheadMs = 120_000;
    await identifyDevices(context, signal);
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
    await expect(findDevice(read, { term: bad })).rejects.toMatchObject({ code: 'not_found' });
    await sql`DROP TRIGGER refuse ON device_evidence`.execute(read);
    aheadMs = 180_000;
    await identifyDevices(context, signal);
    expect(await findDevice(read, { term: bad })).toMatchObject({ kind: 'identified' });
  });
});

describe('a site whose devices cannot be computed', () => {
  it('blocks no other site, and is computed once it can be', async () => {
    const { read } = db.store;
    await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'branch'), (gen_random_uuid(), 'other')`.execute(
      read,
    );
    const add = (site: string, hosts: number) =>
      sql`
        INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
        SELECT gen_random_uuid(), (SELECT id FROM sites WHERE name = ${site}), '198.18.50.0'::inet + n, 'up', now(), now(), now()
        FROM generate_series(1, ${hosts}::int) AS n`.execute(read);
    await add('branch', 3);
    await add('other', 2);
    await sql`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM hosts JOIN sites ON sites.id = site_id WHERE hosts.id = NEW.host_id AND name = 'branch')
        THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$`.execute(read);
    await sql`CREATE TRIGGER refuse BEFORE INSERT ON device_bindings FOR EACH ROW EXECUTE FUNCTION refuse()`.execute(
      read,
    );
    const provisional = async () => (await countDevices(read, {})).provisional;
    const before = await provisional();
    await sql`INSERT INTO device_queue (host_id) SELECT id FROM hosts ON CONFLICT DO NOTHING`.execute(read);
    await identifyDevices(context, signal);
    expect(await provisional()).toBe(before + 2);
    // It does not stop the repair either: missing parts of the other one are computed again.
    await sql`DELETE FROM device_hosts WHERE host_id IN (SELECT host.id FROM hosts host JOIN sites ON sites.id = site_id
      WHERE name = 'other')`.execute(read);
    expect(await healDevices(context, signal)).toBe(2);
    await sql`DROP TRIGGER refuse ON device_bindings`.execute(read);
    // It is not computed again for each request.
    await identifyDevices(context, signal);
    expect(await provisional()).toBe(before + 2);
    aheadMs += 60_000;
    await identifyDevices(context, signal);
    expect(await provisional()).toBe(before + 5);
  });
});

const timeOutOn = (table: string, address: string) =>
  sql`CREATE TRIGGER late BEFORE INSERT ON ${sql.table(table)} FOR EACH ROW EXECUTE FUNCTION time_out(${sql.lit(address)})`.execute(
    db.store.read,
  );
const inTimeOn = (table: string) => sql`DROP TRIGGER late ON ${sql.table(table)}`.execute(db.store.read);

describe('work that exceeds the time limit at every attempt', () => {
  const BEHIND = '198.18.71.1';
  const warn = vi.fn();

  beforeAll(async () => {
    // No pause between two attempts is longer than necessary.
    context = { ...context, log: { ...context.log, warn }, random: (bytes) => new Uint8Array(bytes) };
    await sql`
      CREATE FUNCTION time_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM hosts WHERE id = NEW.host_id AND ip_address = TG_ARGV[0]::inet)
        THEN RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = 'query_canceled'; END IF; RETURN NEW; END $$`.execute(
      db.store.read,
    );
  });

  it('of one scan, blocks no other from being read', async () => {
    await timeOutOn('device_evidence', '198.18.70.1');
    const late = await seeHosts(context, day(120), [{ address: '198.18.70.1', mac: '00:11:32:00:02:01' }]);
    await seeHosts(context, day(121), [{ address: BEHIND, mac: '00:11:32:00:02:02' }]);
    await identifyDevices(context, signal);
    expect(await findDevice(db.store.read, { term: BEHIND })).toMatchObject({ kind: 'identified' });
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ scan: late }),
      expect.stringContaining('could not be read'),
    );
    await inTimeOn('device_evidence');
    aheadMs += 60_000;
    await identifyDevices(context, signal);
    expect(await findDevice(db.store.read, { term: '198.18.70.1' })).toMatchObject({ kind: 'identified' });
  });

  it('of one site, does not block computing or repairing the devices of others', async () => {
    const { read } = db.store;
    const wanting = sql`SELECT id FROM hosts WHERE ip_address IN ('198.18.50.3', ${BEHIND}) ORDER BY id`;
    await sql`DELETE FROM device_hosts WHERE host_id IN (${wanting})`.execute(read);
    await sql`INSERT INTO device_queue ${wanting}`.execute(read);
    await timeOutOn('device_hosts', '198.18.50.3');
    await identifyDevices(context, signal);
    expect(await findDevice(read, { term: BEHIND })).toMatchObject({ kind: 'identified' });
    await sql`DELETE FROM device_hosts WHERE host_id IN (SELECT id FROM hosts WHERE ip_address = ${BEHIND})`.execute(
      read,
    );
    expect(await healDevices(context, signal)).toBe(1);
    expect(await findDevice(read, { term: BEHIND })).toMatchObject({ kind: 'identified' });
    await inTimeOn('device_hosts');
    aheadMs += 60_000;
    await identifyDevices(context, signal);
    expect(await findDevice(read, { term: '198.18.50.3' })).toMatchObject({ site: 'branch' });
  });

  it('is retried no longer once no request waits for it', async () => {
    await sql`INSERT INTO device_queue SELECT id FROM hosts WHERE ip_address = '198.18.50.3' ON CONFLICT DO NOTHING`.execute(
      db.store.read,
    );
    await sql`DELETE FROM device_hosts WHERE host_id = (SELECT id FROM hosts WHERE ip_address = '198.18.50.3')`.execute(
      db.store.read,
    );
    await timeOutOn('device_hosts', '198.18.50.3');
    const ending = new AbortController();
    warn.mockClear();
    warn.mockImplementationOnce(() => ending.abort(new Error('no request waits')));
    await identifyDevices(context, ending.signal);
    expect(warn.mock.calls.filter(([, text]) => text === 'storing will be retried')).toHaveLength(1);
    // The end of the next scan is not delayed by it.
    expect(context.uncomputable.all).toHaveLength(1);
    await inTimeOn('device_hosts');
  });
});
