import { expect, test } from 'vitest';
import { HOST_ID, runIn } from '../../../test/support/programs/cli-context.ts';

const SEARCH = 'GET /api/v1/search';
const FOUND = [
  { kind: 'host', id: HOST_ID, title: '198.18.0.9', detail: 'printer, up, site default', filter: null },
  { kind: 'port', id: null, title: '443/tcp', detail: 'open on 2 hosts', filter: 'port:443/tcp' },
];

test('what was found is a table, or JSON', async () => {
  const answers = { [SEARCH]: () => ({ data: FOUND, more: [] }) };
  const shown = await runIn({ answers }, ['search', 'print', 'server', '-n', '9']);
  expect(shown.exit).toBe(0);
  expect(shown.requests[0]?.query).toEqual({ q: 'print server', limit: 9 });
  expect(shown.stdout).toBe(
    [
      'KIND  FOUND       DETAIL                     ID OR FILTER',
      `host  198.18.0.9  printer, up, site default  ${HOST_ID}`,
      'port  443/tcp     open on 2 hosts            port:443/tcp',
      '',
    ].join('\n'),
  );
  const json = await runIn({ answers }, ['search', '443', '--json']);
  expect(JSON.parse(json.stdout)).toEqual(FOUND);
});

test('an empty result is reported', async () => {
  const { exit, stdout } = await runIn({ answers: { [SEARCH]: () => ({ data: [], more: [] }) } }, [
    'search',
    'nothing',
  ]);
  expect([exit, stdout]).toEqual([0, 'Nothing found.\n']);
});

test.each([
  [
    ['198.18'],
    [{ kind: 'host', count: 1 }],
    'And 1 more host; `--limit 20` shows up to 20 of each kind, `scanorama hosts list --search 198.18` lists the hosts.\n',
  ],
  [
    ['printer', '-n', '20'],
    [
      { kind: 'host', count: 100 },
      { kind: 'scan', count: 2 },
    ],
    'And at least 100 more hosts, 2 more scans; more letters find fewer.\n',
  ],
])('results of %j that are not shown are counted beside the table', async (args, more, printed) => {
  const answers = { [SEARCH]: () => ({ data: FOUND, more }) };
  expect((await runIn({ answers }, ['search', ...args])).stderr).toBe(printed);
  expect((await runIn({ answers }, ['search', ...args, '--json'])).stderr).toBe('');
});

test.each([
  [['x'], 'has 2 to 100 characters, not 1'],
  [['x'.repeat(101)], 'has 2 to 100 characters, not 101'],
  [['web', '-n', '21'], 'At most 20 of each kind'],
])('an invalid search is refused before any request is sent: %j', async (args, problem) => {
  const { exit, stderr, connections } = await runIn({}, ['search', ...args]);
  expect(exit).toBe(2);
  expect(stderr).toContain(problem);
  expect(connections).toBe(0);
});
