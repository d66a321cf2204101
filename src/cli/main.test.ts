import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageVersion } from '#app/package-root.js';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const NODE = [process.execPath, '--conditions=source', '--disable-warning=ExperimentalWarning'] as const;
const COMMAND = [...NODE, MAIN].map((arg) => `'${arg}'`).join(' ');

/** Through a shell, so that pipes and redirections are the real ones. */
async function shell(script: string) {
  const child = spawn('bash', ['-c', script.replaceAll('SCANORAMA', COMMAND)]);
  const texts = { stdout: '', stderr: '' };
  child.stdin.end();
  child.stdout.on('data', (data) => (texts.stdout += String(data)));
  child.stderr.on('data', (data) => (texts.stderr += String(data)));
  const exit = await new Promise((resolve) => child.once('close', resolve));
  return { exit, ...texts };
}

test('the program prints its version', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [...NODE.slice(1), MAIN, '--version']);
  expect(stdout).toBe(`scanorama ${await packageVersion()}\n`);
});

test('wrong usage is exit 2 with one sentence on stderr', async () => {
  expect(await shell('SCANORAMA scan --rate nonsense 127.0.0.1')).toEqual({
    exit: 2,
    stdout: '',
    stderr:
      'error: The value of --rate must be packets per second as a whole number, or max, not "nonsense". [usage]\n',
  });
});

test('a pipe that closes early ends quietly with 0', async () => {
  const script = 'SCANORAMA completion bash | true; echo "${PIPESTATUS[0]}"';
  expect(await shell(script)).toEqual({ exit: 0, stdout: '0\n', stderr: '' });
});

test('a mistyped data directory is told, and not made', async () => {
  const { exit, stdout, stderr } = await shell('SCANORAMA scans list --data-dir /nowhere/at/all');
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  expect(stderr).toMatch(/^error: There is nothing stored in \/nowhere\/at\/all yet\. \[not_found\]\nhint: /);
});

test.each([
  ['scans list', '/dev/null'],
  ['scan 127.0.0.1 -p 1', '/dev/null/below'],
])('%s tells that a file is in the way of the data directory %s', async (args, place) => {
  const { exit, stdout, stderr } = await shell(`SCANORAMA ${args} --data-dir ${place}`);
  expect({ exit, stdout }).toEqual({ exit: 5, stdout: '' });
  expect(stderr).toContain(
    `${place} cannot be used: there is a file in its way. [data_dir_unusable]\nhint: `,
  );
});

test('the help is as wide as COLUMNS says', async () => {
  const { stdout } = await shell('COLUMNS=60 SCANORAMA scan --help');
  const prose = stdout.slice(0, stdout.indexOf('Examples:')).split('\n');
  const widest = Math.max(...prose.map((line) => line.length));
  expect([widest > 50, widest <= 60]).toEqual([true, true]);
});

test('a full disk is a failure', async () => {
  const { exit, stderr } = await shell('SCANORAMA completion bash > /dev/full');
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^error: The output could not be written \(ENOSPC\)\. \[internal\]\n/);
});

test('stderr that is closed or full costs nothing', async () => {
  expect((await shell('SCANORAMA version 2> /dev/full')).stdout).toMatch(/^scanorama /);
  expect((await shell('SCANORAMA scna 2>&-')).exit).toBe(2);
});

test.each([
  ['@/', 'The file / is a directory. [file_unreadable]'],
  ['@/nowhere/at-all', 'The file /nowhere/at-all does not exist. [file_unreadable]'],
  ['@/dev/zero', 'The file /dev/zero is larger than 16 MiB. [file_unreadable]'],
  ['- < /dev/zero', 'The standard input is larger than 16 MiB. [file_unreadable]'],
  ['- < /dev/null', 'The list of targets is empty. [target_empty]'],
  ["@<(printf '\\xff')", 'is not UTF-8 text. [file_unreadable]'],
  ['@<(echo 127.0.0.256)', '[invalid_target]'],
])('targets from %s are refused', async (arg, message) => {
  const { exit, stdout, stderr } = await shell(`SCANORAMA scan ${arg}`);
  expect(stderr).toContain(message);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
});

test('an interruption while the standard input is read ends with 130 at once', async () => {
  // Writing to the first pipe waits until the program reads it, so that it is listening to signals by then;
  // the second never ends, because the shell itself holds it open.
  const script = `
    directory=$(mktemp -d); mkfifo "$directory/list" "$directory/endless"; exec 4<>"$directory/endless"
    SCANORAMA scan "@$directory/list" - <&4 & program=$!
    echo 127.0.0.1 > "$directory/list"; kill -TERM $program; wait $program; status=$?
    rm -r "$directory"; exit $status`;
  expect(await shell(script)).toEqual({
    exit: 130,
    stdout: '',
    stderr: 'error: Interrupted before it was done. [interrupted]\n',
  });
});

test('nothing on the way to --help loads the schemas, the application or the configuration', () => {
  const files = readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  expect(sources.length).toBeGreaterThan(30);
  for (const name of sources) {
    const text = readFileSync(new URL(name, import.meta.url), 'utf8');
    const loaded = [...text.matchAll(/^import (?!type )[^;]*? from '(?<from>[^']+)'/gm)].map(
      (match) => match.groups?.['from'] ?? '',
    );
    // `run-text` has no schema: the words that the page says of a run too.
    const heavy = loaded.filter((from) =>
      /^#contract\/(?!scans\/run-text)|^#app\/(?!package-root|terminal)|^#config\/|^zod|^#domain\/ports\/(?:ports|top-ports|service-name)\b/.test(
        from,
      ),
    );
    expect(heavy, name).toEqual([]);
  }
});
