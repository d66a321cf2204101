import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { sitesQuery } from '../../api/queries.ts';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { present } from '../search.ts';
import { AddSiteForm } from './add-site-form.tsx';
import { SiteTable } from './site-table.tsx';

const route = getRouteApi('/shell/sites');
const PAGE_SIZE_ROWS = 50;

export function SitesPage() {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const sites = useQuery(sitesQuery({ page, page_size: PAGE_SIZE_ROWS }));
  return (
    <>
      <PageHeading title="Sites" />
      <AddSiteForm />
      <Panel title="Sites" flush aside={<ListTotal list={sites} one="site" />}>
        <ListBody
          list={sites}
          lines={3}
          onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined }) })}
        >
          {(shown) => <SiteTable sites={shown} />}
        </ListBody>
      </Panel>
    </>
  );
}
