import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Group } from '#contract/labels/group.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { removeGroup } from '../../actions/hosts/annotation-actions.ts';
import { groupHostsQuery, groupQuery } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { useSelection } from '../../components/controls/use-selection.ts';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { HostSelectionBar } from '../hosts/host-selection-bar.tsx';
import { HostTable } from '../hosts/host-table.tsx';
import { present } from '../search.ts';
import { NotYet } from '../shell/not-found.tsx';
import { EditGroupForm } from './edit-group-form.tsx';

const route = getRouteApi('/shell/groups/$id');
const PAGE_SIZE_ROWS = 50;

export function GroupPage() {
  const { id } = route.useParams();
  const group = useQuery(groupQuery(id));
  if (group.data === undefined)
    return <NotYet confirmed={group} title="There is no such group" list="/groups" />;
  return (
    <>
      <GroupHeader group={group.data} />
      <GroupHosts group={group.data} />
    </>
  );
}

function GroupHeader({ group }: { readonly group: Group }) {
  const navigate = useNavigate();
  const offer = useOffer(removeGroup, group, () => navigate({ to: '/groups' }));
  const [isEdited, setIsEdited] = useState(false);
  return (
    <div className="flex flex-col gap-2">
      <PageHeading title={group.name}>
        <div className="flex flex-wrap items-center gap-2">
          <Button aria-expanded={isEdited} onClick={() => setIsEdited(!isEdited)}>
            Edit
          </Button>
          <ActionButton offer={offer} variant="subtle" />
        </div>
      </PageHeading>
      {isEdited && <EditGroupForm group={group} onDone={() => setIsEdited(false)} />}
      {group.description !== null && <p className="text-sm break-words">{group.description}</p>}
      {group.rule !== null && <p className="font-mono text-sm break-all text-muted">{group.rule}</p>}
    </div>
  );
}

function GroupHosts({ group }: { readonly group: Group }) {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const hosts = useQuery(groupHostsQuery(group.id, { page, page_size: PAGE_SIZE_ROWS }));
  const selection = useSelection<string>(hosts.data?.data ?? []);
  return (
    <Panel title="Hosts" flush aside={<ListTotal list={hosts} one="host" />}>
      <HostSelectionBar selection={selection} outOf={group.kind === 'static' ? group.name : undefined} />
      <ListBody
        list={hosts}
        lines={6}
        empty={
          <EmptyState title={group.kind === 'rule' ? 'No host matches the rule.' : 'No hosts here'}>
            {group.kind === 'static' && (
              <p>Choose hosts in the list of hosts and put them into this group.</p>
            )}
          </EmptyState>
        }
        onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined }) })}
      >
        {(shown) => <HostTable hosts={shown} selection={selection} />}
      </ListBody>
    </Panel>
  );
}
