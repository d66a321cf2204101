import { Link } from '@tanstack/react-router';
import type { Network } from '#contract/networks/network.js';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { formatCount } from '../../format/number.ts';

interface SiteNetworksProps {
  readonly networks: readonly Network[];
  /** How many there are, also those that are not shown. */
  readonly total: number;
}

/** The stored networks of a site. */
export function SiteNetworks({ networks, total }: SiteNetworksProps) {
  const more = total - networks.length;
  return (
    <Panel title="Networks">
      {networks.length === 0 && (
        <EmptyState title="No networks are stored here">
          <p>
            They are added on the page <Link to="/networks">Networks</Link>, or by a discovery.
          </p>
        </EmptyState>
      )}
      <ul className="flex flex-col gap-2 text-sm">
        {networks.map(({ id, name, cidr, hosts, hosts_up }) => (
          <li key={id} className="flex flex-wrap items-baseline gap-x-3">
            <Link to="/networks/$id" params={{ id }} className="font-medium break-all hover:text-accent">
              {name}
            </Link>
            {name !== cidr && <span className="font-mono text-xs text-muted">{cidr}</span>}
            <span className="text-muted">
              {formatCount(hosts_up)} of {formatCount(hosts)} up
            </span>
          </li>
        ))}
        {more > 0 && (
          <li className="text-muted">
            and {formatCount(more)} more, which are on the page{' '}
            <Link to="/networks" className="underline hover:text-accent">
              Networks
            </Link>
          </li>
        )}
      </ul>
    </Panel>
  );
}
