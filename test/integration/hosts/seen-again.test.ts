import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importReport } from '#work/imports/import-report.js';
import { applyRetention } from '#work/retention/apply-retention.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { observationRecorder } from '../../support/scans/stored-scan.ts';

const DAY_MS = 86_400_000;
const never = new AbortController().signal;
let lab: ApiLab;
beforeAll(async () => {
  lab = await openApiLab();
});
afterAll(async () => {
  await expectComplete(lab.db.store.read);
  await lab.close();
});

const { network, store } = observationRecorder(() => lab.context);
const firstOf = async (scan: string, against: string) => {
  const { data, ...diff } = await lab.client.scanDiff(scan, { against });
  return { ...diff, change: data.find(({ kind }) => kind === 'host_new') };
};

describe('an import that fits a batch', () => {
  let minutes = 0;

  /** A report that probed port 1 of these hosts; returns its scan. */
  async function take(states: Readonly<Record<string, 'open' | 'filtered'>>): Promise<string> {
    minutes += 1;
    const seconds = 1_700_000_000 + 60 * minutes;
    const hosts = Object.entries(states).map(([address, state]) => {
      const [status, port] = state === 'open' ? ['syn-ack', 'syn-ack'] : ['user-set', 'no-response'];
      return `<host starttime="${seconds}" endtime="${seconds}"><status state="up" reason="${status}"/><address addr="${address}" addrtype="ipv4"/><ports><port protocol="tcp" portid="1"><state state="${state}" reason="${port}"/></port></ports></host>`;
    });
    const text = `<nmaprun scanner="nmap" start="${seconds}"><scaninfo type="syn" protocol="tcp" numservices="1" services="1"/>${hosts.join('')}</nmaprun>`;
    const order = { site: 'default', fileName: 'a.xml', actor: 'test' };
    const bytes = Readable.from([Buffer.from(text)]);
    return (await importReport(lab.context, order, { bytes, signal: never })).scanUid ?? '';
  }

  test('does not report its own new hosts as seen again, and those of an earlier one it does', async () => {
    await take({ '198.18.1.2': 'open' });
    const base = await take({ '198.18.1.1': 'filtered', '198.18.1.2': 'filtered' });
    const scan = await take({ '198.18.1.1': 'open', '198.18.1.2': 'open' });
    const diff = await lab.client.scanDiff(scan, { against: base });
    expect(diff).toMatchObject({ counts: { hosts_new: 2 }, hosts_back: 1 });
    const [own, earlier] = diff.data.filter(({ kind }) => kind === 'host_new');
    expect(own).not.toHaveProperty('known');
    expect(earlier).toMatchObject({ ip: '198.18.1.2', known: { status: 'up' } });
  });
});

describe('the earlier history of a new host', () => {
  const address = network()(1);

  /** A scan of this one host, so many days ago by every clock. */
  async function reported(days: number, state: 'open' | 'filtered'): Promise<string> {
    const at = new Date(Date.now() - days * DAY_MS);
    const scan = await store({ targets: address, ports: '1', at, answers: { [address]: { 1: state } } });
    await sql`UPDATE scan_jobs SET created_at = ${at}, started_at = ${at}, completed_at = ${at}::timestamptz + (completed_at - started_at) WHERE uid = ${scan}`.execute(
      lab.db.store.read,
    );
    await sql`UPDATE host_history SET recorded_at = observed_at WHERE host_id = (
      SELECT id FROM hosts WHERE ip_address = ${address}::inet)`.execute(lab.db.store.read);
    return scan;
  }

  test('is reported as long as history of that time is kept, and then reported as unknown', async () => {
    await reported(70, 'open');
    const base = await reported(60, 'filtered');
    const scans = [await reported(50, 'open'), await reported(20, 'open')] as const;
    const before = await Promise.all(scans.map((scan) => firstOf(scan, base)));
    for (const diff of before)
      expect(diff).toMatchObject({ hosts_back: 1, change: { known: { status: 'up' } } });
    await lab.client.changeSettings({ 'retention.history': '30 days' });
    await applyRetention(lab.context, never);
    const [old, young] = await Promise.all(scans.map((scan) => firstOf(scan, base)));
    expect(old).toMatchObject({ counts: { hosts_new: 1 }, change: { kind: 'host_new', ip: address } });
    expect(old).not.toHaveProperty('hosts_back');
    expect(old).not.toHaveProperty('change.known');
    expect(young).toEqual(before[1]);
  });

  test('is waited for while it is still being stored', async () => {
    const at = network();
    const story = (state: 'open' | 'filtered') => ({
      targets: at(1),
      ports: '1',
      answers: { [at(1)]: { 1: state } },
    });
    const base = await store(story('filtered'));
    const storing = await lab.db.store.read.startTransaction().execute();
    let scan = '';
    try {
      await sql`LOCK TABLE host_history IN ROW EXCLUSIVE MODE`.execute(storing);
      scan = await store(story('open'));
      await expect(firstOf(scan, base)).rejects.toMatchObject({ code: 'time_uncommitted' });
    } finally {
      await storing.rollback().execute();
    }
    expect(await firstOf(scan, base)).toMatchObject({ counts: { hosts_new: 1 }, hosts_back: 0 });
  });
});
