import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localHeaders } from '#api/auth/local.js';
import { EVENT_KIND_INTERVAL_MS } from '#api/live/batched-events.js';
import type { LiveMessage } from '#contract/api/live.js';
import { ROUTES } from '#contract/api/routes.js';
import { createUid } from '#domain/errors/uid.js';
import { subscribeToEvents } from '#store/events/announcements.js';
import { EVENT_CHANNEL } from '#store/events/events.js';
import { findHostsByAddress } from '#store/hosts/host-views.js';
import { deleteHost, purgeHost } from '#work/hosts/delete-host.js';
import { changeHost } from '#work/hosts/edit-host.js';
import { deleteScan, purgeScan } from '#work/scans/delete-scan.js';
import { stopScan } from '#work/scans/stop-scan.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { recordRun } from '../../support/hosts/status-runs.ts';
import { begin, order } from '../../support/programs/worker.ts';
import { LiveListener } from '../../support/scans/live-listener.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

/** Matches no scan: it is announced to see that all events before it have arrived. */
const MARK = createUid(0, new Uint8Array(10));

let lab: ApiLab;
let receivedMark: () => void;
const opened: (() => Promise<void> | void)[] = [];
// Events are batched and sent late: those of one test would reach the clients of the next.
beforeEach(async () => {
  lab = await openApiLab();
  opened.push(() => lab.close());
  const announcements = await subscribeToEvents(lab.db.address, () => undefined);
  opened.push(() => announcements.close());
  announcements.subscribe(({ kind, scan }) => {
    if (scan === MARK) receivedMark();
    else lab.announce(kind, scan);
  });
});
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

/** Waits until the server has received the events of all that is committed by now. */
async function allReceived(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  receivedMark = resolve;
  const payload = JSON.stringify({ kind: 'scan.created', scan: MARK });
  await sql`SELECT pg_notify(${EVENT_CHANNEL}, ${payload})`.execute(lab.db.store.read);
  await promise;
}

/** Connects as the user of this machine, and has received the first message. */
async function listen(): Promise<LiveListener> {
  const listener = new LiveListener(await lab.listen(), localHeaders(lab.server, 'os:tester'));
  opened.push(() => listener.socket.terminate());
  await listener.until((messages) => messages.length > 0);
  return listener;
}

async function recordHost(): Promise<{ readonly uid: string }> {
  const address = '198.18.77.1';
  await recordRun(lab.context, { targets: address, at: new Date(), answered: [address] });
  const [host] = await findHostsByAddress(lab.db.store.read, address);
  if (host === undefined) throw new Error('there is no host');
  return host;
}

test('hosts that are edited are announced, once for all that are edited meanwhile', async () => {
  const { uid } = await recordHost();
  await allReceived();
  const begunMs = performance.now();
  const listener = await listen();
  const hostEvents = () => listener.messages.filter(({ type }) => type === 'hosts').length;
  const edit = (customName: string) => changeHost(lab.context, uid, { input: { customName }, actor: 'test' });
  for (const customName of ['one', 'two', 'three']) await edit(customName);
  await listener.until(() => hostEvents() > 0);
  const before = hostEvents();
  await edit('four');
  await listener.until(() => hostEvents() > before);
  // However slowly they were edited. A timer counts complete milliseconds, and begins with the one before.
  const mostEvents = (performance.now() - begunMs) / (EVENT_KIND_INTERVAL_MS - 2);
  expect(hostEvents()).toBeLessThanOrEqual(mostEvents);
});

test('announces to every client a scan as it is committed, to its end', async () => {
  const [one, other] = await Promise.all([listen(), listen()]);
  const uid = await begin(lab.context, order(['127.0.0.1'], '1'));
  await stopScan(lab.context, uid);
  for (const listener of [one, other]) {
    const messages = await listener.until((all) =>
      all.some((message) => message.type === 'scan' && message.scan.status === 'cancelled'),
    );
    const scans = messages.flatMap((message) => (message.type === 'scan' ? [message.scan] : []));
    expect(scans.every(({ id }) => id === uid)).toBe(true);
    expect(scans.at(-1)).toEqual((await lab.requestAsUser({ url: ROUTES.scan(uid) })).body);
  }
});

test('announces deletions and purges of a user, scans and hosts alike', async () => {
  const uid = await recordScan(lab.context, { address: '127.78.9.1', state: 'open', at: new Date() });
  const { rows } = await sql<{ uid: string }>`SELECT uid FROM hosts`.execute(lab.db.store.read);
  const host = rows[0]?.uid ?? '';
  // What the scan found causes events for hosts as well.
  await allReceived();
  const listener = await listen();
  const received = (satisfied: (message: LiveMessage) => boolean) =>
    listener.until((all) => all.some((message) => satisfied(message)));
  await deleteScan(lab.context, uid, 'key:ann');
  await received((message) => message.type === 'scan' && message.scan.deleted_by === 'key:ann');
  await purgeScan(lab.context, uid, 'key:ann');
  await received((message) => message.type === 'scan_purged' && message.id === uid);
  const hostEvents = () => listener.messages.filter(({ type }) => type === 'hosts').length;
  expect(hostEvents()).toBe(0);
  await deleteHost(lab.context, host, 'key:ann');
  await listener.until(() => hostEvents() === 1);
  expect((await lab.requestAsUser({ url: `${ROUTES.hosts}/${host}` })).body).toMatchObject({
    deleted_by: 'key:ann',
  });
  await purgeHost(lab.context, host, 'key:ann');
  await listener.until(() => hostEvents() === 2);
});

test('what was rolled back is not announced', async () => {
  const listener = await listen();
  const refused = begin(
    { ...lab.context, enqueueShards: () => Promise.reject(new Error('the queue is full')) },
    order(['127.0.0.1'], '1'),
  );
  await expect(refused).rejects.toThrow();
  const uid = await begin(lab.context, order(['127.0.0.1'], '1'));
  const messages = await listener.until((all) => all.length > 1);
  expect(messages.map((message) => (message.type === 'scan' ? message.scan.id : message.type))).toEqual([
    'hello',
    uid,
  ]);
});

test('what a client sends is ignored, and too much of it ends the connection', async () => {
  const listener = await listen();
  listener.socket.send('{"type":"stop"}');
  const uid = await begin(lab.context, order(['127.0.0.1'], '1'));
  await listener.until((all) => all.length > 1);
  expect(await lab.requestAsUser({ url: ROUTES.scan(uid) })).toMatchObject({ body: { status: 'pending' } });
  listener.socket.send('x'.repeat(2_000));
  expect(await listener.closed).toBe(1009);
});
