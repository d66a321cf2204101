/**
 * Everything that tests, with one closing line: `N passed, N failed`, with `, N flaky` and `, N skipped` where there are any.
 *
 *   node scripts/test.ts                 each check below, then the whole suite
 *   node scripts/test.ts --long          the same, with every repetition: an hour instead of minutes
 *   node scripts/test.ts src/domain …    the build and the tests that vitest selects with these words
 *   node scripts/test.ts --static        each check below, no suite
 *
 * Each check counts as one test, as does a test file that could not be read. A test that failed is run again with nothing
 * beside it; one that passes then is reported as flaky.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { missingPreconditions } from './preconditions.ts';
import { add, type Count, failedFiles, judge, NOTHING, type Report, readReport } from './test-report.ts';

const ROOT = join(import.meta.dirname, '..');

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const BUILD: Check = { name: 'build', command: ['sh', 'scripts/dev.sh'] };
const CHECKS: readonly Check[] = [
  BUILD,
  { name: 'format', command: ['biome', 'check', '--error-on-warnings'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types of the web app', command: ['tsc', '-p', 'web/tsconfig.json'] },
  { name: 'dead code', command: ['knip', '--tsConfig', 'tsconfig.build.json'] },
];

const PASSED: Count = { ...NOTHING, passed: 1 };
const FAILED: Count = { ...NOTHING, failed: 1 };

/** More failed files than this are a defect and not chance; they are not run again. */
const MAX_RERUN_FILES = 12;

interface Ended {
  readonly ok: boolean;
  /** Empty where the command wrote straight to the terminal. */
  readonly output: string;
}

function run(command: readonly string[], stdio: 'pipe' | 'inherit'): Promise<Ended> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', stdio, stdio] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

async function runCheck({ name, command }: Check): Promise<Count> {
  const began = performance.now();
  const { ok, output } = await run(command, 'pipe');
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${ok ? '✓' : '✗'} ${name} (${seconds} s)`);
  if (ok) return PASSED;
  console.log(`  ${command.join(' ')}\n${output.trimEnd()}\n`);
  return FAILED;
}

async function runChecks(checks: readonly Check[]): Promise<Count> {
  let count = NOTHING;
  for (const check of checks) count = add(count, await runCheck(check));
  return count;
}

async function runVitest(
  args: readonly string[],
  folder: string,
): Promise<{ ok: boolean; report: Report | undefined }> {
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { ok } = await run(['vitest', 'run', ...reporters, ...args], 'inherit');
  const report = readReport(file);
  rmSync(file, { force: true });
  return { ok, report };
}

async function runSuite(words: readonly string[]): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'scanorama-report-'));
  try {
    const { ok, report } = await runVitest(words, folder);
    // Nothing selected, or a vitest that never started.
    if (report === undefined) return FAILED;
    const files = failedFiles(report);
    const { count, flaky } = judge(report, await rerunAlone(files, folder));
    for (const test of flaky)
      console.log(`FLAKY: failed in the suite, passed alone: ${relative(ROOT, test)}`);
    // An error outside of any test.
    return ok || files.length > 0 ? count : add(count, FAILED);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each file in turn with nothing beside it, so that a failure that depends on load or order becomes apparent. */
async function rerunAlone(files: readonly string[], folder: string): Promise<Report | undefined> {
  if (files.length === 0 || files.length > MAX_RERUN_FILES) return undefined;
  console.log(
    `\nRunning ${files.length} failed ${files.length === 1 ? 'file' : 'files'} again, one at a time …`,
  );
  const { report } = await runVitest(['--maxWorkers=1', '--isolate', ...files], folder);
  return report;
}

async function main(args: readonly string[]): Promise<void> {
  const isStatic = args.includes('--static');
  const words = args.filter((arg) => arg !== '--static' && arg !== '--long');
  if (args.includes('--long')) process.env['SCANORAMA_TEST_LONG'] = '1';
  const checked = await runChecks(isStatic || words.length === 0 ? CHECKS : [BUILD]);
  const total = isStatic ? checked : add(checked, await runSuite(words));
  const missing = isStatic ? '' : missingPreconditions();
  if (missing !== '') console.log(`\n${missing}\n`);
  const flaky = total.flaky > 0 ? `, ${total.flaky} flaky` : '';
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${flaky}${skipped}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
