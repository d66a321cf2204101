/**
 * Everything that tests, with one closing line: `N passed, N failed`, and `, N skipped` where some were.
 *
 *   node scripts/test.ts                 each check below, then the whole suite
 *   node scripts/test.ts src/domain …    the build and the tests that vitest selects with these words
 *   node scripts/test.ts --static        each check below, no suite
 *
 * Each check counts as one test, as does a test file that could not be read.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { missingPreconditions } from './preconditions.ts';

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

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What vitest's JSON report is read for. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const NOTHING: Count = { passed: 0, failed: 0, skipped: 0 };
const PASSED: Count = { passed: 1, failed: 0, skipped: 0 };
const FAILED: Count = { passed: 0, failed: 1, skipped: 0 };

const add = (a: Count, b: Count): Count => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

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

async function runSuite(words: readonly string[]): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'scanorama-report-'));
  try {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { ok } = await run(['vitest', 'run', ...reporters, ...words], 'inherit');
    const count = readReport(file);
    // Nothing selected, an error outside of any test, or a vitest that never started.
    return ok || count.failed > 0 ? count : add(count, FAILED);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): Count {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return NOTHING;
  }
  const unreadable = report.testResults.filter(
    (result) => result.status === 'failed' && result.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unreadable.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function main(words: readonly string[]): Promise<void> {
  const isStatic = words.includes('--static');
  const checked = await runChecks(isStatic || words.length === 0 ? CHECKS : [BUILD]);
  const total = isStatic ? checked : add(checked, await runSuite(words));
  const missing = isStatic ? '' : missingPreconditions();
  if (missing !== '') console.log(`\n${missing}\n`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
