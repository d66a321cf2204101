import { expect, test } from 'vitest';
import { wantsJson } from '#cli/program/run.js';
import { type Fixture, failing, listAnswer, runIn } from '../../../test/support/programs/cli-context.ts';

const HOSTS = 'GET /api/v1/hosts';

test('an unexpected failure is one sentence; its stack is for those who debug', async () => {
  const answers = {
    [HOSTS]: () => {
      throw new TypeError('x is not a function\nmore');
    },
  };
  const { exit, stdout, stderr, closed } = await runIn({ answers }, ['hosts', 'list']);
  expect({ exit, stdout, closed }).toEqual({ exit: 1, stdout: '', closed: 1 });
  expect(stderr).toBe('error: Something unexpected went wrong: x is not a function. [internal]\n');
  expect((await runIn({ answers, debug: true }, ['hosts', 'list'])).stderr).toMatch(/\n {4}at /);
});

test('an expected failure has no stack, even in debug mode', async () => {
  const fixture = { answers: { [HOSTS]: failing('forbidden', 'You may not.') }, debug: true };
  expect(await runIn(fixture, ['hosts', 'list'])).toMatchObject({
    exit: 4,
    stderr: 'error: You may not. [forbidden]\n',
  });
});

test('an interruption that no handler took over ends with 130 and closes the connection', async () => {
  let interrupt: (() => void) | undefined;
  const fixture: Fixture = {
    connect: async (_io, interrupts) => {
      interrupt = () => interrupts.deliver();
    },
    answers: {
      [HOSTS]: (request) => {
        interrupt?.();
        return listAnswer([])(request);
      },
    },
  };
  const { exit, stdout, stderr, closed } = await runIn(fixture, ['hosts', 'list', '--json']);
  expect({ exit, stdout, closed }).toEqual({ exit: 130, stdout: '', closed: 1 });
  expect(JSON.parse(stderr)).toEqual({ error: 'interrupted', message: 'Interrupted before it was done.' });
});

test.each([true, false])(
  'an interruption while connecting ends with 130 (connection fails: %s)',
  async (fails) => {
    const fixture: Fixture = {
      connect: async (io, interrupts) => {
        interrupts.deliver();
        expect(io.signal.aborted).toBe(true);
        if (fails) throw new Error('aborted');
      },
    };
    const { exit, calls, closed } = await runIn(fixture, ['hosts', 'list']);
    expect({ exit, calls, closed }).toEqual({ exit: 130, calls: [], closed: fails ? 0 : 1 });
  },
);

test('notices go to stderr, and are omitted with --json', async () => {
  const fixture: Fixture = {
    answers: { [HOSTS]: listAnswer([]) },
    connect: async (io) => io.notice('A \u001b[2Jdatabase was made.'),
  };
  expect((await runIn(fixture, ['hosts', 'list'])).stderr).toBe('A \u{FFFD}[2Jdatabase was made.\n');
  expect((await runIn(fixture, ['hosts', 'list', '--json'])).stderr).toBe('');
});

test('routine notices are printed only on a terminal', async () => {
  const fixture: Fixture = {
    answers: { [HOSTS]: listAnswer([]) },
    connect: async (io) => io.routine('Started the database.'),
  };
  expect((await runIn(fixture, ['hosts', 'list'])).stderr).toBe('');
  expect((await runIn({ ...fixture, terminal: true }, ['hosts', 'list'])).stderr).toBe(
    'Started the database.\n',
  );
});

test('help and version need no application', async () => {
  for (const argv of [[], ['--help'], ['scan', '-h'], ['--version'], ['version'], ['completion', 'bash']]) {
    const { exit, stdout, stderr, connections } = await runIn({}, argv);
    expect({ exit, stderr, connections }).toEqual({ exit: 0, stderr: '', connections: 0 });
    expect(stdout).not.toBe('');
  }
  expect(JSON.parse((await runIn({}, ['version', '--json'])).stdout)).toEqual({
    name: 'scanorama',
    version: '9.8.7',
  });
});

test('a reader that went away is no failure, whatever is printed', async () => {
  for (const argv of [
    ['--help'],
    ['version'],
    ['completion', 'zsh'],
    ['hosts', 'list'],
    ['hosts', 'list', '--json'],
  ]) {
    const fixture = { answers: { [HOSTS]: listAnswer([]) }, closesAfterWrites: 0 };
    expect(await runIn(fixture, argv)).toMatchObject({ exit: 0, stdout: '', stderr: '' });
  }
});

test.each([
  [['scan', '--json'], true],
  [['--json=stream', 'hosts', 'list'], true],
  [['scan', 'x', '-o', 'json'], true],
  [['scan', 'x', '--output=json'], true],
  [['scan', 'x', '-ojson'], true],
  [['scan', 'x', '--output', 'csv'], false],
  [['scan', '--', '--json'], false],
  [['scan', 'json'], false],
])('%j wants JSON: %s', (argv, wanted) => {
  expect(wantsJson(argv)).toBe(wanted);
});
