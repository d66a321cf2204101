import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { Tag } from '#contract/labels/tag.js';
import { tagPageQuery } from '../../api/queries.ts';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { present } from '../search.ts';
import { TagForm } from './tag-form.tsx';
import { TagTable } from './tag-table.tsx';

const route = getRouteApi('/shell/tags');
const PAGE_SIZE_ROWS = 50;

export function TagsPage() {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const tags = useQuery(tagPageQuery({ page, page_size: PAGE_SIZE_ROWS }));
  const [edited, setEdited] = useState<Tag>();

  function edit(tag: Tag): void {
    setEdited(tag);
    window.scrollTo({ top: 0 });
  }

  return (
    <>
      <PageHeading title="Tags" />
      <TagForm key={edited?.name} before={edited} onDone={() => setEdited(undefined)} />
      <Panel title="Tags" flush aside={<ListTotal list={tags} one="tag" />}>
        <ListBody
          list={tags}
          lines={4}
          empty={
            <EmptyState title="No tags yet">
              <p>One that is given to a host or a scan is made by that.</p>
            </EmptyState>
          }
          onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined }) })}
        >
          {(shown) => <TagTable tags={shown} onEdit={edit} />}
        </ListBody>
      </Panel>
    </>
  );
}
