import { expect, test } from 'vitest';
import { scanSummary } from '#cli/output/scan-report.js';
import { scanOf } from '../../../test/scan-view.ts';

const progress = { percent: 10, positions: 900, settled: 90, skipped: 8 };
const probes = { sent: 82, answered: 3 };

test('a scan that was stopped says what is done, and that it sent more than is counted', () => {
  const said = scanSummary(scanOf({ status: 'cancelled', progress, probes }));
  expect(said).toContain('at least 82 probes sent, 3 answered.');
  expect(said).toContain(
    ' It did not finish: of 900 probes planned, 90 are done, and what was sent to the others is not counted.',
  );
  expect(said).toContain(' Of 90 probes that are done, 8 were not sent: the address is excluded.');
});

test('one that goes on says what it has sent so far', () => {
  const said = scanSummary(scanOf({ status: 'running', completed_at: null, progress, probes }));
  expect(said).toContain(', 82 probes sent, 3 answered.');
  expect(said).not.toContain('did not finish');
});
