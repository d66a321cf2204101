import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { Network } from '#contract/network.js';
import { ActionButton } from '../../actions/action-button.tsx';
import { discoverNetwork } from '../../actions/discovery-actions.ts';
import { disableNetwork, enableNetwork, removeNetwork } from '../../actions/network-actions.ts';
import { useAction, useOffer } from '../../actions/use-action.ts';
import { isNotFound } from '../../api/failure.ts';
import { networkQuery } from '../../api/queries.ts';
import { EnabledBadge } from '../../components/badge.tsx';
import { buttonClass } from '../../components/button.tsx';
import { LoadFailure, Skeleton } from '../../components/notice.tsx';
import { PageHeading, Panel } from '../../components/panel.tsx';
import { NotFound } from '../shell/not-found.tsx';
import { NetworkForm } from './network-form.tsx';
import { NetworkRuns } from './network-runs.tsx';
import { NetworkStats } from './network-stats.tsx';

const route = getRouteApi('/shell/networks/$id');

export function NetworkScene() {
  const { id } = route.useParams();
  const network = useQuery(networkQuery(id));
  if (network.data === undefined) {
    if (isNotFound(network.error)) return <NotFound title="There is no such network" list="/networks" />;
    if (network.error) return <LoadFailure error={network.error} onRetry={() => void network.refetch()} />;
    return (
      <Panel>
        <Skeleton />
      </Panel>
    );
  }
  // What is typed for one network must not stand in the fields of the next.
  return (
    <Fragment key={id}>
      <NetworkHeader network={network.data} />
      <NetworkStats id={id} />
      <NetworkForm key={network.data.updated_at} network={network.data} />
      <NetworkRuns network={network.data} />
    </Fragment>
  );
}

function NetworkHeader({ network }: { readonly network: Network }) {
  const navigate = useNavigate();
  const discover = useOffer(discoverNetwork, network);
  const enable = useOffer(enableNetwork, network);
  const disable = useOffer(disableNetwork, network);
  const { perform, pending } = useAction(removeNetwork);
  const leave = async () => {
    if (await perform(network)) await navigate({ to: '/networks' });
  };
  const remove = {
    ...removeNetwork,
    tone: removeNetwork.tone,
    shortcut: undefined,
    available: true,
    pending,
    perform: () => void leave(),
  };
  const { name, cidr, site, description, enabled } = network;
  return (
    <div className="flex flex-col gap-2">
      <PageHeading title={name}>
        <div className="flex flex-wrap items-center gap-2">
          <Link to="/hosts" search={{ filter: `ip:${cidr} and site:"${site}"` }} className={buttonClass()}>
            Its hosts
          </Link>
          <ActionButton offer={discover} look="quiet" />
          <ActionButton offer={enable} look="quiet" />
          <ActionButton offer={disable} look="quiet" />
          <ActionButton offer={remove} look="quiet" />
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
