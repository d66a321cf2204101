import { expect, test } from 'vitest';
import type { RestoreReport } from '#contract/workers/backup.js';
import { type Fixture, runIn } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

function reportOf(changes: Partial<RestoreReport> = {}): RestoreReport {
  return {
    drill: false,
    backup: {
      created_at: '2026-11-23T10:00:00.000Z',
      product_version: '9.8.7',
      format_version: 1,
      schema_version: 5,
      left_out: [],
      rows: 1_201,
      tables: [],
    },
    tables: [
      { name: 'sites', rows: 1, stored: 1 },
      { name: 'hosts', rows: 1_200, stored: 1_200 },
    ],
    schema_version: 6,
    held_scans: 1,
    held_scan_ids: [SCAN_ID],
    stopped_schedules: 0,
    stopped_schedule_names: [],
    keys: { usable: 2, revoked: 0 },
    integrity: {
      ok: true,
      faults: 0,
      checks: [{ name: 'orphans', description: 'None.', faults: 0, examples: [] }],
      started_at: '2026-11-23T10:00:00.000Z',
      duration_ms: 41,
    },
    ...changes,
  };
}

const files = { 'x.backup': 'bytes' };
const fixtureOf = (report: RestoreReport): Fixture => ({ files, restore: async () => report });

test('says that all is right, and what comes next; each table and check where that is asked', async () => {
  const { exit, stdout, stderr } = await runIn(fixtureOf(reportOf()), ['restore', 'x.backup']);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  const [created, ...lines] = stdout.split('\n');
  expect(created).toMatch(/^Backup of 2026-11-2\d \d\d:\d\d:\d\d by Scanorama 9\.8\.7, schema 5\.$/);
  expect(lines).toEqual([
    '2 tables are as in the backup, with 1,201 rows.',
    'No fault in 1 check, 41ms.',
    `Restored. The schema went from version 5 to 6. 1 scan that had not ended is held as cancelled: ${SCAN_ID}. \`scanorama scans resume ID\` goes on with one. 2 keys of the backup can be used, also if revoked since it was made: \`scanorama api-keys list\` shows them, and a restore with --revoke-keys revokes all. \`scanorama api-keys link\` signs a browser in.`,
    '',
  ]);
  const all = await runIn(fixtureOf(reportOf()), ['restore', 'x.backup', '--all']);
  expect(all.stdout.split('\n').slice(1, 9)).toEqual([
    'TABLE  BACKUP  RESTORED',
    'sites       1         1  ok',
    'hosts   1,200     1,200  ok',
    '2 tables are as in the backup, with 1,201 rows.',
    'CHECK    FAULTS',
    'orphans       0  ok',
    '',
    'No fault in 1 check, 41ms.',
  ]);
});

test('a table that lacks rows is shown, and none that has them', async () => {
  const tables = [...reportOf().tables, { name: 'ports', rows: 3, stored: 2 }];
  const { stdout } = await runIn(fixtureOf(reportOf({ tables })), ['restore', 'x.backup']);
  expect(stdout.split('\n').slice(1, 4)).toEqual([
    'TABLE  BACKUP  RESTORED',
    'ports       3         2  FAULT',
    '1 of 3 tables is not as in the backup.',
  ]);
});

test('keys are revoked where that is asked for, and a drill has none', async () => {
  const probed: boolean[] = [];
  const fixture: Fixture = {
    files,
    restore: async ({ revokeKeys }) => {
      probed.push(revokeKeys);
      return reportOf({ held_scans: 0, held_scan_ids: [], keys: { usable: 0, revoked: revokeKeys ? 2 : 0 } });
    },
  };
  const revoking = await runIn(fixture, ['restore', 'x.backup', '--revoke-keys']);
  expect(revoking.stdout).toContain('to 6. 2 keys of the backup are revoked now. `scanorama api-keys link`');
  const plain = await runIn(fixture, ['restore', 'x.backup']);
  expect(plain.stdout).toContain('to 6. No key can be used.');
  expect(probed).toEqual([true, false]);
  const drill = await runIn(fixture, ['restore', '--drill', '--revoke-keys', 'x.backup']);
  expect({ exit: drill.exit, given: drill.stderr }).toMatchObject({
    exit: 2,
    given: expect.stringContaining('[usage]'),
  });
});

test('of many scans that are held, some are named', async () => {
  const fixture = fixtureOf(reportOf({ held_scans: 1_002, held_scan_ids: ['one', 'two'] }));
  const { stdout } = await runIn(fixture, ['restore', 'x.backup']);
  expect(stdout).toContain(
    '1,002 scans that had not ended are held as cancelled: one, two and 1,000 more. `',
  );
});

test('a drill says that nothing was touched', async () => {
  const { stdout } = await runIn(fixtureOf(reportOf({ drill: true })), ['restore', '--drill', 'x.backup']);
  expect(stdout).toContain('\nThis backup can be restored. The scratch database is gone again;');
});

const faulty = reportOf({
  integrity: { ...reportOf().integrity, ok: false, faults: 2 },
});
const short = reportOf({ tables: [{ name: 'hosts', rows: 2, stored: 1 }] });

test.each([
  ['a fault that verify found', faulty],
  ['a table that lacks rows', short],
])('%s is exit 3', async (_what, report) => {
  const drill = { ...report, drill: true };
  const { exit, stdout } = await runIn(fixtureOf(drill), ['restore', '--drill', 'x.backup']);
  expect(exit).toBe(3);
  expect(stdout).toContain('This backup restores with faults.');
  const json = await runIn(fixtureOf(report), ['restore', 'x.backup', '--json']);
  expect(json.exit).toBe(3);
  expect(JSON.parse(json.stdout)).toEqual(report);
});

test('the bytes of a file or of the standard input are handed on as they are', async () => {
  const read: string[] = [];
  const fixture: Fixture = {
    files,
    stdin: 'piped',
    restore: async ({ from, drill }) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of from) chunks.push(chunk);
      read.push(`${Buffer.concat(chunks).toString()} ${drill}`);
      return reportOf();
    },
  };
  await runIn(fixture, ['restore', 'x.backup']);
  await runIn(fixture, ['restore', '--drill', '-']);
  expect(read).toEqual(['bytes false', 'piped true']);
});

test.each([
  [['restore', 'x.backup', '--server', 'http://127.0.0.1:1'], {}, 2, '--server does not go with'],
  [['restore', '-'], { terminal: true }, 2, 'No backup comes from a terminal'],
  [['restore', ''], {}, 2, 'empty'],
  [['restore', 'missing'], {}, 2, 'file_unreadable'],
])('%j is refused', async (argv, fixture, exit, given) => {
  const outcome = await runIn({ ...fixtureOf(reportOf()), ...fixture }, argv);
  expect(outcome.exit).toBe(exit);
  expect(outcome.stderr).toContain(given);
});

const pausing = async (stopped_schedules: number, stopped_schedule_names: readonly string[]) => {
  const report = reportOf({ stopped_schedules, stopped_schedule_names });
  return (await runIn(fixtureOf(report), ['restore', 'x.backup'])).stdout;
};
test('says which schedules are paused, so that none scans by itself', async () => {
  const goesOn = '`scanorama schedules enable NAME` lets one go on.';
  expect(await pausing(2, ['nightly', 'weekly'])).toContain(
    `2 schedules are paused: nightly, weekly. ${goesOn}`,
  );
  expect(await pausing(2, ['nightly'])).toContain(`2 schedules are paused: nightly and 1 more. ${goesOn}`);
  expect(await pausing(0, [])).not.toContain('paused');
});
