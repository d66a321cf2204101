import { expect, test } from 'vitest';
import type { IntegrityReport } from '#contract/workers/health.js';
import { failing, runIn } from '../../../test/support/programs/cli-context.ts';

const VERIFY = 'POST /api/v1/health/integrity';
const STATUS = 'GET /api/v1/health/integrity';
const well = { name: 'duplicates', description: 'Ports stored twice.', faults: 0, examples: [] };
const ill = {
  name: 'orphans',
  description: 'Ports without a host.',
  faults: 1_200,
  examples: ['port 7', 'port\u001b[2J 8'],
};

function reportOf(changes: Partial<IntegrityReport>): IntegrityReport {
  return {
    ok: true,
    faults: 0,
    checks: [well],
    started_at: '2026-11-23T10:00:00.000Z',
    duration_ms: 41,
    ...changes,
  };
}

const answered = (report: IntegrityReport) => ({ answers: { [VERIFY]: () => report } });

test('all is well: exit 0', async () => {
  const { exit, stdout } = await runIn(answered(reportOf({})), ['verify']);
  expect({ exit, stdout }).toEqual({
    exit: 0,
    stdout: 'No fault in 1 check, 41ms.\n',
  });
  const all = await runIn(answered(reportOf({})), ['verify', '--all']);
  expect(all.stdout).toBe('CHECK       FAULTS\nduplicates       0  ok\n\nNo fault in 1 check, 41ms.\n');
});

test('a fault: exit 3, its figure, meaning and examples', async () => {
  const report = reportOf({ ok: false, faults: 1_200, checks: [well, ill] });
  const { exit, stdout, stderr } = await runIn(answered(report), ['verify']);
  expect({ exit, stderr }).toEqual({ exit: 3, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    'CHECK    FAULTS',
    'orphans   1,200  FAULT',
    '',
    'orphans: Ports without a host.',
    '  port 7',
    '  port\u{FFFD}[2J 8',
    '',
    '1,200 faults in 2 checks, 41ms.',
    '',
  ]);
});

test.each([[reportOf({ ok: true, checks: [ill] })], [reportOf({ ok: false })]])(
  'a report that contradicts itself is no good news',
  async (report) => {
    expect((await runIn(answered(report), ['verify'])).exit).toBe(3);
  },
);

test('JSON is the report', async () => {
  const report = reportOf({ ok: false, faults: 1_200, checks: [ill] });
  const { exit, stdout } = await runIn(answered(report), ['verify', '--json']);
  expect(exit).toBe(3);
  expect(JSON.parse(stdout)).toEqual(report);
});

test('a database that is away is exit 5', async () => {
  const fixture = { answers: { [VERIFY]: failing('database_unavailable', 'The database is away.') } };
  expect((await runIn(fixture, ['verify'])).exit).toBe(5);
});

/** A run that lasts until it was asked so many times how far it is. */
function lasting(probed: number, status: () => unknown) {
  const done = Promise.withResolvers<void>();
  let times = 0;
  return {
    answers: {
      [VERIFY]: () => done.promise.then(() => reportOf({})),
      [STATUS]: () => {
        times += 1;
        if (times === probed) done.resolve();
        return status();
      },
    },
  };
}

const reading = (percent: number) => ({
  ok: null,
  faults: null,
  checks: [],
  started_at: null,
  duration_ms: null,
  running: { started_at: '2026-11-23T10:00:00.000Z', percent, reading: 'port_scans' },
});

test('a terminal is told how far it is, in one line that is taken back', async () => {
  let percent = 0;
  const fixture = lasting(2, () => reading((percent += 25)));
  const { exit, stdout, stderr } = await runIn({ ...fixture, terminal: true }, ['verify']);
  expect(exit).toBe(0);
  expect(stdout).toContain('No fault in 1 check');
  const erase = '\r\u001b[K';
  expect(stderr.startsWith(`${erase}[####------------]  25%  reading port_scans${erase}`)).toBe(true);
  expect(stderr.endsWith(erase)).toBe(true);
});

test('what cannot be told of the progress costs nothing', async () => {
  const fixture = lasting(2, failing('not_found', 'An older server knows no progress.'));
  expect(await runIn({ ...fixture, terminal: true }, ['verify'])).toMatchObject({ exit: 0, stderr: '' });
});

test('elsewhere, and with JSON, nobody asks how far it is', async () => {
  const { calls, stderr } = await runIn(answered(reportOf({})), ['verify']);
  expect({ calls, stderr }).toEqual({ calls: [VERIFY], stderr: '' });
  const json = await runIn({ ...answered(reportOf({})), terminal: true }, ['verify', '--json']);
  expect({ calls: json.calls, stderr: json.stderr }).toEqual({ calls: [VERIFY], stderr: '' });
});
