import type { ChildProcess } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ended,
  runProgram,
  startProgram,
  type TemporaryDataDir,
  temporaryDataDir,
} from '../support/programs/program.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: the torture runs on Linux alone');

const WAIT = { timeout: 60_000, interval: 20 };

const kinds = z.array(z.object({ kind: z.string(), hits: z.number() }));
const report = z.object({
  ok: z.boolean(),
  seed: z.number(),
  rounds: z.number(),
  open_ports: z.number(),
  kinds,
  broken: z.null(),
  directory: z.null(),
});

/** Processes that work in a directory, or name it in their arguments. */
async function processesIn(directory: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(
    pids.map(async (pid) => {
      const texts = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return `${texts} ${place}`.includes(directory) ? [`${pid} ${texts}`] : [];
    }),
  );
  return seen.flat();
}

let temporary: TemporaryDataDir;
let own: TemporaryDataDir;
beforeEach(async () => {
  temporary = await temporaryDataDir();
  own = await temporaryDataDir();
});
afterEach(async () => {
  await temporary.remove();
  await own.remove();
});

/** With a temporary directory of its own, and a user's data that it must not touch. */
const fixture = () => ({ environment: { TMPDIR: temporary.path, SCANORAMA_DATA_DIR: own.path } });

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(temporary.path)).toEqual([]);
  // An initdb that was asked to stop takes some time.
  await expect.poll(() => processesIn(temporary.path), { interval: 50 }).toEqual([]);
  expect(await readdir(own.path)).toEqual([]);
}

/** Resolves when the program has printed text that matches, apart from its result. */
function printedBy(program: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    program.stderr?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (pattern.test(text)) resolve();
    });
    program.once('close', () => reject(new Error(`it ended before it printed ${pattern}: ${text}`)));
  });
}

it.skipIf(!isLinux)(
  'a user injects faults into two scans, the report shows no loss, and nothing is left behind',
  { timeout: 180_000 },
  async () => {
    const texts = ['torture', '--rounds', '2', '--seed', '11', '--json'];
    const { code, stdout, stderr } = await runProgram(texts, fixture());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const reported = report.parse(JSON.parse(stdout));
    expect(reported).toMatchObject({ ok: true, seed: 11, rounds: 2 });
    expect(reported.open_ports).toBeGreaterThan(0);
    expect(reported.kinds.map(({ kind }) => kind)).toContain('freeze');
    await expectNothingLeft();
  },
);

it.skipIf(!isLinux).each([
  [
    'while the database starts',
    async () => expect.poll(() => processesIn(temporary.path), WAIT).not.toEqual([]),
  ],
  ['while scans run', (program: ChildProcess) => printedBy(program, /^Round 1: /m)],
] as const)('Ctrl-C takes everything away, %s', { timeout: 120_000 }, async (_when, asOf) => {
  const program = startProgram(['torture', '--rounds', '50'], fixture());
  const end = ended(program);
  await asOf(program);
  program.kill('SIGINT');
  expect(await end).toMatchObject({ code: 130 });
  await expectNothingLeft();
});

it.skipIf(!isLinux).each([
  ['kill -9', (program: ChildProcess) => program.kill('SIGKILL')],
  [
    'a second Ctrl-C',
    (program: ChildProcess) => {
      program.kill('SIGINT');
      program.kill('SIGINT');
    },
  ],
] as const)(
  'nothing outlives a torture that leaves at once: %s',
  { timeout: 120_000 },
  async (_how, leave) => {
    const program = startProgram(['torture', '--rounds', '50'], fixture());
    const end = ended(program);
    await printedBy(program, /^Round 1: /m);
    leave(program);
    await end;
    await expect.poll(() => readdir(temporary.path), WAIT).toEqual([]);
    await expectNothingLeft();
  },
);
