import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importReport } from '#work/import-report.js';
import { expectWhole } from '../whole.ts';
import { type ApiLab, openApiLab } from './fixtures/api-lab.ts';

const never = new AbortController().signal;
let lab: ApiLab;
beforeAll(async () => {
  lab = await openApiLab();
});
afterAll(async () => {
  await expectWhole(lab.db.store.read);
  await lab.close();
});

describe('an import that fits a batch', () => {
  let minutes = 0;

  /** A report that asked port 1 of these hosts; gives its scan. */
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

  test('does not call its own new hosts seen again, and those of an earlier one it does', async () => {
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
