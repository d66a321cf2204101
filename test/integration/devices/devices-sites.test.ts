import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localHeaders } from '#api/auth/local.js';
import { inProcessTransport } from '#app/transport.js';
import { createClient } from '#contract/api/client.js';
import { identifyDevices } from '#work/devices/identify-devices.js';
import { TWO_HOSTS } from '../../../src/report/fixtures/report-text.ts';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';

const ADDRESS = '198.18.0.1';

let lab: ApiLab;
let client: ReturnType<typeof createClient>;
beforeAll(async () => {
  lab = await openApiLab();
  client = createClient(inProcessTransport(lab.server, localHeaders(lab.server, 'os:tester')));
  await client.createSite({ name: 'branch' });
  for (const site of ['default', 'branch']) {
    const report = site === 'branch' ? TWO_HOSTS.replace('<!-- ', '<!-- there: ') : TWO_HOSTS;
    await client.importReport(Readable.from([Buffer.from(report)]), { site });
  }
  const next = TWO_HOSTS.replaceAll('198.18.0.1', '198.18.0.3').replaceAll('00:00:01', '00:00:03');
  await client.importReport(Readable.from([Buffer.from(next)]), { site: 'branch' });
  await identifyDevices(lab.context, new AbortController().signal);
});
afterAll(() => lab.close());

describe('a device at two sites', () => {
  test('is distinguished by its site, and named with both where no site is given', async () => {
    const home = await client.device(ADDRESS, { site: 'default' });
    const branch = await client.device(ADDRESS, { site: 'branch' });
    expect([home.site, branch.site]).toEqual(['default', 'branch']);
    expect(home.id).not.toBe(branch.id);
    const hint = expect.stringMatching(
      new RegExp(
        `^Name the site, .* give the id: ${home.id} \\(site default\\), ${branch.id} \\(site branch\\)\\.$`,
      ),
    );
    await expect(client.device(ADDRESS)).rejects.toMatchObject({
      code: 'conflict',
      message: `2 devices have "${ADDRESS}".`,
      hint,
      facts: { devices: [home, branch].map(({ id, site }) => ({ id, site })) },
    });
    await expect(client.device(ADDRESS, { site: 'nowhere' })).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no site named "nowhere".',
    });
    await expect(client.device('198.18.0.3', { site: 'default' })).rejects.toMatchObject({
      message: 'There is no device "198.18.0.3" at the site "default".',
    });
    expect((await client.device(ADDRESS, { site: 'Branch' })).id).toBe(branch.id);
    // An id needs no site.
    expect((await client.device(home.id, { site: 'branch' })).id).toBe(home.id);
  });

  test('is merged and split at the given site', async () => {
    await expect(client.mergeDevices([ADDRESS, '198.18.0.3'])).rejects.toMatchObject({ code: 'conflict' });
    const merged = await client.mergeDevices([ADDRESS, '198.18.0.3'], { site: 'branch' });
    expect(merged.after).toMatchObject([{ site: 'branch', address_count: 2 }]);
    await expect(client.splitDevice(ADDRESS, ['198.18.0.3'])).rejects.toMatchObject({ code: 'conflict' });
    const split = await client.splitDevice(ADDRESS, ['198.18.0.3'], { site: 'branch' });
    expect(split.after).toHaveLength(2);
    await client.undoDecision(split.decision ?? '');
    await client.undoDecision(merged.decision ?? '');
  });
});
