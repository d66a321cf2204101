import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startableRuns } from '#store/schedules/schedule-runs.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { beginDueRun } from '#work/schedules/schedule-runs.js';
import {
  HOUR_MS,
  MINUTE_MS,
  openScheduleLab,
  type ScheduleLab,
  START_MS,
} from '../../support/api/schedule-lab.ts';

let lab: ScheduleLab;
beforeEach(async () => {
  lab = await openScheduleLab();
});
afterEach(() => lab.close());

/** A run that failed and waits for its retry, while its scan continues. */
const resumed = async () => {
  await lab.make({ retries: 1, retryDelayMs: 5 * MINUTE_MS, maxFailures: 1 });
  await lab.runSchedulerAt(START_MS + HOUR_MS);
  await lab.endScan('failed');
  await lab.runSchedulerAt(START_MS + HOUR_MS + MINUTE_MS);
  expect(await lab.runs()).toMatchObject([{ state: 'pending', errorCode: 'engine_failed' }]);
  await resumeScan(lab.context, (await lab.runs())[0]?.scans[0]?.uid ?? '', 'a user');
};

describe('a run that is to be retried, and whose scan a user resumes', () => {
  const done = { state: 'completed', attempt: 1, errorCode: null, scans: [{ status: 'completed' }] };

  it('waits for it, and ends when it is completed', async () => {
    await resumed();
    await lab.runSchedulerAt(START_MS + HOUR_MS + 7 * MINUTE_MS);
    expect(await lab.statesOf()).toEqual([['01:00', 'pending']]);
    await lab.endScan('completed');
    await lab.runSchedulerAt(START_MS + HOUR_MS + 8 * MINUTE_MS);
    expect(await lab.runs()).toMatchObject([done]);
    expect((await lab.runs())[0]?.scans).toHaveLength(1);
    expect(await lab.shown()).toMatchObject({ enabled: true, failures: 0 });
  });

  it('does not begin where that was completed meanwhile', async () => {
    await resumed();
    await lab.endScan('completed');
    const nowMs = START_MS + HOUR_MS + 7 * MINUTE_MS;
    const [run] = await startableRuns(lab.db.store.read, { now: new Date(nowMs), tasksToo: true }, 1);
    if (run === undefined) throw new Error('there is a run to begin');
    await beginDueRun(lab.context, run, { nowMs, signal: lab.signal });
    expect(await lab.statesOf()).toEqual([['01:00', 'pending']]);
    await lab.runSchedulerAt(nowMs);
    expect(await lab.runs()).toMatchObject([done]);
  });

  it('is retried where it fails once more', async () => {
    await resumed();
    await lab.endScan('failed');
    await lab.runSchedulerAt(START_MS + HOUR_MS + 7 * MINUTE_MS);
    expect(await lab.runs()).toMatchObject([
      { state: 'running', attempt: 2, scans: [{}, { status: 'failed' }] },
    ]);
  });
});
