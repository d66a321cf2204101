import { presentCounts } from '#api/routes/scans/change-counts.js';
import type { ReportDiff } from '#contract/scans/diff.js';
import { formatAddress } from '#domain/addresses/address.js';
import { systemClock } from '#net/send/system-clock.js';
import { compareReportFiles } from '#work/imports/compare-report-files.js';

/** In the shape that a comparison of two scans has. */
export async function compareReports(
  before: AsyncIterable<Uint8Array>,
  after: AsyncIterable<Uint8Array>,
): Promise<ReportDiff> {
  const { changes, counts, onlyBefore, onlyAfter } = await compareReportFiles(
    before,
    after,
    systemClock.now(),
  );
  return {
    counts: presentCounts(counts),
    not_comparable: { base: onlyBefore, scan: onlyAfter },
    changes: changes.map(({ address, ...change }) => ({
      ...change,
      ip: formatAddress(address),
      host_id: null,
    })),
  };
}
