import { expect, test } from 'vitest';
import { UID_BEGINNING } from '#domain/errors/uid.js';
import { changeOf } from '../../../test/support/hosts/host-change.ts';
import { HOST_ID, listAnswer, runIn } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

const OPTIONS = `GET /api/v1/hosts/${HOST_ID}`;

test('the history of a host is listed to its end, or as far as asked', async () => {
  const changes = Array.from({ length: 1_100 }, (_, index) => changeOf(index));
  const answers = { [`${OPTIONS}/history`]: listAnswer(changes) };
  const complete = await runIn({ answers }, ['hosts', 'history', HOST_ID, '--json']);
  expect(JSON.parse(complete.stdout)).toEqual(changes);
  const { stdout } = await runIn({ answers }, ['hosts', 'history', HOST_ID, '-n', '2', '--as-of', '1d']);
  expect(stdout.trimEnd().split('\n')).toHaveLength(3);
  expect(stdout).toMatch(/^OBSERVED +FACT +CHANGE +REASON +BY\n2026-.* 0\/tcp state +- → open +syn-ack +-\n/);
  const none = await runIn({ answers: { [`${OPTIONS}/history`]: listAnswer([]) } }, [
    'hosts',
    'history',
    HOST_ID,
  ]);
  expect(none.stdout).toBe('No changes.\n');
});

test('what a person said names its edit as `hosts undo` takes it, and the lines of a note are one', async () => {
  const note = { fact: 'note', protocol: null, port: null, reason: null, new_value: 'one\ntwo' };
  const history = [{ ...changeOf(1), ...note, actor: 'os:root', edit: SCAN_ID }];
  const answers = { [`${OPTIONS}/history`]: listAnswer(history) };
  const { stdout } = await runIn({ answers }, ['hosts', 'history', HOST_ID]);
  expect(stdout).toMatch(new RegExp(` note +- → one / two +- +os:root, edit ${SCAN_ID.slice(0, 13)}\n$`));
  const args = stdout.trimEnd().split(' ');
  expect(UID_BEGINNING.test(args.at(-1) ?? '')).toBe(true);
});
