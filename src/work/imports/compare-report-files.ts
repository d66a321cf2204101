import { compareReports, type ReportComparison } from '#report/nmap/compare-reports.js';
import { TextPieces } from '#report/text/decode-text.js';
import { ReportReading } from '#work/imports/report-hosts.js';
import { boundedReport } from '#work/imports/spooled-report.js';

/** What changed from one report of nmap to a later one; nothing is stored. Throws what reading one throws. */
export function compareReportFiles(
  before: AsyncIterable<Uint8Array>,
  after: AsyncIterable<Uint8Array>,
  nowMs: number,
): Promise<ReportComparison> {
  const hostsOf = (bytes: AsyncIterable<Uint8Array>) => new ReportReading(textOf(bytes), nowMs).hosts();
  return compareReports(hostsOf(before), hostsOf(after));
}

async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const pieces = new TextPieces();
  for await (const chunk of boundedReport(bytes)) yield pieces.write(chunk);
  yield pieces.end();
}
