import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCH_DEADLINE_MS } from '#store/database/session-limits.js';
import type { Store, TransactionOptions } from '#store/database/store.js';
import { INTEGRITY_QUESTIONS, runIntegrityCheck } from '#store/integrity/verify.js';
import type { WorkContext } from '#work/context/context.js';
import { importReport } from '#work/imports/import-report.js';
import { addSite, removeSite } from '#work/sites/sites.js';
import { OLD, TWO_HOSTS } from '../../../src/report/fixtures/report-text.ts';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

let db: TestDatabase;
let context: WorkContext;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(async () => {
  await db.close();
});

const never = new AbortController().signal;
function take(text: string, { site = 'default', signal = never, within = context } = {}) {
  const bytes = Readable.from([Buffer.from(text)]);
  return importReport(within, { site, fileName: 'a.xml', actor: 'test' }, { bytes, signal });
}

async function rows<Row>(query: string): Promise<readonly Row[]> {
  return (await sql.raw<Row>(query).execute(db.store.read)).rows;
}

async function counts(): Promise<Readonly<Record<string, number>>> {
  const tables = [
    'scan_jobs',
    'scan_shards',
    'scan_batches',
    'hosts',
    'port_scans',
    'scan_coverage',
    'scan_findings',
    'host_facts',
    'host_history',
    'scan_imports',
  ];
  const all: Record<string, number> = {};
  for (const table of tables)
    all[table] = (await rows<{ count: number }>(`SELECT count(*) AS count FROM ${table}`))[0]?.count ?? -1;
  return all;
}

async function expectComplete(): Promise<void> {
  for (const question of INTEGRITY_QUESTIONS) {
    const answer = await runIntegrityCheck(db.store.read, question);
    expect({ name: question.name, ...answer }).toEqual({ name: question.name, faults: 0, examples: [] });
  }
}

describe('a report that fits a batch', () => {
  it('is stored with hosts, ports, services and facts, at its own times', async () => {
    const result = await take(TWO_HOSTS);
    expect(result).toMatchObject({ outcome: 'stored', survey: { positions: 5, fault: undefined } });
    expect(result.survey.taken).toEqual({
      hosts: 2,
      hostsUp: 1,
      openPorts: 2,
      otherPorts: 2,
      services: 2,
      hostFacts: 5,
    });
    expect(result.survey.notTaken).toEqual([{ reason: 'script-output', count: 2 }]);
    expect(
      await rows(
        `SELECT status, partial, scan_type, engine, ports, targets, name FROM scan_jobs WHERE uid = '${result.scanUid}'`,
      ),
    ).toEqual([
      {
        status: 'completed',
        partial: false,
        scan_type: 'import',
        engine: 'import',
        ports: '22,80,443,8080',
        targets: ['198.18.0.1-198.18.0.2'],
        name: 'a.xml',
      },
    ]);
    expect(
      await rows(
        `SELECT host(ip_address) AS ip, status, status_reason, hostname, mac_address::text AS mac, vendor, os_family, os_name, last_seen FROM hosts`,
      ),
    ).toEqual([
      {
        ip: '198.18.0.1',
        status: 'up',
        status_reason: 'arp-response',
        hostname: 'one.lan',
        mac: '02:00:00:00:00:01',
        vendor: 'Test & Co',
        os_family: 'Linux',
        os_name: 'Linux 5.0 - 5.5',
        last_seen: new Date(1_700_000_001_000),
      },
    ]);
    expect(await rows(`SELECT port, state, reason, observed_at FROM port_scans ORDER BY port`)).toEqual(
      [22, 443].map((port) => ({
        port,
        state: 'open',
        reason: 'syn-ack',
        observed_at: new Date(1_700_000_001_000),
      })),
    );
    expect(
      await rows(`SELECT state, reason, ports::text AS ports FROM scan_coverage ORDER BY state`),
    ).toEqual([
      { state: 'closed', reason: 'rst', ports: '{[8080,8081)}' },
      { state: 'filtered', reason: 'no-response', ports: '{[80,81)}' },
    ]);
    expect(
      await rows(
        `SELECT port, value::jsonb ->> 'product' AS product FROM host_facts WHERE fact = 'service' ORDER BY port`,
      ),
    ).toEqual([
      { port: 22, product: 'OpenSSH' },
      { port: 443, product: 'nginx' },
    ]);
    await expectComplete();
  });

  it('adds no row when the same bytes come again, also at once', async () => {
    const before = await counts();
    const again = await take(TWO_HOSTS);
    expect(again).toMatchObject({ outcome: 'already-stored' });
    expect(await counts()).toEqual(before);
    const both = await Promise.all([take(OLD), take(OLD)]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['already-stored', 'stored']);
    expect(new Set(both.map(({ scanUid }) => scanUid)).size).toBe(1);
    await expectComplete();
  });

  it('never overwrites what is newer, and is recorded in history', async () => {
    const newer = TWO_HOSTS.replaceAll('17000000', '17100000')
      .replace('version="9.2p1"', 'version="9.9"')
      .replace(
        'portid="443"><state state="open" reason="syn-ack"',
        'portid="443"><state state="closed" reason="reset"',
      );
    const between = TWO_HOSTS.replaceAll('17000000', '17050000').replace('version="9.2p1"', 'version="9.5"');
    await take(newer);
    await take(between);
    const state = `SELECT port.state, fact.value::jsonb ->> 'version' AS version FROM host_ports port
      JOIN hosts host ON host.id = port.host_id LEFT JOIN host_facts fact
        ON (fact.host_id, fact.fact, fact.protocol, fact.port) = (port.host_id, 'service', port.protocol, port.port)
      WHERE host.ip_address = '198.18.0.1' ORDER BY port.port`;
    expect(await rows(state)).toEqual([
      { state: 'open', version: '9.9' },
      { state: 'closed', version: null },
    ]);
    const history = `SELECT new_value::jsonb ->> 'version' AS version FROM host_history
      WHERE fact = 'service' AND port = 22 ORDER BY observed_at`;
    expect(await rows(history)).toEqual([{ version: '9.2p1' }, { version: '9.5' }, { version: '9.9' }]);
    await expectComplete();
  });

  it('is stored in a transaction that takes no longer than one of a batch may', async () => {
    const probed: (TransactionOptions | undefined)[] = [];
    const store: Store = {
      ...db.store,
      transaction(work, options) {
        probed.push(options);
        return db.store.transaction(work, options);
      },
    };
    const { outcome } = await take(TWO_HOSTS.replaceAll('198.18.0.', '198.18.7.'), {
      within: { ...context, store },
    });
    // The following work computes devices.
    expect({ outcome, probed: probed.slice(0, 1) }).toEqual({
      outcome: 'stored',
      probed: [{ kind: 'batch', deadlineMs: BATCH_DEADLINE_MS }],
    });
  });
});

describe('an incomplete report', () => {
  it('is completed with its contents, and partial', async () => {
    const cut = TWO_HOSTS.replaceAll('198.18.0.', '198.18.1.').slice(
      0,
      TWO_HOSTS.indexOf('<host><status state="down"') + 30,
    );
    const result = await take(cut);
    expect(result).toMatchObject({
      outcome: 'stored',
      survey: { fault: { reason: 'truncated' }, taken: { hosts: 1 } },
    });
    expect(await rows(`SELECT status, partial FROM scan_jobs WHERE uid = '${result.scanUid}'`)).toEqual([
      { status: 'completed', partial: true },
    ]);
    await expectComplete();
  });

  it.each([
    ['no report', '<root/>', 'invalid_report'],
    ['nothing', '', 'invalid_report'],
    ['one with entities', '<!DOCTYPE a [<!ENTITY e "x">]><nmaprun/>', 'invalid_report'],
  ])('and %s stores nothing', async (_what, text, code) => {
    const before = await counts();
    await expect(take(text)).rejects.toMatchObject({ code });
    await expect(take(TWO_HOSTS, { site: 'nowhere' })).rejects.toMatchObject({ code: 'not_found' });
    expect(await counts()).toEqual(before);
  });

  it.each([
    ['removed', [], 'not_found'],
    ['removed and made anew', ['short-lived'], 'conflict'],
  ])('and one whose site was %s while it was read stores nothing', async (_what, again, code) => {
    await addSite(context, 'short-lived', 'test');
    const before = await counts();
    let isRemoved = false;
    const store: Store = {
      ...db.store,
      async transaction(work, options) {
        if (!isRemoved) {
          isRemoved = true;
          await removeSite(context, 'short-lived', 'test');
          for (const name of again) await addSite(context, name, 'test');
        }
        return db.store.transaction(work, options);
      },
    };
    const text = TWO_HOSTS.replaceAll('198.18.0.', '198.18.77.');
    const within = { ...context, store };
    await expect(take(text, { site: 'short-lived', within })).rejects.toMatchObject({ code });
    expect(await counts()).toEqual(before);
    for (const name of again) await removeSite(context, name, 'test');
  });

  it('and one without an acceptable host stores nothing and reports that', async () => {
    const before = await counts();
    const result = await take('<nmaprun><host><address addr="198.18.9.9"/></host></nmaprun>');
    expect(result).toMatchObject({ outcome: 'empty', scanUid: null });
    expect(result.survey.notTaken).toEqual([{ reason: 'no-time', count: 1 }]);
    expect(await counts()).toEqual(before);
  });
});

/** Many hosts with an open port each: more than one batch. */
function large(network: string, hosts: number): string {
  const all = Array.from({ length: hosts }, (_, index) => {
    const address = `${network}.${index >> 8}.${index & 255}`;
    return `<host starttime="1700000000"><status state="up" reason="echo-reply"/><address addr="${address}"/><ports><port protocol="tcp" portid="80"><state state="open" reason="syn-ack"/></port></ports></host>`;
  });
  return `<nmaprun scanner="nmap" start="1700000000">${all.join('')}</nmaprun>`;
}

describe('a report of several batches', () => {
  /** A host counts as two records: itself and its port. */
  const importBatchRows = 64;
  const hosts = importBatchRows;
  let inParts: WorkContext;
  beforeAll(() => {
    inParts = { ...context, importBatchRows };
  });

  it('is stored batch by batch, and resumed where it was interrupted', { timeout: 120_000 }, async () => {
    const text = large('198.19', hosts);
    const failing = new AbortController();
    let batches = 0;
    const log = { ...context.log, debug: () => (batches += 1) === 1 && failing.abort() };
    await expect(take(text, { signal: failing.signal, within: { ...inParts, log } })).rejects.toThrow();
    const scan = `SELECT status, error_code FROM scan_jobs ORDER BY id DESC LIMIT 1`;
    expect(await rows(scan)).toEqual([{ status: 'failed', error_code: 'interrupted' }]);
    const stored = (
      await rows<{ count: number }>(`SELECT count(*) AS count FROM hosts WHERE ip_address << '198.19.0.0/16'`)
    )[0];
    expect(stored?.count).toBe(hosts / 2);
    const result = await take(text, { within: inParts });
    expect(result).toMatchObject({ outcome: 'stored', survey: { taken: { hosts, openPorts: hosts } } });
    expect(await rows(scan)).toEqual([{ status: 'completed', error_code: null }]);
    expect(
      await rows(
        `SELECT count(*) AS count FROM port_scans raw JOIN scan_jobs job ON job.id = raw.job_id WHERE job.uid = '${result.scanUid}'`,
      ),
    ).toEqual([{ count: hosts }]);
    await expectComplete();
  });

  it('is left to the process that took it over from a delayed one', { timeout: 120_000 }, async () => {
    const text = large('198.18', hosts);
    const heldUp = Promise.withResolvers<void>();
    const second = Promise.withResolvers<Awaited<ReturnType<typeof take>>>();
    const claimed = Promise.withResolvers<void>();
    const heir = {
      take: async <T>(work: () => Promise<T>) => {
        claimed.resolve();
        await heldUp.promise;
        return context.batchSlots.take(work);
      },
    };
    let calls = 0;
    const late = {
      take: async <T>(work: () => Promise<T>) => {
        calls += 1;
        if (calls === 2) {
          await rows(
            `UPDATE scan_shards SET lease_expires_at = clock_timestamp() WHERE lease_owner IS NOT NULL`,
          );
          second.resolve(take(text, { within: { ...inParts, batchSlots: heir } }));
          await claimed.promise;
        }
        return context.batchSlots.take(work);
      },
    };
    const first = take(text, { within: { ...inParts, batchSlots: late } });
    await expect(first).rejects.toMatchObject({ code: 'lease_lost' });
    heldUp.resolve();
    expect(await second.promise).toMatchObject({ outcome: 'stored' });
    expect(await rows(`SELECT status, error_code FROM scan_jobs ORDER BY id DESC LIMIT 1`)).toEqual([
      { status: 'completed', error_code: null },
    ]);
    await expectComplete();
  });
});

const hostWithPort = (port: number) =>
  `<host endtime="1700000000"><address addr="198.18.77.1" addrtype="ipv4"/><ports><port protocol="tcp" portid="${port}"><state state="open" reason="syn-ack" reason_ttl="64"/></port></ports></host>`;

it('combines hosts that a report lists port by port', async () => {
  const result = await take(
    `<nmaprun scanner="masscan" start="1700000000">${hostWithPort(80)}${hostWithPort(443)}${hostWithPort(80)}</nmaprun>`,
  );
  expect(result.survey.taken).toMatchObject({ hosts: 1, hostsUp: 1, openPorts: 2 });
  expect(result.survey.notTaken).toEqual([{ reason: 'repeated-host', count: 1 }]);
  await expectComplete();
});
