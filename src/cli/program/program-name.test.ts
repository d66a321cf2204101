import { expect, test } from 'vitest';
import { placeOf, spokenAs } from '#cli/program/program-name.js';
import { runIn } from '../../../test/support/programs/cli-context.ts';

test.each([
  [[], ''],
  [['scans', 'list', '--data-dir', '/srv/x'], ' --data-dir /srv/x'],
  [['--data-dir=/srv/a b', 'scans'], " --data-dir '/srv/a b'"],
  [['--server', 'http://127.0.0.1:8080', '--api-key', 'secret'], ' --server http://127.0.0.1:8080'],
  [['--database-url', 'postgres://a:b@localhost/c'], ' --database-url …'],
  [['--database-url=postgres://localhost/c?password=b'], ' --database-url …'],
  [['--database-url', 'postgres://a@localhost/c'], ' --database-url postgres://a@localhost/c'],
  [['scans', 'list', '--data-dir'], ''],
])('of %j a hint repeats %j', (argv, place) => {
  expect(placeOf(argv)).toBe(place);
});

test('every command of a text is written as it is to be called, and nothing else', () => {
  const calling = { program: './scanorama', place: ' --data-dir /x' };
  expect(spokenAs(calling, 'See `scanorama scans list`, or `nmap -oX`; scanorama is fine.')).toBe(
    'See `./scanorama scans list --data-dir /x`, or `nmap -oX`; scanorama is fine.',
  );
});

test('a command for another machine gets no place of this one', () => {
  const calling = { program: 'scanorama', place: ' --data-dir /x' };
  const text = '`scanorama worker --site branch --database-url …` starts one.';
  expect(spokenAs(calling, text)).toBe(text);
});

test('a command copied from a hint uses the same inventory', async () => {
  const { stderr } = await runIn({ answers: {} }, ['scans', 'show', 'nothing', '--data-dir', '/srv/x']);
  expect(stderr).toContain('hint: `scanorama scans list --data-dir /srv/x` shows the ids;');
});
