import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { HostEdit } from '#contract/host-edit.js';
import { editHosts } from '../../actions/annotation-actions.ts';
import { useAction } from '../../actions/use-action.ts';
import { groupsQuery } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { INPUT_CLASS } from '../../components/field.tsx';
import { FilterSelect } from '../../components/select.tsx';
import { countOf, formatCount } from '../../format/number.ts';
import { namesIn } from './names-in.ts';
import type { HostSelection } from './use-host-selection.ts';

/** Groups that are offered. */
const GROUPS_OFFERED = 1_000;

interface HostSelectionBarProps {
  readonly selection: HostSelection;
  /** The static group whose hosts these are. */
  readonly outOf?: string | undefined;
}

/** What can be done to the chosen hosts; nothing while none is chosen. */
export function HostSelectionBar({ selection, outOf }: HostSelectionBarProps) {
  const [text, setText] = useState('');
  const { perform, pending } = useAction(editHosts);
  const groups = useQuery({
    ...groupsQuery({ page_size: GROUPS_OFFERED }),
    enabled: selection.count > 0,
  });
  if (selection.count === 0) return null;
  const names = namesIn(text);
  const edit = async (change: HostEdit) => {
    if (await perform({ ...selection.subject, change })) setText('');
  };
  const fixed = groups.data?.data.filter(({ kind }) => kind === 'static').map(({ name }) => name) ?? [];
  return (
    <div
      role="toolbar"
      aria-label="Chosen hosts"
      className="flex flex-wrap items-center gap-2 border-y border-line bg-accent-soft px-4 py-2.5 text-sm sm:px-5"
    >
      <span className="font-medium">{countOf(selection.count, 'host')} chosen</span>
      {selection.count < selection.shown && (
        <Button look="bare" onClick={() => selection.all()}>
          All on this page
        </Button>
      )}
      {selection.more !== undefined && (
        <Button look="bare" onClick={() => selection.everything()}>
          {`All ${formatCount(selection.more)} that match`}
        </Button>
      )}
      <Button look="bare" onClick={() => selection.none()}>
        None
      </Button>
      <input
        aria-label="Tags"
        placeholder="tag, tag"
        autoCapitalize="off"
        className={`${INPUT_CLASS} ml-auto h-9 w-40!`}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button
        pending={pending}
        disabled={names.length === 0}
        onClick={() => void edit({ tags: { add: [...names] } })}
      >
        Add tags
      </Button>
      <Button
        pending={pending}
        disabled={names.length === 0}
        onClick={() => void edit({ tags: { remove: [...names] } })}
      >
        Remove tags
      </Button>
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
    </div>
  );
}
