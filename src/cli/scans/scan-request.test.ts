import { expect, test } from 'vitest';
import { runIn } from '../../../test/support/programs/cli-context.ts';

const files = {
  good: '127.0.0.1\n127.0.0.2\n',
  bad: '# our lab\r\n127.0.0.1\r\n\r\n127.0.0.2, 127.0.0.256 # mistyped\r\n',
  multicast: '224.0.0.1',
  names: 'router.example',
  slip: '198.18.7.1\n198.18.7.1x\n',
};

async function failureOf(args: string, stdin = '') {
  const { exit, stderr, connections } = await runIn({ files, stdin }, [...args.split(' '), '--json']);
  const failure: unknown = JSON.parse(stderr);
  return { exit, connections, failure };
}

test.each([
  ['scan @good @bad', 'Line 4 of bad: "127.0.0.256" has an octet above 255.'],
  [
    'scan --dry-run @slip',
    'Line 2 of slip: "198.18.7.1x" is neither an address nor a name: it begins like an address.',
  ],
  ['scan @multicast', 'Line 1 of multicast: "224.0.0.1" is refused: 224.0.0.0/4 is multicast.'],
  [
    'scan @names -x @names',
    'Line 1 of names: "router.example" is a name, and only addresses can be excluded.',
  ],
  ['scan @names -x router.example', '"router.example" is a name, and only addresses can be excluded.'],
  ['scan @good 127.0.0.256', '"127.0.0.256" has an octet above 255.'],
])('%s: the line at fault is named where it came from a file', async (args, message) => {
  const { exit, connections, failure } = await failureOf(args);
  expect({ exit, connections }).toEqual({ exit: 2, connections: 0 });
  expect(failure).toMatchObject({ message, hint: expect.any(String) });
});

test('a fault in the standard input has its line, and keeps its word and code', async () => {
  expect((await failureOf('scan -', '127.0.0.1\n\nbad..host\n')).failure).toMatchObject({
    error: 'invalid_target',
    at: 'bad..host',
    message: expect.stringMatching(/^Line 3 of the standard input: "bad\.\.host" is not a name/),
  });
});

test('a word longer than an error repeats is found all the same', async () => {
  const { failure } = await failureOf('scan -', `::1\n${'x'.repeat(300)}\n`);
  expect(failure).toMatchObject({ message: expect.stringMatching(/^Line 2 of the standard input: "xxx/) });
});

test('a name that is too long is reported in plain words', async () => {
  const { failure } = await failureOf(`scan 127.0.0.1 --name ${'x'.repeat(101)}`);
  expect(failure).toMatchObject({
    error: 'usage',
    message: 'The value of --name is longer than 100 characters.',
  });
});
