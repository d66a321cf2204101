import { expect, test } from 'vitest';
import { openInProcessProber } from '#prober/client/in-process.js';

test('a program without a prober process has the portable engine, and says why it has no other', async () => {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const { available, missing, facts } = await (await openInProcessProber(clock)).survey();
  expect(available).toEqual([{ name: 'connect', protocols: ['tcp'] }]);
  expect(missing.map(({ name }) => name)).toEqual(['syn', 'udp', 'ack', 'nmap', 'discovery']);
  expect(new Set(missing.map(({ code }) => code))).toEqual(new Set(['engine_unavailable']));
  expect(facts).toMatchObject({ where: 'in-process', rawPackets: false, nodePath: process.execPath });
});
