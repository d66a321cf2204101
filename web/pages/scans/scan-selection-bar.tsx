import { useState } from 'react';
import type { BulkScanDeletion } from '#contract/scans/bulk.js';
import type { ScanFilter } from '#contract/scans/scan.js';
import { ConfirmingButton } from '../../actions/actions/confirming-button.tsx';
import { useAction } from '../../actions/actions/use-action.ts';
import { deleteScans, previewDeletion, restoreScans, tagScans } from '../../actions/hosts/bulk-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { SelectionBar, TagButtons } from '../../components/controls/selection-bar.tsx';
import type { Chosen, Selection } from '../../components/controls/use-selection.ts';
import { RefusalList } from '../../components/lists/refusal-list.tsx';
import { namesIn } from '../../format/names-in.ts';
import { countOf } from '../../format/number.ts';

export type ScanSelection = Selection<ScanFilter>;

interface ScanSelectionBarProps {
  readonly selection: ScanSelection;
  /** Whether these are the deleted ones. */
  readonly isDeleted: boolean;
}

function subjectOf(chosen: Chosen<ScanFilter>): BulkScanDeletion {
  if ('ids' in chosen) return { scan_ids: [...chosen.ids] };
  return chosen;
}

/** What can be done to the chosen scans; nothing while none is chosen. */
export function ScanSelectionBar({ selection, isDeleted }: ScanSelectionBarProps) {
  const [text, setText] = useState('');
  const tagging = useAction(tagScans);
  const restoring = useAction(restoreScans);
  const names = namesIn(text);
  const { chosen } = selection;
  const tag = async (action: 'add' | 'remove') => {
    if (await tagging.perform({ ...subjectOf(chosen), tags: [...names], action })) setText('');
  };
  return (
    <SelectionBar selection={selection} one="scan">
      <TagButtons
        text={text}
        onText={setText}
        enabled={!tagging.pending && names.length > 0}
        onTags={(action) => void tag(action)}
      />
      {isDeleted ? (
        <Button
          disabled={restoring.pending}
          onClick={() => void restoring.perform('ids' in chosen ? chosen.ids : [])}
        >
          Restore
        </Button>
      ) : (
        <DeleteButton subject={subjectOf(chosen)} onDone={() => selection.none()} />
      )}
    </SelectionBar>
  );
}

function DeleteButton({
  subject,
  onDone,
}: {
  readonly subject: BulkScanDeletion;
  readonly onDone: () => void;
}) {
  return (
    <ConfirmingButton
      subject={subject}
      variant={previewDeletion}
      act={deleteScans}
      title={({ scans_deleted: scans }) => `Delete ${countOf(scans, 'scan')}?`}
      isEmpty={({ scans_deleted: scans }) => scans === 0}
      onDone={onDone}
    >
      {({ open_ports: ports, results }) => (
        <>
          <p>
            No list shows them any more, nor their {countOf(ports, 'open port')}. Nothing is removed: hosts
            keep what was found, and it can be undone.
          </p>
          <RefusalList one="scan" results={results} />
        </>
      )}
    </ConfirmingButton>
  );
}
