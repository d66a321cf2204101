import { expect, test } from 'vitest';
import type { ByteStream } from '#contract/api/request.js';
import type { ImportResult } from '#contract/scans/import.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { type Answer, runIn } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

const IMPORT = 'POST /api/v1/imports';

function resultOf(changes: Partial<ImportResult> = {}): ImportResult {
  return {
    outcome: 'stored',
    scan_id: SCAN_ID,
    name: 'a.xml',
    sha256: 'ab',
    size_bytes: 7,
    format: 'nmap-xml',
    scanner: 'nmap',
    scanner_version: '7.93',
    arguments: 'nmap x',
    started_at: null,
    partial: false,
    fault: null,
    taken: { hosts: 2, hosts_up: 1, open_ports: 3, other_ports: 4_000, services: 1, host_facts: 0 },
    not_taken: [],
    ...changes,
  };
}

const files = { 'a.xml': '<nmaprun/>', 'dir/b.xml': '<b/>', 'c.xml': '' };

test('each file is sent unchanged and reported on one line', async () => {
  const { exit, stdout, requests } = await runIn({ files, answers: { [IMPORT]: () => resultOf() } }, [
    'import',
    '--site',
    'branch',
    'a.xml',
    'dir/b.xml',
  ]);
  expect(exit).toBe(0);
  expect(stdout).toBe(
    ['a.xml', 'dir/b.xml']
      .map(
        (file) =>
          `${file}: imported as scan ${SCAN_ID}: 2 hosts (1 up), 3 open ports, 4,000 other ports, 1 service.\n`,
      )
      .join(''),
  );
  expect(requests.map(({ query }) => query)).toEqual([
    { name: 'a.xml', site: 'branch' },
    { name: 'b.xml', site: 'branch' },
  ]);
  expect(await textOf(requests[0]?.stream)).toBe('<nmaprun/>');
});

async function textOf(stream: ByteStream | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream?.chunks ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('missing parts and skipped values are reported', async () => {
  const fault = {
    reason: 'truncated',
    message: 'The XML is broken: unclosed tag: host',
    line: 12,
    column: 3,
  };
  const answer = resultOf({ partial: true, fault, not_taken: [{ reason: 'guessed-service', count: 2 }] });
  const { exit, stdout } = await runIn({ files, answers: { [IMPORT]: () => answer } }, ['import', 'a.xml']);
  expect(exit).toBe(3);
  expect(stdout).toContain('a.xml: imported in part as scan ');
  expect(stdout).toContain('  partial: read to line 12, column 3. The XML is broken: unclosed tag: host\n');
  expect(stdout).toContain('  not taken: services guessed from the port number (2)\n');
});

const runWith = (answer: ImportResult) =>
  runIn({ files, answers: { [IMPORT]: () => answer } }, ['import', 'a.xml']);

test('a failing scanner’s empty report is a failure, a report without hosts is none', async () => {
  const fault = { reason: 'scanner-failed', message: 'The scanner gave up: x', line: 1, column: 1 };
  const empty = resultOf({ outcome: 'empty', scan_id: null });
  expect(await runWith(empty)).toMatchObject({ exit: 0, stdout: expect.stringContaining('nothing stored') });
  expect((await runWith({ ...empty, partial: true, fault })).exit).toBe(1);
  expect(await runWith(resultOf({ outcome: 'already-stored' }))).toMatchObject({
    exit: 0,
    stdout: `a.xml: already imported as scan ${SCAN_ID}; nothing was added.\n`,
  });
});

const refusing: Answer = ({ query }) => {
  if (query?.['name'] === 'b.xml') throw new ScanoramaError('invalid_report', 'This is no report.');
  return resultOf();
};

test('one file’s failure does not keep the others from being tried', async () => {
  const fixture = { files, answers: { [IMPORT]: refusing } };
  const { exit, stdout } = await runIn(fixture, ['import', 'dir/b.xml', 'missing.xml', 'a.xml', '--json']);
  expect(exit).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject([
    { file: 'dir/b.xml', error: { code: 'invalid_report' } },
    { file: 'missing.xml', error: { code: 'file_unreadable' } },
    { file: 'a.xml', outcome: 'stored' },
  ]);
});

test.each([
  [['missing.xml'], 2],
  [['missing.xml', 'gone.xml'], 2],
  [['a.xml', 'missing.xml'], 2],
  [['dir/b.xml', 'missing.xml'], 1],
])('%j end as the first that failed would alone', async (names, expected) => {
  const fixture = { files, answers: { [IMPORT]: refusing } };
  expect((await runIn(fixture, ['import', ...names])).exit).toBe(expected);
});

test('one file alone fails as a command does', async () => {
  const { exit, stdout, stderr } = await runIn({ files, answers: { [IMPORT]: refusing } }, [
    'import',
    'dir/b.xml',
  ]);
  expect(exit).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('This is no report.');
});

test('the standard input is a file without a name', async () => {
  const { requests, stdout } = await runIn({ stdin: '<x/>', answers: { [IMPORT]: () => resultOf() } }, [
    'import',
    '-',
  ]);
  expect(requests[0]?.query).toEqual({});
  expect(await textOf(requests[0]?.stream)).toBe('<x/>');
  expect(stdout).toMatch(/^standard input: imported/);
});

test.each([[['import']], [['import', '-', '-']], [['import', 'a', '--site', '']]])(
  '%j is wrong usage',
  async (argv) => {
    expect((await runIn({}, argv)).exit).toBe(2);
  },
);
