import { expect, test } from 'vitest';
import type { DoctorReport } from '#contract/workers/doctor.js';
import { runIn } from '../../../test/support/programs/cli-context.ts';

const REPORT: DoctorReport = {
  ok: false,
  checks: [
    { name: 'node', ok: true, found: 'v24.0.0 at /usr/bin/node', remedies: [] },
    {
      name: 'raw packets',
      ok: false,
      found: 'not allowed',
      remedies: [{ what: 'For a copy', command: 'sudo setcap cap_net_raw+ep /opt/node' }],
    },
  ],
  engines: [
    { name: 'connect', available: true, protocols: ['tcp', 'udp'], reason: null, hint: null },
    { name: 'syn', available: false, protocols: [], reason: 'It may not.', hint: 'Mend it.' },
  ],
};

test('shows each thing in a line, and each command alone on its own', async () => {
  const { exit, stdout, connections } = await runIn({ doctor: REPORT }, ['doctor']);
  expect(stdout.split('\n')).toEqual([
    'CHECK                 FOUND',
    'node         ok       v24.0.0 at /usr/bin/node',
    'raw packets  missing  not allowed',
    '',
    'ENGINE            PROBES',
    'connect  ok       tcp, udp',
    'syn      missing  It may not.',
    '',
    'raw packets',
    '  For a copy:',
    '    sudo setcap cap_net_raw+ep /opt/node',
    '',
    '1 thing could be mended.',
    '',
  ]);
  expect({ exit, connections }).toEqual({ exit: 0, connections: 0 });
});

test('says so when nothing is missing', async () => {
  const healthy = { ok: true, checks: REPORT.checks.slice(0, 1), engines: REPORT.engines.slice(0, 1) };
  const { stdout } = await runIn({ doctor: healthy }, ['doctor']);
  expect(stdout).toMatch(/\nNothing is missing\.\n$/);
});

test('is one document as JSON', async () => {
  const { stdout } = await runIn({ doctor: REPORT }, ['doctor', '--json']);
  expect(JSON.parse(stdout)).toEqual(REPORT);
});
