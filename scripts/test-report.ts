import { readFileSync } from 'node:fs';

export interface Count {
  readonly passed: number;
  readonly failed: number;
  /** Failed in the suite, passed when their file was run again alone. */
  readonly flaky: number;
  readonly skipped: number;
}

export const NOTHING: Count = { passed: 0, failed: 0, flaky: 0, skipped: 0 };

export const add = (a: Count, b: Count): Count => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  flaky: a.flaky + b.flaky,
  skipped: a.skipped + b.skipped,
});

/** The part of vitest's JSON report that is read here. */
export interface Report {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  /** Absolute path. */
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

/** `undefined` where there is none, because vitest never started or was killed. */
export function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

export const failedFiles = (report: Report): readonly string[] =>
  report.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);

/** `file: test`; a file that fails outside of its tests, in an import or a hook, counts as one test. */
function failures({ testResults }: Report): readonly string[] {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      return failed.length === 0 ? [name] : failed.map(({ fullName }) => `${name}: ${fullName}`);
    });
}

export interface Verdict {
  readonly count: Count;
  readonly flaky: readonly string[];
}

/** `again` is the report of the failed files, each run alone; without it every failure counts as one. */
export function judge(report: Report, again: Report | undefined): Verdict {
  const failed = failures(report);
  const rerun = new Set(again?.testResults.map(({ name }) => name));
  const failedAgain = new Set(again === undefined ? [] : failures(again));
  const isFlaky = (failure: string): boolean => {
    const [file = ''] = failure.split(': ');
    // A file that cannot be imported now may have failed one test before.
    return rerun.has(file) && !failedAgain.has(failure) && !failedAgain.has(file);
  };
  const flaky = failed.filter(isFlaky);
  // Only in the second run: a test after the first failure of a file, or one that is flaky itself.
  const others = [...failedAgain].filter((failure) => !failed.includes(failure));
  return {
    count: {
      passed: report.numPassedTests,
      failed: failed.length - flaky.length + others.length,
      flaky: flaky.length,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    flaky,
  };
}
