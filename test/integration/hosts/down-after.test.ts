import { expect, it } from 'vitest';
import { addNetwork, changeNetwork } from '#work/networks/networks.js';
import { purgeScan } from '#work/scans/delete-scan.js';
import { DAY, minute, openStatusFixture } from '../../support/hosts/status-fixture.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';

const fixture = openStatusFixture();
const { run, lifecycle, host, statusChanges, events } = fixture;

it('is unknown, without events, after a week of runs that could not have received it, until it is seen again', async () => {
  await run(0, true);
  const deaf = { missing: ['tcp IPv4'] };
  for (const day of [1, 2, 3, 6]) await run(day * DAY, false, deaf);
  expect(await lifecycle()).toMatchObject({ status: 'up' });
  const { uid } = await run(7 * DAY, false, deaf);
  expect(await lifecycle()).toEqual({ status: 'unknown', misses: 0, flapping: false });
  expect(await host()).toMatchObject({ statusSince: minute(7 * DAY), statusScanUid: uid });
  expect(await events('host.down')).toBe(0);
  expect(await events('host.timeout')).toBe(0);
  await expectComplete(fixture.db.store.read);
  await purgeScan(fixture.context, uid, 'test');
  await run(8 * DAY, false, deaf);
  expect(await lifecycle()).toMatchObject({ status: 'unknown' });
  await run(9 * DAY, true, { kind: 'ports' });
  expect(await lifecycle()).toMatchObject({ status: 'up' });
  expect((await statusChanges()).map((change) => change.replace(' without scan', ''))).toEqual([
    'null>up',
    'up>unknown',
    'unknown>up',
  ]);
  await expectComplete(fixture.db.store.read);
});

it('has the down-after limit of the narrowest network that sets one', async () => {
  const stored = async (prefix: number) =>
    addNetwork(fixture.context, {
      cidr: `198.18.${fixture.network}.0/${prefix}`,
      description: null,
      site: 'default',
      actor: 'test',
    });
  const wide = await stored(24);
  const narrow = await stored(28);
  await changeNetwork(fixture.context, wide.uid, {
    input: { downAfterMisses: 1, goneAfterDays: 2 },
    actor: 'test',
  });
  await changeNetwork(fixture.context, narrow.uid, { input: { goneAfterDays: 1 }, actor: 'test' });
  await run(0, true);
  await run(60, false);
  expect(await lifecycle()).toMatchObject({ status: 'down' });
  await run(60 + DAY, false);
  expect(await lifecycle()).toMatchObject({ status: 'gone' });
});
