import { expect, test } from 'vitest';
import type { BackupReport } from '#contract/workers/backup.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { type Fixture, runIn } from '../../../test/support/programs/cli-context.ts';

const report: BackupReport = {
  file: 'x.backup',
  size_bytes: 1_572_864,
  created_at: '2026-11-23T10:00:00.000Z',
  product_version: '9.8.7',
  format_version: 1,
  schema_version: 6,
  left_out: ['sessions'],
  rows: 1_201,
  tables: [
    { name: 'sites', rows: 1, sha256: 'ab' },
    { name: 'hosts', rows: 1_200, sha256: 'cd' },
  ],
};

test('says where the backup is and how much is in it', async () => {
  const probed: unknown[] = [];
  const fixture: Fixture = {
    backup: async ({ to, force }) => {
      probed.push([to, force]);
      return report;
    },
  };
  expect(await runIn(fixture, ['backup', 'x.backup', '--force'])).toMatchObject({
    exit: 0,
    stdout: 'x.backup: 1,201 rows of 2 tables, schema 6, 1.5 MiB.\n',
    stderr: '',
  });
  expect(JSON.parse((await runIn(fixture, ['backup', 'x.backup', '--json'])).stdout)).toEqual(report);
  expect(probed).toEqual([
    ['x.backup', true],
    ['x.backup', false],
  ]);
});

/** Hands three bytes to whatever the command line gave. */
const writing: Fixture = {
  backup: async ({ to }) => {
    if (typeof to === 'string') throw new Error('a path was given');
    await to(Uint8Array.of(0x61));
    await to(Uint8Array.of(0x00, 0xff));
    return report;
  },
};

test('- writes the bytes to the standard output and nothing else', async () => {
  expect(await runIn(writing, ['backup', '-'])).toMatchObject({
    exit: 0,
    stdout: 'a\u0000\u00ff',
    stderr: '',
  });
});

test('a reader that goes away is a failure: half a backup is none', async () => {
  const { exit, stderr } = await runIn({ ...writing, closesAfterWrites: 1 }, ['backup', '-']);
  expect(exit).toBe(1);
  expect(stderr).toContain('[backup_failed]');
});

test.each([
  [['backup', '-'], { ...writing, terminal: true }, 'no text for a terminal'],
  [['backup', '-', '--json'], writing, 'cannot both go'],
  [['backup', ''], writing, 'empty'],
  [['backup'], writing, 'file'],
  [
    ['backup', 'x', '--server', 'http://127.0.0.1:1'],
    writing,
    '--server does not go with `scanorama backup`, which works on this machine.',
  ],
])('%j is wrong usage', async (argv, fixture, given) => {
  const { exit, stderr } = await runIn(fixture, argv);
  expect({ exit, given: stderr.includes(given) }, stderr).toEqual({ exit: 2, given: true });
});

test('the first Ctrl-C is waited for until what was begun is taken back', async () => {
  let takenBack = false;
  const fixture: Fixture = {
    backup: (_request, { signal }, interrupts) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          setTimeout(() => {
            takenBack = true;
            reject(new ScanoramaError('interrupted', 'Interrupted.'));
          }, 20);
        });
        interrupts.deliver();
      }),
  };
  expect(await runIn(fixture, ['backup', 'x'])).toMatchObject({ exit: 130, stdout: '' });
  expect(takenBack).toBe(true);
});

test('a terminal sees how far it is, on one line that is taken back', async () => {
  const fixture: Fixture = {
    terminal: true,
    backup: async ({ progress }, io) => {
      progress({ table: 'hosts', copied: 1, tables: 2, rows: 7 });
      progress({ table: 'hosts', copied: 1, tables: 2, rows: 8 });
      io.notice('Something else.');
      return report;
    },
  };
  const { stderr } = await runIn(fixture, ['backup', 'x']);
  expect(stderr).toBe('\r\u001b[K1 of 2 tables  hosts: 7 rows\r\u001b[KSomething else.\n');
});
