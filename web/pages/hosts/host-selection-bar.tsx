import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { BulkEdit, HostEdit } from '#contract/hosts/edit.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { editHosts } from '../../actions/hosts/annotation-actions.ts';
import { groupsQuery } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { FilterSelect } from '../../components/controls/select.tsx';
import { SelectionBar, TagButtons } from '../../components/controls/selection-bar.tsx';
import type { Chosen, Selection } from '../../components/controls/use-selection.ts';
import { namesIn } from '../../format/names-in.ts';

/** Groups that are offered. */
const GROUPS_OFFERED = 1_000;

/** Hosts are filtered in the language of filters. */
export type HostSelection = Selection<string>;

interface HostSelectionBarProps {
  readonly selection: HostSelection;
  /** The static group whose hosts these are. */
  readonly outOf?: string | undefined;
}

/** Whom an edit of the chosen ones is of. */
function subjectOf(chosen: Chosen<string>): Pick<BulkEdit, 'host_ids' | 'filter'> {
  if ('ids' in chosen) return { host_ids: [...chosen.ids] };
  return chosen;
}

/** What can be done to the chosen hosts; nothing while none is chosen. */
export function HostSelectionBar({ selection, outOf }: HostSelectionBarProps) {
  const [text, setText] = useState('');
  const { perform, pending } = useAction(editHosts);
  const groups = useQuery({
    ...groupsQuery({ page_size: GROUPS_OFFERED }),
    enabled: selection.count > 0,
  });
  const names = namesIn(text);
  const edit = async (change: HostEdit) => {
    if (await perform({ ...subjectOf(selection.chosen), change })) setText('');
  };
  const fixed = groups.data?.data.filter(({ kind }) => kind === 'static').map(({ name }) => name) ?? [];
  return (
    <SelectionBar selection={selection} one="host">
      <TagButtons
        text={text}
        onText={setText}
        enabled={!pending && names.length > 0}
        onTags={(action) => void edit({ tags: { [action]: [...names] } })}
      />
      {fixed.length > 0 && (
        <FilterSelect
          label="Put into"
          all="group …"
          values={fixed}
          value={undefined}
          onChange={(name) => name !== undefined && void edit({ groups: { add: [name] } })}
        />
      )}
      {outOf !== undefined && (
        <Button pending={pending} onClick={() => void edit({ groups: { remove: [outOf] } })}>
          Take out of the group
        </Button>
      )}
    </SelectionBar>
  );
}
