import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#contract/api/client.js';
import type { ScanChange } from '#contract/scans/diff.js';
import type { BatchPlace } from '#work/batches/record-batch.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { observationRecorder } from '../../support/scans/stored-scan.ts';

let lab: ApiLab;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
});
afterAll(() => lab.close());

const { network, store } = observationRecorder(() => lab.context);

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
  hosts_changed: 0,
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
      `port_changed ${at(2)} 1/tcp open>filtered`,
      `host_new ${at(3)}`,
      `port_opened ${at(3)} 1/tcp filtered>open`,
    ]);
  });

  it('are compared automatically when the later one ends, with the same result as the diff', async () => {
    const { changes, statistics } = await client.scan(scan);
    const counted = {
      hosts_new: 1,
      hosts_not_seen: 1,
      hosts_changed: 0,
      ports_opened: 2,
      ports_closed: 1,
      ports_changed: 3,
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

  it('contain for a host how many of its ports were open, and its id', async () => {
    const { data } = await client.scanDiff(scan, { against: base });
    const hosts = data.filter(({ kind }) => kind.startsWith('host_'));
    expect(hosts.map(({ ip, count }) => [ip, count])).toEqual([
      [at(2), 1],
      [at(3), 1],
    ]);
    expect(hosts[1]?.host_id).toBe((await client.host(at(3))).id);
  });

  it('are returned page by page, none twice and none omitted', async () => {
    const full = await client.scanDiff(scan, { against: base });
    const pages = [];
    for (let page = 1; page <= 3; page += 1)
      pages.push(await client.scanDiff(scan, { against: base, page, page_size: 4 }));
    expect(pages.flatMap(({ data }) => data)).toEqual(full.data);
    expect(pages[2]?.pagination).toEqual({ page: 3, page_size: 4, total_items: 9, total_pages: 3 });
    expect(pages.map(({ counts }) => counts)).toEqual(pages.map(() => full.counts));
  });

  it('have a permanent difference, whatever is found later', async () => {
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

describe('what only one of two scans probed', () => {
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
    expect(await linesOf(scan, base)).toEqual([`port_changed ${at(2)} 1/tcp open>filtered`]);
    const { not_comparable } = await client.scanDiff(scan, { against: base });
    // Host 2 may still answer on port 2, which was not probed again.
    expect(not_comparable).toEqual({
      base: { addresses: 1, ports: 4, hosts: 2 },
      scan: { addresses: 0, ports: 1, hosts: 0 },
    });
    expect((await client.scan(scan)).changes).toMatchObject({ against: base, ...NOTHING, ports_changed: 1 });
  });

  it('includes results that do not show whether a port is open', async () => {
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
  ] as const)('includes the missing responses of a scan that is %s', async (_, fate) => {
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

describe('scans that discover hosts first', () => {
  it('report hosts that the other one did not find, and call none of their ports closed', async () => {
    const at = network();
    const common = { targets: `${at(1)}-${at(9)}`, ports: '1-2', before: live };
    const base = await store({ ...common, answers: { [at(1)]: { 1: 'open' }, [at(2)]: { 1: 'open' } } });
    const scan = await store({ ...common, answers: { [at(1)]: { 1: 'open' }, [at(3)]: { 1: 'open' } } });
    expect(await linesOf(scan, base)).toEqual([`host_not_seen ${at(2)}`, `host_new ${at(3)}`]);
  });

  it('report nothing of hosts that the other did not probe for, or had no method to find', async () => {
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
        await sql`INSERT INTO scan_warnings (job_id, kind, subject, detail) VALUES (${place.job.id}, 'method-missing', 'arp IPv4', 'EPERM')`.execute(
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

  it.each([
    ['excluded', (at: (host: number) => string) => at(2)],
    ['proxy-arp', (at: (host: number) => string) => `${at(1)}-${at(2)}`],
    ['proxy-ndp', (at: (host: number) => string) => `${at(2)}/31`],
    ['answers-for-all', (at: (host: number) => string) => `${at(0)}/30`],
  ])(
    'report nothing of a host that the other could not find, and all of the others (%s)',
    async (kind, of) => {
      const at = network();
      const common = { targets: `${at(1)}-${at(9)}`, ports: '1-2' };
      const answers = { [at(1)]: { 1: 'open' } } as const;
      const all = { ...answers, [at(2)]: { 1: 'open' }, [at(4)]: { 1: 'open' } } as const;
      const base = await store({ ...common, before: live, answers: all });
      const kept = await store({
        ...common,
        answers,
        before: async (place) => {
          await live(place);
          await sql`INSERT INTO scan_warnings (job_id, kind, subject, detail) VALUES (${place.job.id}, ${kind}, ${of(at)}, '')`.execute(
            lab.db.store.read,
          );
        },
      });
      expect(await linesOf(kept, base)).toEqual([`host_not_seen ${at(4)}`]);
      const scan = await store({ ...common, before: live, answers: all });
      expect(await linesOf(scan, kept)).toEqual([`host_new ${at(4)}`]);
    },
  );
});
