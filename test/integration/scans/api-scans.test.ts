import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpTransport } from '#app/transport.js';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { scanSchema } from '#contract/scans/scan.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { createUid } from '#domain/errors/uid.js';
import type { WorkContext } from '#work/context/context.js';
import { runShard } from '#work/shards/run-shard.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { type Listeners, openListeners } from '../../support/network/listeners.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const HOST = '127.77.0.1';
const UNRESPONSIVE_RANGE = '127.77.0.1-3';

let lab: ApiLab;
let listeners: Listeners;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  listeners = await openListeners(HOST, 3);
  client = lab.client;
});
afterAll(async () => {
  await listeners.close();
  await lab.close();
});

/** Runs the shards that the last request put into the queue. */
async function runEnqueued(): Promise<void> {
  const signal = new AbortController().signal;
  for (const shardId of lab.enqueued.splice(0))
    await runShard(lab.context, shardId, { onClaimed: () => undefined, signal });
}

describe('a scan from request to host', () => {
  let id: string;
  let closedPort: number;

  beforeAll(async () => {
    const extra = await openListeners(HOST, 1);
    closedPort = extra.ports[0] ?? 0;
    await extra.close();
  });

  test('a plan shows what would be done and stores nothing', async () => {
    const plan = await client.planScan({
      targets: [UNRESPONSIVE_RANGE],
      exclude: ['127.77.0.2'],
      ports: '22,80',
      rate: 10,
    });
    expect(plan).toMatchObject({
      ports: '22,80',
      engine: 'connect',
      addresses: '2',
      probes: 4,
      estimated_seconds: 0.4,
      limited_by: { by: 'rate', packets_per_second: 10, hosts: null },
      needs_confirmation: false,
    });
    expect(plan.targets).toEqual(['127.77.0.1', '127.77.0.3']);
    // A rate above the sum of its hosts' budgets is not the limiting one.
    const input = { targets: [UNRESPONSIVE_RANGE], ports: '22,80', rate: 300, per_host_rate: 40 };
    expect((await client.planScan(input)).limited_by).toEqual({
      by: 'per_host_rate',
      packets_per_second: 120,
      hosts: 3,
    });
    const unlimited = { targets: [HOST], ports: '22', rate: 'max' as const };
    expect(await client.planScan(unlimited)).toMatchObject({ estimated_seconds: null, limited_by: null });
    expect((await client.scans()).pagination.total_items).toBe(0);
  });

  test('it starts pending, with the targets as they were given', async () => {
    const ports = [...listeners.ports, closedPort].join(',');
    const scan = await client.startScan({
      name: ' lab ',
      description: 'all of it',
      targets: [HOST],
      ports,
      per_host_rate: 5_000,
    });
    ({ id } = scan);
    expect(scan).toMatchObject({
      name: 'lab',
      description: 'all of it',
      site: 'default',
      status: 'pending',
      targets: [HOST],
      scan_type: 'auto',
      rate: null,
      per_host_rate: 5_000,
      started_at: null,
      progress: { percent: 0, positions: 4, completed: 0 },
    });
    expect(lab.enqueued).toHaveLength(1);
    const { rows } = await sql`SELECT created_by FROM scan_jobs WHERE uid = ${id}`.execute(lab.db.store.read);
    expect(rows).toEqual([{ created_by: 'os:tester' }]);
  });

  test('it is run and completed, and its figures are those committed', async () => {
    await runEnqueued();
    const scan = await client.scan(id);
    expect(scan).toMatchObject({
      status: 'completed',
      error: null,
      progress: { percent: 100, positions: 4, completed: 4 },
      hosts_up: 1,
      open_ports: 3,
    });
    expect(scan.probes.answered).toBe(4);
    expect(Date.parse(scan.completed_at ?? '')).toBeGreaterThanOrEqual(Date.parse(scan.started_at ?? ''));
  });

  test('its results list open ports, and count the others unless their ranges are requested', async () => {
    const { data, pagination } = await client.scanResults(id);
    expect(pagination).toEqual({ page: 1, page_size: 50, total_items: 1, total_pages: 1 });
    expect(data[0]).toMatchObject({ ip: HOST, status: 'up' });
    expect(data[0]?.ports.map(({ port, state, reason }) => ({ port, state, reason }))).toEqual(
      listeners.ports.map((port) => ({ port, state: 'open', reason: 'syn-ack' })),
    );
    expect(data[0]?.other_ports).toEqual([
      { protocol: 'tcp', state: 'closed', reason: 'conn-refused', count: 1 },
    ]);
    const complete = await client.scanResults(id, { all_states: 'true' });
    expect(complete.data[0]?.other_ports[0]?.ports).toBe(String(closedPort));
  });

  test('the host is known by its id and by its address, with its history', async () => {
    const { data } = await client.hosts({ search: HOST });
    expect(data).toHaveLength(1);
    const [host] = data;
    expect(host?.open_ports.map(({ port }) => port)).toEqual(listeners.ports);
    const byId = await client.host(host?.id ?? '');
    expect(byId).toEqual(await client.host(HOST));
    expect(byId).toEqual(await client.host(`::ffff:${HOST}`));
    expect(byId.ports).toHaveLength(3);
    expect(byId.history).toContainEqual(
      expect.objectContaining({ fact: 'status', new_value: 'up', scan_id: id }),
    );
    expect(byId.history.filter(({ fact }) => fact === 'port')).toHaveLength(3);
  });

  test('a completed scan can be neither stopped nor resumed', async () => {
    await expect(client.stopScan(id)).rejects.toMatchObject({ code: 'invalid_transition' });
    await expect(client.resumeScan(id)).rejects.toMatchObject({ code: 'invalid_transition' });
  });
});

test('stop and resume, and the rate `max`', async () => {
  const { id, rate } = await client.startScan({
    targets: [HOST],
    ports: String(listeners.ports[0]),
    rate: 'max',
  });
  expect(rate).toBe('max');
  lab.enqueued.length = 0;
  expect(await client.stopScan(id)).toMatchObject({ status: 'cancelled' });
  expect(await client.stopScan(id)).toMatchObject({ status: 'cancelled' });
  expect(await client.resumeScan(id)).toMatchObject({ status: 'pending', completed_at: null });
  await runEnqueued();
  expect(await client.scan(id)).toMatchObject({ status: 'completed', open_ports: 1 });
});

test('unresponsive addresses are listed on request, and are no hosts', async () => {
  // Loopback always responds, so the row is inserted here: a scan that probed one more address.
  const { id } = await client.startScan({ targets: [HOST], ports: String(listeners.ports[0]) });
  await runEnqueued();
  await sql`INSERT INTO scan_coverage (job_id, site_id, address, protocol, state, reason, ports, shard_number, observed_at)
    SELECT id, site_id, '127.77.0.9', 'tcp', 'filtered', 'no-response', '{[22,24),[80,81)}', 0, now() FROM scan_jobs WHERE uid = ${id}`.execute(
    lab.db.store.read,
  );
  expect((await client.scanResults(id)).data.map(({ ip }) => ip)).toEqual([HOST]);
  const { data } = await client.scanResults(id, { include_unresponsive: 'true', all_states: 'true' });
  expect(data[1]).toEqual({
    ip: '127.77.0.9',
    host_id: null,
    hostname: null,
    status: 'unknown',
    reason: null,
    ports: [],
    ssh_servers: [],
    certificates: [],
    other_ports: [{ protocol: 'tcp', state: 'filtered', reason: 'no-response', count: 3, ports: '22-23,80' }],
  });
  // The row belongs to no batch, which the check of the ledger reports.
  const report = await client.verify();
  expect(report).toMatchObject({ ok: false, faults: 1 });
  expect(report.checks.filter(({ faults }) => faults > 0)).toMatchObject([
    { name: 'ledger adds up to coverage', examples: [expect.stringMatching(/^scan [0-9a-f-]{36}$/)] },
  ]);
  await sql`DELETE FROM scan_coverage WHERE address = '127.77.0.9'`.execute(lab.db.store.read);
  expect(await client.verify()).toMatchObject({ ok: true, faults: 0 });
});

test('pages neither repeat nor miss a scan', async () => {
  for (let count = 0; count < 5; count += 1) await client.startScan({ targets: [HOST], ports: '1' });
  lab.enqueued.length = 0;
  const first = await client.scans({ page_size: 3, status: 'pending' });
  const second = await client.scans({ page_size: 3, page: 2, status: 'pending' });
  expect(first.pagination).toEqual({ page: 1, page_size: 3, total_items: 5, total_pages: 2 });
  const seen = [...first.data, ...second.data];
  expect(seen.map(({ id }) => id)).toHaveLength(5);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(5);
  const times = seen.map(({ created_at }) => created_at);
  expect(times).toEqual([...times].sort().toReversed());
  expect((await client.scans({ page: 3, page_size: 3, status: 'pending' })).data).toEqual([]);
});

test('scans are found by the beginning of their id', async () => {
  const { data } = await client.scans({ page_size: 1 });
  const id = data[0]?.id ?? '';
  for (const id_prefix of [id, id.slice(0, -1), id.slice(0, 24).toUpperCase()])
    expect((await client.scans({ id_prefix })).data.map((scan) => scan.id)).toContain(id);
  expect((await client.scans({ id_prefix: id })).pagination.total_items).toBe(1);
  expect((await client.scans({ id_prefix: 'ffffff' })).data).toEqual([]);
  const odd = await lab.requestAsUser({ url: `${ROUTES.scans}?id_prefix=0193-8f` });
  expect(odd).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
});

test('an address that several sites have is a conflict that names them', async () => {
  await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'annex')`.execute(lab.db.store.read);
  const uid = createUid(Date.now(), lab.context.random(10));
  await sql`INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
    SELECT ${uid}, id, ${HOST}, 'up', now(), now(), now() FROM sites WHERE name = 'annex'`.execute(
    lab.db.store.read,
  );
  const probed = client.host(HOST);
  await expect(probed).rejects.toMatchObject({ code: 'conflict', at: HOST });
  const error = await probed.catch((reason: unknown) => reason);
  expect(error instanceof ScanoramaError ? error.facts : undefined).toEqual({
    hosts: [expect.objectContaining({ site: 'default' }), { site: 'annex', id: uid }],
  });
  expect((await client.host(uid)).site).toBe('annex');
});

describe('names', () => {
  test('are resolved once, and the addresses are stored', async () => {
    const probed: string[] = [];
    const naming = await openApiLab({
      work: {
        resolve: (name) => {
          probed.push(name);
          return Promise.resolve([HOST, '127.77.0.4']);
        },
      },
    });
    try {
      const answer = await naming.requestAsUser({
        method: 'POST',
        url: ROUTES.scans,
        body: { targets: ['printer.test'], ports: '1' },
      });
      expect(answer.body).toMatchObject({
        targets: ['printer.test'],
        resolved: [{ name: 'printer.test', addresses: [HOST, '127.77.0.4'] }],
      });
      expect(answer.headers['location']).toBe(ROUTES.scan(scanSchema.parse(answer.body).id));
      expect(probed).toEqual(['printer.test']);
    } finally {
      await naming.close();
    }
  });

  test('that do not resolve are reported with the stored hosts of that name, and nothing is guessed', async () => {
    const naming = await openApiLab({
      work: {
        resolve: (name) =>
          Promise.reject(new ScanoramaError('name_not_resolved', 'No.', { at: name, hint: 'Check it.' })),
      },
    });
    try {
      for (const address of ['127.77.1.4', '127.77.1.5', '127.77.1.6'])
        await recordScan(naming.context, { address, state: 'open', at: new Date() });
      await naming.client.changeHost('127.77.1.4', { custom_name: 'Web1' });
      await sql`UPDATE hosts SET hostname = 'two.test' WHERE ip_address <> '127.77.1.4'`.execute(
        naming.db.store.read,
      );
      const probed = (name: string) => naming.client.planScan({ targets: [name], ports: '1' });
      const refused = { code: 'name_not_resolved', message: 'No.' };
      await expect(probed('web1')).rejects.toMatchObject({
        ...refused,
        at: 'web1',
        hint: 'A stored host is called web1: scan its address 127.77.1.4 instead.',
      });
      await expect(probed('two.test')).rejects.toMatchObject({
        ...refused,
        hint: expect.stringMatching(
          /: scan the one that is meant by its address, 127\.77\.1\.5, 127\.77\.1\.6\.$/,
        ),
      });
      await naming.client.deleteHost('127.77.1.4');
      await expect(probed('web1')).rejects.toMatchObject({ ...refused, hint: 'Check it.' });
      // At another site it is another host.
      await naming.client.createSite({ name: 'annex' });
      await expect(
        naming.client.planScan({ targets: ['two.test'], ports: '1', site: 'annex' }),
      ).rejects.toMatchObject({ ...refused, hint: 'Check it.' });
    } finally {
      await naming.close();
    }
  });

  test('are dropped when the client disconnects, and nothing is stored', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>();
    const resolve: WorkContext['resolve'] = (_name, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        begin(signal);
      });
    const naming = await openApiLab({ work: { resolve } });
    try {
      const { key } = await naming.newKey('impatient');
      const transport = httpTransport(`http://${await naming.listen()}`, key);
      const leaving = new AbortController();
      const body = { targets: ['printer.test'], ports: '1' };
      const request = transport({ method: 'POST', path: ROUTES.scans, body, signal: leaving.signal });
      const signal = await begun;
      await sleep(50);
      expect(signal.aborted).toBe(false);
      leaving.abort();
      await expect(request).rejects.toThrow();
      await expect.poll(() => signal.aborted).toBe(true);
      expect((await naming.requestAsUser({ url: ROUTES.scans })).body).toMatchObject({ data: [] });
    } finally {
      await naming.close();
    }
  });
});
