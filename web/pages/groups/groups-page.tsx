import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Group } from '#contract/labels/group.js';
import { ActionMenu } from '../../actions/actions/action-menu.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { removeGroup } from '../../actions/hosts/annotation-actions.ts';
import { groupsQuery } from '../../api/queries.ts';
import { MoreIcon } from '../../components/feedback/icons.tsx';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { Dot } from '../../components/hosts/tag-chips.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { CELL, ROW } from '../../components/lists/table.ts';
import { formatCount } from '../../format/number.ts';
import { present } from '../search.ts';
import { CreateGroupForm } from './create-group-form.tsx';

const route = getRouteApi('/shell/groups');
const PAGE_SIZE_ROWS = 50;

export function GroupsPage() {
  const { page = 1, rule } = route.useSearch();
  const navigate = route.useNavigate();
  const groups = useQuery(groupsQuery({ page, page_size: PAGE_SIZE_ROWS }));
  return (
    <>
      <PageHeading title="Groups" />
      <CreateGroupForm key={rule} rule={rule ?? ''} />
      <Panel title="Groups" flush aside={<ListTotal list={groups} one="group" />}>
        <ListBody
          list={groups}
          lines={4}
          empty={
            <EmptyState title="No groups yet">
              <p>A group lists its hosts, or has whatever matches a filter.</p>
            </EmptyState>
          }
          onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined, rule }) })}
        >
          {(shown) => <GroupTable groups={shown} />}
        </ListBody>
      </Panel>
    </>
  );
}

function GroupTable({ groups }: { readonly groups: readonly Group[] }) {
  return (
    <DataTable
      heads={[
        { title: 'Group', className: 'w-full' },
        'Members',
        { title: 'Hosts', className: 'text-right' },
        'Actions',
      ]}
    >
      {groups.map((group) => (
        <GroupRow key={group.id} group={group} />
      ))}
    </DataTable>
  );
}

function GroupRow({ group }: { readonly group: Group }) {
  const remove = useOffer(removeGroup, group);
  const { name, description, kind, rule } = group;
  return (
    <tr className={ROW}>
      <td className={CELL}>
        <span className="inline-flex items-center gap-2">
          <Dot color={group.color} />
          <Link
            to="/groups/$id"
            params={{ id: group.id }}
            className="font-medium break-all hover:text-accent"
          >
            {name}
          </Link>
        </span>
        {description !== null && <p className="text-xs break-words text-muted">{description}</p>}
        {rule !== null && <p className="font-mono text-xs break-all text-muted">{rule}</p>}
      </td>
      <td className={`${CELL} whitespace-nowrap`}>{kind === 'rule' ? 'by rule' : 'listed'}</td>
      <td className={`${CELL} text-right tabular-nums`}>{formatCount(group.hosts)}</td>
      <td className={`${CELL} text-right`}>
        <ActionMenu label={`Actions of ${name}`} face={<MoreIcon />} offers={[remove]} />
      </td>
    </tr>
  );
}
