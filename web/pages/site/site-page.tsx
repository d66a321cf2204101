import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { Site } from '#contract/networks/site.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { removeSite } from '../../actions/settings/site-actions.ts';
import { networksQuery, siteQuery } from '../../api/queries.ts';
import { buttonClass } from '../../components/controls/button.tsx';
import { Figure, Figures } from '../../components/lists/figures.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { formatCount } from '../../format/number.ts';
import { ExclusionsPanel } from '../networks/exclusions-panel.tsx';
import { NotYet } from '../shell/not-found.tsx';
import { SiteForm } from './site-form.tsx';
import { SiteNetworks } from './site-networks.tsx';

const route = getRouteApi('/shell/sites/$id');
/** As many as a site has in practice; further ones are counted. */
const NETWORKS_SHOWN = 200;

export function SitePage() {
  const { id } = route.useParams();
  const site = useQuery(siteQuery(id));
  if (site.data === undefined) return <NotYet confirmed={site} title="There is no such site" list="/sites" />;
  return <OneSite key={site.data.id} site={site.data} />;
}

function OneSite({ site }: { readonly site: Site }) {
  const list = useQuery(networksQuery({ site: site.name, page_size: NETWORKS_SHOWN })).data;
  const networks = list?.data ?? [];
  return (
    <Fragment>
      <SiteHeader site={site} />
      <SiteFigures site={site} />
      <SiteForm key={`${site.name} ${site.scope.join(' ')}`} site={site} />
      {list && <SiteNetworks networks={networks} total={list.pagination.total_items} />}
      <ExclusionsPanel key={site.name} networks={networks} site={site.name} />
    </Fragment>
  );
}

function SiteHeader({ site }: { readonly site: Site }) {
  const remove = useOffer(removeSite, site);
  return (
    <PageHeading title={site.name}>
      <div className="flex flex-wrap items-center gap-2">
        <Link to="/hosts" search={{ filter: `site:"${site.name}"` }} className={buttonClass()}>
          Its hosts
        </Link>
        <ActionButton offer={remove} variant="subtle" />
      </div>
    </PageHeading>
  );
}

function SiteFigures({ site }: { readonly site: Site }) {
  const figures = [
    ['Hosts', site.hosts_listed],
    ['Networks', site.networks],
    ['Scans and discovery runs', site.scans_listed],
    ['Schedules', site.schedules],
    ['Exclusions of its own', site.exclusions],
    ['Running workers of its own', site.workers],
  ] as const;
  return (
    <Panel title="Figures">
      <Figures>
        {figures.map(([name, count]) => (
          <Figure key={name} name={name}>
            {formatCount(count)}
          </Figure>
        ))}
      </Figures>
    </Panel>
  );
}
