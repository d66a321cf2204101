import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { completionScript, SHELLS } from '#cli/completion/completion.js';
import { COMMANDS } from '#cli/program/commands.js';
import { SCAN_TYPES } from '#domain/scans/scan-type.js';

/** What bash offers for the last of the words. */
function offered(...args: string[]): string[] {
  const line = ['scanorama', ...args].map((arg) => `'${arg}'`).join(' ');
  const script = `${completionScript('bash', COMMANDS)}
    COMP_WORDS=(${line}); COMP_CWORD=${args.length}; _scanorama; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: '/' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((arg) => arg !== '');
}

test.each<[string[], string[]]>([
  [['sc'], ['scan', 'scans', 'schedules']],
  [
    ['scans', ''],
    ['list', 'show', 'stop', 'resume', 'tag', 'diff', 'delete', 'undelete', 'purge'],
  ],
  [['scans', 're'], ['resume']],
  [['scan', '--per'], ['--per-host-rate']],
  [['scan', '127.0.0.1', '--dry'], ['--dry-run']],
  [['scan', '-t', ''], [...SCAN_TYPES]],
  [['scan', '--output', 'c'], ['csv']],
  [['scans', 'show', 'x', '-o', 'j'], ['json']],
  [
    ['--data-dir', 'scans', 'hosts', ''],
    [
      'list',
      'show',
      'history',
      'edit',
      'tag',
      'edits',
      'undo',
      'ignore',
      'unignore',
      'delete',
      'undelete',
      'purge',
    ],
  ],
  [['hosts', '--server', 'list', 's'], ['show']],
  [
    ['hosts', 'list', '--status', 'u'],
    ['up', 'unknown'],
  ],
  [['completion', 'f'], ['fish']],
  [['help', 'mig'], ['migrate']],
  [
    ['verify', '--js'],
    ['--json', '--json=stream'],
  ],
  [['verify', '--data-dir', 'et'], ['etc']],
  [['scan', '@et'], ['@etc']],
  [['scan', '--rate', ''], []],
  [['nonsense', 'scan', '--dry'], ['--dry-run']],
])('bash completes %j with %j', (args, candidates) => {
  expect(offered(...args).sort()).toEqual([...candidates].sort());
});

test.each(SHELLS)('the script for %s knows every verb and every flag', (shell) => {
  const script = completionScript(shell, COMMANDS);
  for (const command of COMMANDS) {
    for (const arg of command.path) expect(script).toContain(arg);
    for (const flag of command.flags ?? []) {
      const long = /--([a-z-]+)/.exec(flag.flags)?.[1] ?? '';
      expect(script).toMatch(shell === 'fish' ? new RegExp(`-l '${long}'`) : new RegExp(`--${long}[ ')|]`));
    }
  }
});
