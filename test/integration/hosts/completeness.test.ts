import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VIRTUAL_ROUTERS } from '#domain/addresses/mac-kind.js';
import { completenessOf } from '#domain/hosts/completeness.js';
import { completenessScore, evidenceOf } from '#store/hosts/completeness.js';
import { type LabHost, openSmartLab, type SmartLab } from '../../support/api/smart-scan-lab.ts';

let lab: SmartLab;
beforeAll(async () => {
  lab = await openSmartLab();
});
beforeEach(() => lab.forgetAll());
afterAll(() => lab.close());

const HTTP = { name: 'http' };
/** A host of which everything is known. */
const KNOWN = { os: 'Linux', name: 'web.example', ports: [{ port: 80, service: HTTP }] };

describe('the completeness score', () => {
  const HOSTS: readonly (readonly [LabHost, number])[] = [
    [{ address: '127.87.0.1', daysAgo: 40 }, 0],
    [{ address: '127.87.0.2', daysAgo: 20 }, 10],
    [{ address: '127.87.0.3', ...KNOWN }, 100],
    [{ address: '127.87.0.4', name: 'dhcp-4.example', mac: '02:00:00:00:00:04' }, 20],
    [{ address: '127.87.0.5', name: 'ip-127-87-0-5', mac: '00:53:00:00:00:05' }, 40],
    [{ address: '127.87.0.6', customName: 'localhost' }, 40],
    [{ address: '127.87.0.7', ports: [{ port: 22, daysAgo: 31 }] }, 20],
    [{ address: '127.87.0.8', ports: [{ port: 22, daysAgo: 31, service: HTTP }, { port: 23 }] }, 40],
    [
      {
        address: '127.87.0.9',
        ports: [{ port: 22 }, { port: 53, protocol: 'udp', service: HTTP }, { port: 80 }],
      },
      46,
    ],
    ...VIRTUAL_ROUTERS.map(
      (prefix, at) =>
        [
          { address: `127.87.1.${at}`, mac: `${prefix}${'00:00:00:00:00:00'.slice(prefix.length)}` },
          20,
        ] as const,
    ),
    [{ address: '127.87.2.1', mac: '00:00:00:00:00:00' }, 20],
    [{ address: '127.87.2.2', mac: '01:00:5e:00:00:01' }, 20],
    [{ address: '127.87.2.3', ports: [{ port: 9099 }, { port: 9100 }, { port: 9109 }, { port: 9110 }] }, 50],
    [{ address: '127.87.2.4', ports: [{ port: 9100, protocol: 'udp' }] }, 40],
  ];

  it('is the same in the database and by the rules, in lists, filters and sort order', async () => {
    const uids = new Map<string, string>();
    for (const [host] of HOSTS) uids.set(host.address, await lab.storeHost(host));
    const { read } = lab.db.store;
    const now = new Date();
    const { rows } = await sql<{ id: number; address: string; score: number }>`
      SELECT id, host(ip_address) AS address, ${completenessScore(now)} AS score FROM hosts host`.execute(
      read,
    );
    const evidence = await evidenceOf(
      read,
      rows.map(({ id }) => id),
      now,
    );
    for (const { id, address, score } of rows) {
      const known = evidence.get(id);
      expect([address, known && completenessOf(known, now.getTime()).score]).toEqual([address, score]);
    }
    const expected = HOSTS.map(([{ address }, score]) => [address, score]);
    const listed = await lab.client.hosts({});
    expect(listed.data.map(({ ip, completeness_score }) => [ip, completeness_score])).toEqual(expected);
    const sorted = await lab.client.hosts({ sort_by: 'score', sort_order: 'desc' });
    const scores = sorted.data.map(({ completeness_score }) => completeness_score ?? -1);
    expect(scores).toEqual(scores.toSorted((one, other) => other - one));
    const few = await lab.client.hosts({ filter: 'score<40' });
    expect(few.data.map(({ ip }) => ip)).toEqual(
      HOSTS.filter(([, score]) => score < 40).map(([{ address }]) => address),
    );
    const shown = await lab.client.host('127.87.0.9');
    expect(shown.completeness_score).toBe(46);
    expect(shown.completeness).toContainEqual({
      part: 'services',
      points: 6,
      reason: 'What listens is known of 1 of 3 open ports.',
    });
  });

  it('is not returned as of a past time', async () => {
    await lab.storeHost({ address: '127.87.0.3', ...KNOWN });
    const as_of = new Date(Date.now() - 1_000).toISOString();
    for (const query of [
      { sort_by: 'score', as_of },
      { filter: 'score<60', as_of },
    ] as const)
      await expect(lab.client.hosts(query)).rejects.toMatchObject({
        code: 'not_in_history',
        at: 'score',
      });
  });
});
