import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localHeaders } from '#api/auth/local.js';
import { inProcessTransport } from '#app/transport.js';
import { createClient } from '#contract/client.js';
import type { ScanChange } from '#contract/scan-diff.js';
import { findScanJob } from '#store/scan-jobs.js';
import { runStatementText } from '#store/statement-text.js';
import { askIntegrity, INTEGRITY_QUESTIONS } from '#store/verify.js';
import type { BatchPlace } from '#work/record-batch.js';
import { failScan, finishScan } from '#work/settle-scan.js';
import { sumUpScan } from '#work/sum-up-scan.js';
import { type ScanStory, storeScan } from '../told-scan.ts';
import { type ApiLab, openApiLab } from './fixtures/api-lab.ts';

let lab: ApiLab;
let client: ReturnType<typeof createClient>;
let nextNetwork = 0;
let minute = 0;
beforeAll(async () => {
  lab = await openApiLab();
  client = createClient(inProcessTransport(lab.server, localHeaders(lab.server, 'os:tester')));
});
afterAll(() => lab.close());

/** Addresses that no other test has. */
function network(): (host: number) => string {
  nextNetwork += 1;
  const prefix = `198.18.${nextNetwork}`;
  return (host) => `${prefix}.${host}`;
}

/** Scans of a test are told one minute after the other. */
function later(): Date {
  minute += 1;
  return new Date(Date.UTC(2026, 0, 1, 0, minute));
}

const store = (story: Omit<ScanStory, 'at'> & { readonly at?: Date }) =>
  storeScan(lab.context, { at: later(), ...story });

const line = ({ kind, ip, protocol, ports, old, new: now }: ScanChange) =>
  [kind, ip, protocol === null ? '' : `${ports}/${protocol} ${old}>${now}`].join(' ').trim();

async function linesOf(scan: string, against: string): Promise<readonly string[]> {
  return (await client.scanDiff(scan, { against })).data.map(line);
}

const service = (address: string, port: number, name: string) => ({
  address,
  port,
  value: JSON.stringify({ name }),
});
const NOTHING = {
  hosts_new: 0,
  hosts_not_seen: 0,
  ports_opened: 0,
  ports_closed: 0,
  ports_changed: 0,
  services_changed: 0,
};

describe('two scans of the same targets', () => {
  let [base, scan] = ['', ''];
  const at = network();
  beforeAll(async () => {
    const common = { targets: `${at(1)}-${at(5)}`, ports: '1-6' };
    base = await store({
      ...common,
      answers: {
        [at(1)]: { 1: 'open', 2: 'open', 3: 'closed', 4: 'closed', 5: 'open', 6: 'closed' },
        [at(2)]: { 1: 'open', 2: 'filtered', 3: 'closed' },
        [at(3)]: { 1: 'filtered', 2: 'filtered' },
        [at(4)]: { 1: 'unknown', 2: 'unknown' },
      },
      services: [service(at(1), 1, 'http'), service(at(1), 2, 'ssh')],
    });
    scan = await store({
      ...common,
      answers: {
        [at(1)]: { 1: 'open', 2: 'closed', 3: 'open', 4: 'filtered', 5: 'open|filtered', 6: 'closed' },
        [at(2)]: { 1: 'filtered', 2: 'filtered', 3: 'filtered' },
        [at(3)]: { 1: 'open', 2: 'filtered' },
        [at(4)]: { 1: 'open', 2: 'closed' },
      },
      services: [service(at(1), 1, 'https'), service(at(1), 3, 'ssh')],
    });
  });

  it('differ in hosts, ports and services, by address', async () => {
    expect(await linesOf(scan, base)).toEqual([
      `port_opened ${at(1)} 3/tcp closed>open`,
      `port_closed ${at(1)} 2/tcp open>closed`,
      `port_changed ${at(1)} 4/tcp closed>filtered`,
      `port_changed ${at(1)} 5/tcp open>open|filtered`,
      `service_changed ${at(1)} 1/tcp http>https`,
      `host_not_seen ${at(2)}`,
      `port_closed ${at(2)} 1/tcp open>filtered`,
      `host_new ${at(3)}`,
      `port_opened ${at(3)} 1/tcp filtered>open`,
    ]);
  });

  it('are compared of themselves when the later one ends, and that is what the diff says', async () => {
    const { changes, statistics } = await client.scan(scan);
    const counted = {
      hosts_new: 1,
      hosts_not_seen: 1,
      ports_opened: 2,
      ports_closed: 2,
      ports_changed: 2,
      services_changed: 1,
    };
    expect(changes).toEqual({ against: base, ...counted });
    expect(await client.scanDiff(scan)).toMatchObject({
      base: { id: base, complete: true },
      scan: { id: scan, complete: true },
      counts: counted,
    });
    expect(statistics).toMatchObject({
      hosts_up: 3,
      open_ports: 4,
      other_ports: 9,
      skipped: 17,
      positions: 30,
      batches: 1,
    });
    expect((await client.scan(base)).changes).toBeUndefined();
    expect((await client.scan(base)).statistics).toMatchObject({ positions: 30 });
  });

  it('tell with a host how many of its ports were open, and its id', async () => {
    const { data } = await client.scanDiff(scan, { against: base });
    const hosts = data.filter(({ kind }) => kind.startsWith('host_'));
    expect(hosts.map(({ ip, count }) => [ip, count])).toEqual([
      [at(2), 1],
      [at(3), 1],
    ]);
    expect(hosts[1]?.host_id).toBe((await client.host(at(3))).id);
  });

  it('are told page by page, none twice and none left out', async () => {
    const whole = await client.scanDiff(scan, { against: base });
    const pages = [];
    for (let page = 1; page <= 3; page += 1)
      pages.push(await client.scanDiff(scan, { against: base, page, page_size: 4 }));
    expect(pages.flatMap(({ data }) => data)).toEqual(whole.data);
    expect(pages[2]?.pagination).toEqual({ page: 3, page_size: 4, total_items: 9, total_pages: 3 });
    expect(pages.map(({ counts }) => counts)).toEqual(pages.map(() => whole.counts));
  });

  it('differ the same for ever, whatever is found later', async () => {
    const before = await client.scanDiff(scan, { against: base });
    await store({
      targets: at(1),
      ports: '1-6',
      answers: { [at(1)]: { 1: 'closed', 3: 'closed' } },
      services: [service(at(1), 1, 'ftp')],
    });
    expect(await client.scanDiff(scan, { against: base })).toEqual(before);
  });
});

describe('what only one of two scans asked', () => {
  it('is neither closed nor gone nor opened, and is counted', async () => {
    const at = network();
    const base = await store({
      targets: `${at(1)}-${at(3)}`,
      ports: '1-4',
      answers: {
        [at(1)]: { 1: 'open', 2: 'open', 3: 'closed' },
        [at(2)]: { 1: 'open', 2: 'open' },
        [at(3)]: { 1: 'open' },
      },
    });
    const scan = await store({
      targets: `${at(1)}-${at(2)}`,
      ports: '1-9',
      answers: { [at(1)]: { 1: 'open', 9: 'open' }, [at(2)]: { 1: 'filtered' } },
    });
    expect(await linesOf(scan, base)).toEqual([`port_closed ${at(2)} 1/tcp open>filtered`]);
    const { not_comparable } = await client.scanDiff(scan, { against: base });
    // Host 2 may still answer on port 2, which was not asked again.
    expect(not_comparable).toEqual({
      base: { addresses: 1, ports: 4, hosts: 2 },
      scan: { addresses: 0, ports: 1, hosts: 0 },
    });
    expect((await client.scan(scan)).changes).toMatchObject({ against: base, ...NOTHING, ports_closed: 1 });
  });

  it('is what does not tell whether a port is open, too', async () => {
    const at = network();
    const common = { targets: at(1), ports: '1-3' };
    const base = await store({ ...common, answers: { [at(1)]: { 1: 'open', 2: 'open', 3: 'closed' } } });
    const scan = await store({
      ...common,
      answers: { [at(1)]: { 1: 'unknown', 2: 'unknown', 3: 'unknown' } },
    });
    expect(await client.scanDiff(scan)).toMatchObject({
      base: { id: base },
      data: [],
      counts: NOTHING,
      not_comparable: { base: { ports: 3, hosts: 1 } },
    });
  });

  it.each([
    ['partial', { partial: 'nmap died.' }],
    ['unfinished', { unfinished: true }],
  ] as const)('is the silence of a scan that is %s, too', async (_, fate) => {
    const at = network();
    const common = { targets: `${at(1)}-${at(2)}`, ports: '1-3' };
    const base = await store({
      ...common,
      answers: { [at(1)]: { 1: 'open', 2: 'open', 3: 'closed' }, [at(2)]: { 1: 'open' } },
    });
    const scan = await store({
      ...common,
      ...fate,
      answers: { [at(1)]: { 1: 'closed', 2: 'filtered', 3: 'open' }, [at(2)]: { 1: 'filtered' } },
    });
    const diff = await client.scanDiff(scan, { against: base });
    expect(diff.data.map(line)).toEqual([
      `port_opened ${at(1)} 3/tcp closed>open`,
      `port_closed ${at(1)} 1/tcp open>closed`,
    ]);
    expect(diff).toMatchObject({
      base: { complete: true },
      scan: { complete: false },
      not_comparable: { base: { hosts: 1 } },
    });
  });
});

const live = (place: BatchPlace) =>
  sql`UPDATE scan_jobs SET live_hosts = true WHERE id = ${place.job.id}`.execute(lab.db.store.read);

describe('scans that look for hosts first', () => {
  it('tell of hosts that the other one did not find, and call none of their ports closed', async () => {
    const at = network();
    const common = { targets: `${at(1)}-${at(9)}`, ports: '1-2', before: live };
    const base = await store({ ...common, answers: { [at(1)]: { 1: 'open' }, [at(2)]: { 1: 'open' } } });
    const scan = await store({ ...common, answers: { [at(1)]: { 1: 'open' }, [at(3)]: { 1: 'open' } } });
    expect(await linesOf(scan, base)).toEqual([`host_not_seen ${at(2)}`, `host_new ${at(3)}`]);
  });

  it('tell nothing of hosts that the other was not to look for, or had no means to', async () => {
    const at = network();
    const answers = { [at(1)]: { 1: 'open' }, [at(2)]: { 1: 'open' } } as const;
    const base = await store({ targets: `${at(1)}-${at(2)}`, ports: '1-2', before: live, answers });
    const narrow = await store({
      targets: at(1),
      ports: '1-2',
      before: live,
      answers: { [at(1)]: { 1: 'open' } },
    });
    expect(await linesOf(narrow, base)).toEqual([]);
    const blind = await store({
      targets: `${at(1)}-${at(2)}`,
      ports: '1-2',
      answers: { [at(1)]: { 1: 'open' } },
      before: async (place) => {
        await live(place);
        await sql`INSERT INTO scan_remarks (job_id, kind, subject, detail) VALUES (${place.job.id}, 'method-missing', 'arp IPv4', 'EPERM')`.execute(
          lab.db.store.read,
        );
      },
    });
    expect(await linesOf(blind, base)).toEqual([]);
    const plain = await store({
      targets: `${at(1)}-${at(2)}`,
      ports: '1-2',
      answers: { [at(1)]: { 1: 'open' } },
    });
    expect(await linesOf(plain, base)).toEqual([]);
  });
});

const against = async (scan: string) => (await client.scan(scan)).changes?.against;

describe('the last comparable scan', () => {
  it('asked the same, even if another one that overlaps came after it', async () => {
    const at = network();
    const whole = {
      targets: `${at(1)}-${at(4)}`,
      ports: '1-2',
      answers: { [at(1)]: { 1: 'open' } },
    } as const;
    const base = await store(whole);
    await store({ ...whole, targets: at(1) });
    expect(await against(await store(whole))).toBe(base);
  });

  it('is else the newest that asked some of it', async () => {
    const at = network();
    await store({ targets: at(1), ports: '1-3', answers: { [at(1)]: { 1: 'open', 2: 'closed' } } });
    const newest = await store({ targets: at(1), ports: '1-4', answers: { [at(1)]: { 1: 'open' } } });
    await store({ targets: at(1), ports: '3-4', answers: { [at(1)]: { 3: 'open' } } });
    const scan = await store({
      targets: `${at(1)}-${at(2)}`,
      ports: '1-2',
      answers: { [at(1)]: { 1: 'closed' } },
    });
    expect(await against(scan)).toBe(newest);
  });

  it('is complete, was over before, and is of the same site and kind', async () => {
    const at = network();
    const common = { targets: at(1), ports: '1-2', answers: { [at(1)]: { 1: 'open' } } } as const;
    const base = await store(common);
    await store({ ...common, partial: 'cut off.' });
    const failed = await store({ ...common, unfinished: true });
    await failScan(lab.context, failed, { code: 'engine_failed', message: 'It died.' });
    await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'annex')`.execute(lab.db.store.read);
    const elsewhere = await store({
      ...common,
      before: (place) =>
        sql`UPDATE scan_jobs SET site_id = (SELECT id FROM sites WHERE name = 'annex') WHERE id = ${place.job.id}`.execute(
          lab.db.store.read,
        ),
    });
    const ack = await store({
      ...common,
      before: (place) =>
        sql`UPDATE scan_jobs SET engine = 'ack' WHERE id = ${place.job.id}`.execute(lab.db.store.read),
    });
    const past = later();
    await store({ ...common, at: new Date('2026-03-01') });
    const scan = await store({ ...common, at: past });
    expect(await against(scan)).toBe(base);
    await expect(client.scanDiff(scan, { against: elsewhere })).rejects.toMatchObject({
      code: 'not_comparable',
    });
    await expect(client.scanDiff(scan, { against: ack })).rejects.toMatchObject({ code: 'not_comparable' });
  });

  it('may be missing, and then the diff says what to do', async () => {
    const at = network();
    const scan = await store({ targets: at(1), ports: '1', answers: { [at(1)]: { 1: 'open' } } });
    expect((await client.scan(scan)).changes).toBeUndefined();
    await expect(client.scanDiff(scan)).rejects.toMatchObject({ code: 'not_comparable', at: scan });
    await expect(
      client.scanDiff(scan, { against: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47' }),
    ).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('completing a scan and adding it up', () => {
  it('happen together or not at all', async () => {
    const at = network();
    const scan = await store({
      targets: at(1),
      ports: '1',
      answers: { [at(1)]: { 1: 'open' } },
      unfinished: true,
    });
    await sql`ALTER TABLE scan_statistics ADD CONSTRAINT broken CHECK (positions > 1) NOT VALID`.execute(
      lab.db.store.read,
    );
    await expect(finishScan(lab.context, scan)).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await client.scan(scan)).toMatchObject({ status: 'pending', completed_at: null });
    await sql`ALTER TABLE scan_statistics DROP CONSTRAINT broken`.execute(lab.db.store.read);
    expect(await finishScan(lab.context, scan)).toBe(true);
    expect(await client.scan(scan)).toMatchObject({ status: 'completed', statistics: { positions: 1 } });
  });

  it('do not wait for a comparison of more rows than a limit, which the diff makes on demand', async () => {
    const at = network();
    const common = { targets: `${at(1)}-${at(2)}`, ports: '1-2' };
    const base = await store({ ...common, answers: { [at(1)]: { 1: 'open', 2: 'open' } } });
    const scan = await store({ ...common, answers: { [at(1)]: { 1: 'open', 2: 'closed' } } });
    const { id } = await findScanJob(lab.db.store.read, scan);
    for (const [maxRows, isCompared] of [
      [4, true],
      [3, false],
    ] as const) {
      await sql`DELETE FROM scan_statistics WHERE job_id = ${id}`.execute(lab.db.store.read);
      await lab.db.store.transaction((executor) => sumUpScan(executor, id, maxRows));
      expect((await client.scan(scan)).changes?.ports_closed).toBe(isCompared ? 1 : undefined);
      expect(await client.scanDiff(scan)).toMatchObject({ base: { id: base }, counts: { ports_closed: 1 } });
    }
  });

  it('are made up for by the migration where scans were completed before it, so that they can be compared with', async () => {
    const { read } = lab.db.store;
    const summed = async () =>
      (
        await sql`SELECT job_id, encode(fingerprint, 'hex'), first_address, last_address, hosts_up, open_ports, covered_ports,
          skipped, positions, batches, probes_sent, probes_answered, duration_ms, observed_from, observed_to
          FROM scan_statistics ORDER BY job_id`.execute(read)
      ).rows;
    const before = await summed();
    expect(before.length).toBeGreaterThan(10);
    const migrations = join(import.meta.dirname, '..', '..', 'migrations');
    const file = (await readdir(migrations)).find((name) => name.endsWith('_scan_statistics.sql')) ?? '';
    const [, statement = ''] = (await readFile(join(migrations, file), 'utf8')).split(/(?=^INSERT INTO)/m);
    await sql`DELETE FROM scan_statistics`.execute(read);
    await runStatementText(read, statement);
    expect(await summed()).toEqual(before);
  });

  it('leave nothing that verify finds', async () => {
    for (const question of INTEGRITY_QUESTIONS) {
      expect({ name: question.name, ...(await askIntegrity(lab.db.store.read, question)) }).toMatchObject({
        name: question.name,
        faults: 0,
      });
    }
  });
});
