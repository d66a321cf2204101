import { presentRefusal } from '#api/routes/selection.js';
import type { ScanDeletionOutcome, ScanTagsOutcome } from '#contract/scans/bulk.js';
import { changedBy, type ScanMark } from '#work/scans/delete-scan.js';
import type { DeleteScansOutcome } from '#work/scans/delete-scans.js';
import type { TagScansOutcome } from '#work/scans/tag-scans.js';

export function presentTagged(
  { scansMatched, scansChanged, moves, digest }: TagScansOutcome,
  dryRun: boolean,
): ScanTagsOutcome {
  return {
    scans_matched: scansMatched,
    scans_changed: scansChanged,
    moves: moves.map(({ action, tag, scans }) => ({ action, tag, scan_ids: [...scans] })),
    digest,
    dry_run: dryRun,
  };
}

export function presentDeletion(
  { marks, openPorts }: DeleteScansOutcome,
  dryRun: boolean,
): ScanDeletionOutcome {
  return {
    scans_matched: marks.length,
    scans_deleted: changedBy(marks).length,
    scans_refused: marks.filter(({ refused }) => refused !== undefined).length,
    open_ports: openPorts,
    dry_run: dryRun,
    results: presentMarks(marks, 'deleted'),
  };
}

export function presentMarks(
  marks: readonly ScanMark[],
  done: 'deleted' | 'restored',
): ScanDeletionOutcome['results'] {
  return marks.map(({ uid, scan, refused }) => {
    if (refused !== undefined) return { id: uid, outcome: 'refused', error: presentRefusal(refused) };
    return { id: uid, outcome: scan === undefined ? 'unchanged' : done, error: null };
  });
}
