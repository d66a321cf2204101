import { expect, test } from 'vitest';
import { VERBS } from '#cli/program/commands.js';
import { parseArgv } from '#cli/program.js';
import { runIn } from '../../../test/support/programs/cli-context.ts';
import { words } from '../../../test/support/programs/command-line.ts';

const LOOK = { version: '9.8.7', columns: 80, colour: false };
const parse = (line: string) => parseArgv(words(line), LOOK);

function textOf(line: string): string {
  const invocation = parse(line);
  if (invocation.kind !== 'text') throw new Error(`no text for ${line}`);
  return invocation.text;
}

test.each(VERBS.map((verb) => verb.path.join(' ')))('the help of `%s` has examples that parse', (path) => {
  const verb = VERBS.find((candidate) => candidate.path.join(' ') === path);
  const help = textOf(`${path} --help`);
  expect(help).toBe(textOf(`help ${path}`));
  expect(help).toContain(`Usage: scanorama ${path} `);
  expect(verb?.examples.length).toBeGreaterThan(0);
  for (const [line, effect] of verb?.examples ?? []) {
    expect(help).toContain(`  # ${effect}\n  scanorama ${line}\n`);
    expect(() => parse(line.replace(/ >.*/, ''))).not.toThrow();
  }
});

test('the name alone, --help and help say the same, and list every verb', () => {
  const help = textOf('');
  expect(textOf('--help')).toBe(help);
  expect(textOf('-h')).toBe(help);
  expect(textOf('help')).toBe(help);
  for (const verb of VERBS) expect(help).toMatch(new RegExp(`^  ${verb.path[0]} `, 'm'));
  expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(LOOK.columns);
});

// The usage of `smart-scan profile-recommendations` alone is 61 columns, and is no prose to be wrapped.
test.each([61, 80, 120])('the help of each verb wraps at %d columns', (columns) => {
  for (const verb of VERBS) {
    const help = parseArgv([...verb.path, '--help'], { ...LOOK, columns });
    if (help.kind !== 'text') throw new Error('no help');
    const prose = help.text.slice(0, help.text.indexOf('Examples:')).split('\n');
    expect(Math.max(...prose.map((line) => line.length)), verb.path.join(' ')).toBeLessThanOrEqual(columns);
  }
});

test('the help of a group lists its verbs', () => {
  for (const name of ['list', 'show', 'stop', 'resume', 'purge'])
    expect(textOf('scans -h')).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test.each([
  ['scans', 'list, show, stop, resume, tag, diff, delete, undelete or purge'],
  ['hosts', 'list, show, history, edit, tag, edits, undo, ignore, unignore, delete, undelete or purge'],
])('%s alone says what may follow it', async (group, verbs) => {
  const { exit, stderr } = await runIn({}, [group]);
  expect(exit).toBe(2);
  expect(stderr).toContain(`\`scanorama ${group}\` is followed by ${verbs}. [usage]`);
});

test.each(['--version', '-V'])('%s prints the version', (flag) => {
  expect(textOf(flag)).toBe('scanorama 9.8.7\n');
});

test('help has colour only where it is welcome', () => {
  const coloured = parseArgv(['--help'], { ...LOOK, colour: true });
  expect(coloured.kind === 'text' && coloured.text.includes('\u001b[1m')).toBe(true);
  expect(textOf('--help')).not.toContain('\u001b');
});
