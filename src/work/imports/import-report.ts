import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { findImport } from '#store/scans/imports.js';
import { siteIdByName } from '#store/sites/sites.js';
import type { WorkContext } from '#work/context/context.js';
import { identifyAfterScan } from '#work/devices/identify-devices.js';
import { ReportReading } from '#work/imports/report-hosts.js';
import { withSpooledReport } from '#work/imports/spooled-report.js';
import { AlreadyImported, goOnStoring, type ImportOrder, storeReport } from '#work/imports/store-report.js';
import { type ReportSurvey, surveyReport } from '#work/imports/survey-report.js';

/**
 * `stored`: now; `already-stored`: the same bytes were imported into this site before, and nothing was written;
 * `empty`: a report without a host that could be taken, nothing was written.
 */
export type ImportOutcome = 'stored' | 'already-stored' | 'empty';

export interface ImportResult {
  readonly outcome: ImportOutcome;
  /** The scan that holds it; null when there is none. */
  readonly scanUid: string | null;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly survey: ReportSurvey;
}

export interface ReportStream {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/**
 * Stores a report of nmap that arrives as a stream. One that fits a batch is stored in a single transaction, a larger
 * one batch by batch; after an interruption the same bytes go on where they were. Throws `invalid_report`,
 * `payload_too_large`, `not_found` for the site, `conflict` while the same report is being imported or when its scan is
 * deleted, `interrupted`.
 */
export function importReport(
  context: WorkContext,
  order: ImportOrder,
  { bytes, signal }: ReportStream,
): Promise<ImportResult> {
  return withSpooledReport(bytes, signal, async (spooled) => {
    const { sha256, sizeBytes } = spooled;
    const { read } = context.store;
    const siteId = await siteIdByName(read, order.site);
    const nowMs = context.clock.now();
    const reading = () => new ReportReading(spooled.read(), nowMs);
    const survey = await surveyReport(reading());
    const result = { sha256: sha256.toString('hex'), sizeBytes, survey };
    if (survey.positions === 0) return { ...result, outcome: 'empty', scanUid: null };
    const uid = createUid(nowMs, context.random(UID_RANDOM_BYTES));
    const report = { uid, siteId, order, sha256, sizeBytes, survey, hosts: () => reading().hosts() };
    const known = await findImport(read, siteId, sha256);
    if (known?.isDeleted === true) throw importIsDeleted(known.scanUid);
    try {
      if (known === undefined) await storeReport(context, report, signal);
      else if (known.status !== 'completed')
        await goOnStoring(context, { ...report, uid: known.scanUid }, signal);
      else return { ...result, outcome: 'already-stored', scanUid: known.scanUid };
      await identifyAfterScan(context);
      return { ...result, outcome: 'stored', scanUid: known?.scanUid ?? uid };
    } catch (error) {
      if (!(error instanceof AlreadyImported)) throw error;
      // By somebody else at the same time, or by ourselves when the answer to our commit was lost.
      const theirs = (await findImport(read, siteId, sha256))?.scanUid ?? null;
      return { ...result, outcome: theirs === uid ? 'stored' : 'already-stored', scanUid: theirs };
    }
  });
}

function importIsDeleted(uid: string): ScanoramaError {
  return new ScanoramaError('conflict', 'This report was imported before, and its scan is deleted.', {
    hint: `\`scanorama scans undelete ${uid}\` brings it back; after \`scanorama scans purge ${uid}\` it can be imported anew.`,
    at: uid,
  });
}
