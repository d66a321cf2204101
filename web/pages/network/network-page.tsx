import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { Network } from '#contract/networks/network.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { discoverNetwork } from '../../actions/scans/discovery-actions.ts';
import { disableNetwork, enableNetwork, removeNetwork } from '../../actions/settings/network-actions.ts';
import { networkQuery } from '../../api/queries.ts';
import { buttonClass } from '../../components/controls/button.tsx';
import { EnabledBadge } from '../../components/feedback/badge.tsx';
import { PageHeading } from '../../components/lists/panel.tsx';
import { NotYet } from '../shell/not-found.tsx';
import { NetworkForm } from './network-form.tsx';
import { NetworkRuns } from './network-runs.tsx';
import { NetworkStats } from './network-stats.tsx';

const route = getRouteApi('/shell/networks/$id');

export function NetworkPage() {
  const { id } = route.useParams();
  const network = useQuery(networkQuery(id));
  if (network.data === undefined)
    return <NotYet confirmed={network} title="There is no such network" list="/networks" />;
  // What is typed for one network must not stand in the fields of the next.
  return (
    <Fragment key={id}>
      <NetworkHeader network={network.data} />
      <NetworkStats id={id} />
      <NetworkForm network={network.data} />
      <NetworkRuns network={network.data} />
    </Fragment>
  );
}

function NetworkHeader({ network }: { readonly network: Network }) {
  const navigate = useNavigate();
  const discover = useOffer(discoverNetwork, network);
  const enable = useOffer(enableNetwork, network);
  const disable = useOffer(disableNetwork, network);
  const remove = useOffer(removeNetwork, network, () => navigate({ to: '/networks' }));
  const { name, cidr, site, description, enabled } = network;
  return (
    <div className="flex flex-col gap-2">
      <PageHeading title={name}>
        <div className="flex flex-wrap items-center gap-2">
          <Link to="/hosts" search={{ filter: `ip:${cidr} and site:"${site}"` }} className={buttonClass()}>
            Its hosts
          </Link>
          <ActionButton offer={discover} variant="subtle" />
          <ActionButton offer={enable} variant="subtle" />
          <ActionButton offer={disable} variant="subtle" />
          <ActionButton offer={remove} variant="subtle" />
        </div>
      </PageHeading>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <EnabledBadge enabled={enabled} />
        {name !== cidr && <span className="font-mono">{cidr}</span>}
        <span>site {site}</span>
        {description !== null && <span className="break-words">{description}</span>}
      </p>
    </div>
  );
}
