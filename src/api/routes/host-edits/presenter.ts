import type { Edit, EditOutcome, UndoOutcome } from '#contract/hosts/edit.js';
import type { EditView } from '#store/edits/edits.js';
import type { EditOutcome as Outcome } from '#work/edits/record-edit.js';
import type { UndoOutcome as Undone } from '#work/edits/undo-edit.js';
import type { HostEditOutcome } from '#work/hosts/edit-hosts.js';

/** Where nobody counted which hosts were meant, those that changed were. */
export function presentOutcome(outcome: Outcome | HostEditOutcome, dryRun = false): EditOutcome {
  return {
    edit: outcome.edit,
    hosts_matched: 'hostsMatched' in outcome ? outcome.hostsMatched : outcome.hostsChanged,
    hosts_changed: outcome.hostsChanged,
    examples: [...outcome.examples],
    dry_run: dryRun,
  };
}

export function presentUndone({
  summary,
  edit,
  hostsChanged,
  scansChanged,
  examples,
  left,
}: Undone): UndoOutcome {
  return {
    summary,
    edit,
    hosts_changed: hostsChanged,
    scans_changed: scansChanged,
    examples: [...examples],
    left,
  };
}

export function presentEdit({ uid, actor, summary, createdAt, hosts, undoes, undoneBy }: EditView): Edit {
  return { id: uid, actor, summary, created_at: createdAt.toISOString(), hosts, undoes, undone_by: undoneBy };
}
