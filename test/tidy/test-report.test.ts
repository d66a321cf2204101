import { describe, expect, it } from 'vitest';
import { judge, type Report } from '../../scripts/test-report.ts';

type Status = 'passed' | 'failed' | 'skipped';

const file = (name: string, tests: Readonly<Record<string, Status>>, status?: Status) => ({
  name,
  status: status ?? (Object.values(tests).includes('failed') ? 'failed' : 'passed'),
  assertionResults: Object.entries(tests).map(([fullName, result]) => ({ fullName, status: result })),
});

function report(...testResults: ReturnType<typeof file>[]): Report {
  const count = (wanted: Status) =>
    testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === wanted)
      .length;
  return { numPassedTests: count('passed'), numPendingTests: count('skipped'), numTodoTests: 0, testResults };
}

describe('the verdict on a run of the tests', () => {
  it('counts every test of a run without failures', () => {
    const { count, flaky } = judge(report(file('a', { one: 'passed', two: 'skipped' })), undefined);
    expect(count).toEqual({ passed: 1, failed: 0, flaky: 0, skipped: 1 });
    expect(flaky).toEqual([]);
  });

  it('calls a test flaky that fails in the suite and passes alone, and names it', () => {
    const first = report(file('a', { one: 'failed', two: 'failed', three: 'passed' }));
    const again = report(file('a', { one: 'passed', two: 'failed', three: 'passed' }));
    expect(judge(first, again)).toEqual({
      count: { passed: 1, failed: 1, flaky: 1, skipped: 0 },
      flaky: ['a: one'],
    });
  });

  it('counts what failed as failed where it was not run again', () => {
    const first = report(file('a', { one: 'failed' }), file('b', { one: 'failed' }));
    expect(judge(first, undefined).count).toMatchObject({ failed: 2, flaky: 0 });
    expect(judge(first, report(file('b', { one: 'passed' }))).count).toMatchObject({ failed: 1, flaky: 1 });
  });

  it('counts a file that fails outside of its tests, in either run', () => {
    const broken = report(file('a', {}, 'failed'));
    expect(judge(broken, broken).count).toMatchObject({ failed: 1, flaky: 0 });
    expect(judge(broken, report(file('a', { one: 'passed' }))).count).toMatchObject({ failed: 0, flaky: 1 });
    expect(judge(report(file('a', { one: 'failed' })), broken).count.failed).toBeGreaterThan(0);
  });

  it('counts a test that fails only when it is run alone', () => {
    const first = report(file('a', { one: 'failed', two: 'passed' }));
    const again = report(file('a', { one: 'passed', two: 'failed' }));
    expect(judge(first, again).count).toEqual({ passed: 1, failed: 1, flaky: 1, skipped: 0 });
  });
});
