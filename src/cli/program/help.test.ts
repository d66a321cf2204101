import { expect, test } from 'vitest';
import { COMMANDS } from '#cli/program/commands.js';
import { parseArgv } from '#cli/program.js';
import { runIn } from '../../../test/support/programs/cli-context.ts';
import { args } from '../../../test/support/programs/command-line.ts';

const OPTIONS = { version: '9.8.7', columns: 80, color: false };
const parse = (line: string) => parseArgv(args(line), OPTIONS);

function textOf(line: string): string {
  const invocation = parse(line);
  if (invocation.kind !== 'text') throw new Error(`no text for ${line}`);
  return invocation.text;
}

test.each(COMMANDS.map((command) => command.path.join(' ')))(
  'the help of `%s` has examples that parse',
  (path) => {
    const command = COMMANDS.find((candidate) => candidate.path.join(' ') === path);
    const help = textOf(`${path} --help`);
    expect(help).toBe(textOf(`help ${path}`));
    expect(help).toContain(`Usage: scanorama ${path} `);
    expect(command?.examples.length).toBeGreaterThan(0);
    for (const [line, effect] of command?.examples ?? []) {
      expect(help).toContain(`  # ${effect}\n  scanorama ${line}\n`);
      expect(() => parse(line.replace(/ >.*/, ''))).not.toThrow();
    }
  },
);

test('the name alone, --help and help print the same text, and list every command', () => {
  const help = textOf('');
  expect(textOf('--help')).toBe(help);
  expect(textOf('-h')).toBe(help);
  expect(textOf('help')).toBe(help);
  for (const command of COMMANDS) expect(help).toMatch(new RegExp(`^  ${command.path[0]} `, 'm'));
  expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(OPTIONS.columns);
});

// The usage of `smart-scan profile-recommendations` alone is 61 columns, and is no prose to be wrapped.
test.each([61, 80, 120])('the help of each verb wraps at %d columns', (columns) => {
  for (const command of COMMANDS) {
    const help = parseArgv([...command.path, '--help'], { ...OPTIONS, columns });
    if (help.kind !== 'text') throw new Error('no help');
    const prose = help.text.slice(0, help.text.indexOf('Examples:')).split('\n');
    expect(Math.max(...prose.map((line) => line.length)), command.path.join(' ')).toBeLessThanOrEqual(
      columns,
    );
  }
});

test('the help of a group lists its verbs', () => {
  for (const name of ['list', 'show', 'stop', 'resume', 'purge'])
    expect(textOf('scans -h')).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test.each([
  ['scans', 'list, show, stop, resume, tag, diff, delete, undelete or purge'],
  ['hosts', 'list, show, history, edit, tag, edits, undo, ignore, unignore, delete, undelete or purge'],
])('%s alone lists what may follow it', async (group, commands) => {
  const { exit, stderr } = await runIn({}, [group]);
  expect(exit).toBe(2);
  expect(stderr).toContain(`\`scanorama ${group}\` is followed by ${commands}. [usage]`);
});

test.each(['--version', '-V'])('%s prints the version', (flag) => {
  expect(textOf(flag)).toBe('scanorama 9.8.7\n');
});

test('help has color only where it is enabled', () => {
  const colored = parseArgv(['--help'], { ...OPTIONS, color: true });
  expect(colored.kind === 'text' && colored.text.includes('\u001b[1m')).toBe(true);
  expect(textOf('--help')).not.toContain('\u001b');
});
