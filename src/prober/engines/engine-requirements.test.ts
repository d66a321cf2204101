import { expect, test } from 'vitest';
import { type EngineMakers, openEngines } from '#prober/engines/engine-requirements.js';
import type { Engine } from '#scan/engine/engine.js';
import { PROBER_FACTS } from '../../../test/support/programs/work-context.ts';

const clock = { now: () => 0, monotonic: () => 0 };
const unresponsive = { next: () => Promise.resolve({ done: true as const, value: undefined }) };

function creator(name: Engine['name']): () => Engine {
  return () => ({ name, protocols: ['tcp'], run: () => ({ [Symbol.asyncIterator]: () => unresponsive }) });
}

const ALL: EngineMakers = {
  connect: creator('connect'),
  syn: creator('syn'),
  udp: creator('udp'),
  ack: creator('ack'),
  nmap: creator('nmap'),
  discovery: creator('discovery'),
};
const PROCESS = {
  ...PROBER_FACTS,
  where: 'own-process',
  rawPackets: true,
  liveHosts: true,
  nmapVersion: '7.95',
} as const;

test('every engine is opened where its need is met', () => {
  const { engines, missing } = openEngines(ALL, { clock, facts: PROCESS });
  expect(engines.map(({ name }) => name)).toEqual(['syn', 'connect', 'udp', 'ack', 'nmap', 'discovery']);
  expect(missing).toEqual([]);
});

test('without the privilege the raw engines are missing, each with the exact command', () => {
  const { engines, missing } = openEngines(ALL, { clock, facts: { ...PROCESS, rawPackets: false } });
  expect(engines.map(({ name }) => name)).toEqual(['connect', 'udp', 'nmap', 'discovery']);
  for (const { code, hint } of missing) {
    expect(code).toBe('privilege_missing');
    expect(hint).toContain(`sudo install -D -m 0750 -g "$(id -gn)" ${PROCESS.nodePath} `);
    expect(hint).toContain('setcap cap_net_raw+ep');
  }
});

test('without nmap its scans are missing, and how to install it is said', () => {
  const { missing } = openEngines(ALL, { clock, facts: { ...PROCESS, nmapVersion: null } });
  expect(missing).toMatchObject([{ name: 'nmap', code: 'engine_unavailable' }]);
  expect(missing[0]?.hint).toContain('apt-get install nmap');
});

test('where hosts cannot be swept, no discovery is to be had, and why is said', () => {
  const { missing } = openEngines(ALL, { clock, facts: { ...PROCESS, liveHosts: false } });
  expect(missing).toMatchObject([{ name: 'discovery', code: 'engine_unavailable' }]);
  const facts = { ...PROCESS, where: 'in-process', liveHosts: false } as const;
  const inside = openEngines(ALL, { clock, facts }).missing.find(({ name }) => name === 'discovery');
  expect(inside?.hint).toContain('unset SCANORAMA_PROBER');
});
