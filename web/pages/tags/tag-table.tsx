import { Link } from '@tanstack/react-router';
import type { Tag } from '#contract/labels/tag.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { removeTag } from '../../actions/hosts/tag-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { TagChips } from '../../components/hosts/tag-chips.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { ACTIONS_CELL, CELL, ROW, WIDE_CELL } from '../../components/lists/table.ts';
import { countOf } from '../../format/number.ts';

interface TagTableProps {
  readonly tags: readonly Tag[];
  readonly onEdit: (tag: Tag) => void;
}

export function TagTable({ tags, onEdit }: TagTableProps) {
  return (
    <DataTable heads={[{ title: 'Tag', className: 'w-full' }, 'Hosts', 'Scans', 'Actions']}>
      {tags.map((tag) => (
        <TagRow key={tag.name} tag={tag} onEdit={onEdit} />
      ))}
    </DataTable>
  );
}

const COUNT_CELL = `${CELL} whitespace-nowrap tabular-nums`;
const COUNT_LINK = 'underline decoration-dotted underline-offset-4 hover:text-accent';

function TagRow({ tag, onEdit }: Pick<TagTableProps, 'onEdit'> & { readonly tag: Tag }) {
  const remove = useOffer(removeTag, tag);
  const { name } = tag;
  return (
    <tr className={ROW}>
      <td className={WIDE_CELL}>
        <TagChips tags={[tag]} />
        <p className="mt-1 text-xs text-muted">
          made by {tag.created_by} <Ago time={tag.created_at} />
        </p>
      </td>
      <td className={COUNT_CELL}>
        <Link to="/hosts" search={{ filter: `tag:"${name}"` }} className={COUNT_LINK}>
          {countOf(tag.hosts, 'host')}
        </Link>
      </td>
      <td className={COUNT_CELL}>
        <Link to="/scans" search={{ tag: name }} className={COUNT_LINK}>
          {countOf(tag.scans, 'scan')}
        </Link>
      </td>
      <td className={ACTIONS_CELL}>
        <Button variant="bare" aria-label={`Edit ${name}`} onClick={() => onEdit(tag)}>
          Edit
        </Button>
        <ActionButton offer={remove} variant="bare" />
      </td>
    </tr>
  );
}
