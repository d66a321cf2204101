import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { HostEdit } from '#contract/hosts/edit.js';
import type { HostDetail } from '#contract/hosts/host.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { editHosts } from '../../actions/hosts/annotation-actions.ts';
import { ownersQuery } from '../../api/queries.ts';
import { AddTags } from '../../components/forms/add-tags.tsx';
import { ChoiceField } from '../../components/forms/fields.tsx';
import { TagChips } from '../../components/hosts/tag-chips.tsx';
import { Panel } from '../../components/lists/panel.tsx';

/** How a host is marked, where it belongs and whose it is. */
export function HostTags({ host }: { readonly host: HostDetail }) {
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(editHosts, setError);
  const edit = (change: HostEdit) => {
    setError(undefined);
    return perform({ host_ids: [host.id], change });
  };
  return (
    <Panel title="Tags and owner">
      <div className="grid gap-5 sm:grid-cols-2">
        <div className="flex flex-col gap-3">
          {host.tags.length === 0 ? (
            <p className="text-sm text-muted">No tags.</p>
          ) : (
            <TagChips tags={host.tags} onRemove={(name) => void edit({ tags: { remove: [name] } })} />
          )}
          <AddTags error={error} pending={pending} onAdd={(names) => edit({ tags: { add: [...names] } })} />
        </div>
        <div className="flex flex-col gap-3">
          <OwnerField host={host} pending={pending} onChange={(owner) => void edit({ owner })} />
          {host.groups.length > 0 && (
            <p className="flex flex-wrap gap-x-3 gap-y-1 text-sm">
              <span className="text-muted">Groups</span>
              {host.groups.map((name) => (
                <Link
                  key={name}
                  to="/groups/$id"
                  params={{ id: name }}
                  className="text-accent underline-offset-2 hover:underline"
                >
                  {name}
                </Link>
              ))}
            </p>
          )}
        </div>
      </div>
    </Panel>
  );
}

interface OwnerFieldProps {
  readonly host: HostDetail;
  readonly pending: boolean;
  readonly onChange: (owner: string | null) => void;
}

/** Its own owner; that of its network is told beside. */
function OwnerField({ host, pending, onChange }: OwnerFieldProps) {
  const owners = useQuery(ownersQuery());
  const { owner } = host;
  const own = owner?.network === null ? owner.name : '';
  const names = [...new Set([...(owners.data?.data.map(({ name }) => name) ?? []), own])].filter(Boolean);
  const hint =
    owner === null
      ? 'Nobody; `scanorama owners add` stores one.'
      : [owner.contact, owner.network === null ? null : `${owner.name}, by the network ${owner.network}`]
          .filter(Boolean)
          .join(' · ');
  return (
    <ChoiceField
      label="Owner"
      hint={hint === '' ? undefined : hint}
      disabled={pending}
      terms={['', ...names]}
      texts={{ '': owner?.network === null || owner === null ? 'nobody' : 'that of its network' }}
      value={own}
      onChange={(name) => onChange(name === '' ? null : name)}
    />
  );
}
