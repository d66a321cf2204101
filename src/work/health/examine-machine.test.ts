import { expect, test } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import type { ProberFacts } from '#scan/engine/prober.js';
import { type DatabaseFacts, examineMachine, surveyOrDeath } from '#work/health/examine-machine.js';
import { PROBER_FACTS } from '../../../test/support/programs/work-context.ts';

const WELL: ProberFacts = {
  ...PROBER_FACTS,
  where: 'own-process',
  rawPackets: true,
  descriptorLimit: 65_536,
  nmapVersion: '7.95',
};
const DATABASE: DatabaseFacts = { isEmbedded: true, version: '18.4', problem: null };

function examined(facts: Partial<ProberFacts>, database = DATABASE) {
  const survey = { available: [], missing: [], facts: { ...WELL, ...facts } };
  return examineMachine(survey, database).checks.filter(({ isOk }) => !isOk);
}

test('a machine that has everything lacks nothing', () => {
  expect(examined({})).toEqual([]);
  expect(examined({ descriptorLimit: null })).toEqual([]);
});

test.each<[string, Partial<ProberFacts>, readonly string[]]>([
  ['raw packets', { rawPackets: false }, ['setcap cap_net_raw+ep', 'AmbientCapabilities=CAP_NET_RAW']],
  ['open files', { descriptorLimit: 1_024 }, ['ulimit -n 4000']],
  ['nmap', { nmapVersion: null }, ['apt-get install nmap']],
])('what is missing is named, with its commands: %s', (name, facts, commands) => {
  const [check] = examined(facts);
  expect(check?.name).toBe(name);
  expect(check?.remedies).toHaveLength(commands.length);
  for (const [at, command] of commands.entries()) expect(check?.remedies[at]?.command).toContain(command);
});

test('the shared Node.js is copied and never given the privilege itself', () => {
  const [check] = examined({ rawPackets: false, nodePath: "/opt/o'node" });
  const [copy] = check?.remedies ?? [];
  expect(copy?.command).toMatch(
    /^sudo install .* '\/opt\/o'\\''node' (\S+) && sudo setcap cap_net_raw\+ep \1 && /,
  );
  const [again] =
    examined({ rawPackets: false, nodePath: '/usr/local/lib/scanorama/node' })[0]?.remedies ?? [];
  expect(again?.command).toBe('sudo setcap cap_net_raw+ep /usr/local/lib/scanorama/node');
});

test('without a prober process, on purpose or by platform, it says what is given up', () => {
  const names = examined({ where: 'in-process', rawPackets: false }).map(({ name }) => name);
  expect(names).toEqual(['prober', 'raw packets']);
  const elsewhere = examined({ where: 'in-process', rawPackets: false, platform: 'darwin' });
  expect(elsewhere.map(({ name }) => name)).toEqual(['platform', 'prober', 'raw packets']);
  expect(elsewhere.flatMap(({ remedies }) => remedies)).toEqual([]);
});

test('a database that cannot be used is told with its reason', () => {
  const problem = { message: 'It exists for Linux.', hint: 'Use your own.' };
  expect(examined({}, { isEmbedded: true, version: null, problem })).toMatchObject([
    { name: 'database', found: 'It exists for Linux.', remedies: [{ what: 'Use your own.' }] },
  ]);
});

test('a prober that cannot be started is an answer, any other failure is not', async () => {
  const death = new ScanoramaError('prober_died', 'The prober process is gone.');
  const survey = await surveyOrDeath({ survey: () => Promise.reject(death) });
  expect(examineMachine(survey, DATABASE)).toMatchObject({
    checks: [
      { name: 'prober', isOk: false, found: death.message },
      { name: 'database', isOk: true },
    ],
    engines: [],
  });
  const odd = new TypeError('odd');
  await expect(surveyOrDeath({ survey: () => Promise.reject(odd) })).rejects.toBe(odd);
});
