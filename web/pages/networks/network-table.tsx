import { Link } from '@tanstack/react-router';
import type { Network } from '#contract/networks/network.js';
import { ActionMenu } from '../../actions/actions/action-menu.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { discoverNetwork } from '../../actions/scans/discovery-actions.ts';
import { disableNetwork, enableNetwork, removeNetwork } from '../../actions/settings/network-actions.ts';
import { ChooseBox } from '../../components/controls/selection-bar.tsx';
import { EnabledBadge } from '../../components/feedback/badge.tsx';
import { MoreIcon } from '../../components/feedback/icons.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { CELL, ROW } from '../../components/lists/table.ts';
import { formatCount } from '../../format/number.ts';
import { siteSummary } from '../../format/scan-text.ts';
import type { NetworkSelection } from './network-selection-bar.tsx';

interface NetworkTableProps {
  readonly networks: readonly Network[];
  readonly selection: NetworkSelection;
}

export function NetworkTable({ networks, selection }: NetworkTableProps) {
  return (
    <DataTable
      heads={[
        { title: 'Network', className: 'w-full' },
        { title: 'Site', className: 'hidden sm:table-cell' },
        'State',
        { title: 'Hosts up', className: 'text-right' },
        { title: 'Excluded', className: 'hidden text-right sm:table-cell' },
        'Actions',
      ]}
    >
      {networks.map((network) => (
        <NetworkRow key={network.id} network={network} selection={selection} />
      ))}
    </DataTable>
  );
}

function NetworkRow({
  network,
  selection,
}: {
  readonly network: Network;
  readonly selection: NetworkSelection;
}) {
  const discover = useOffer(discoverNetwork, network);
  const enable = useOffer(enableNetwork, network);
  const disable = useOffer(disableNetwork, network);
  const remove = useOffer(removeNetwork, network);
  const { name, cidr, description } = network;
  return (
    <tr className={ROW}>
      <td className={CELL}>
        <ChooseBox selection={selection} id={network.id} name={name} />
        <Link
          to="/networks/$id"
          params={{ id: network.id }}
          className="font-medium break-all hover:text-accent"
        >
          {name}
        </Link>
        {name !== cidr && <span className="ml-2 font-mono text-xs text-muted">{cidr}</span>}
        {description !== null && <p className="text-xs break-words text-muted">{description}</p>}
      </td>
      <td className={`${CELL} hidden sm:table-cell`}>{network.site}</td>
      <td className={CELL}>
        <EnabledBadge enabled={network.enabled} />
      </td>
      <td className={`${CELL} tabular-nums sm:text-right`}>
        {formatCount(network.hosts_up)} <span className="text-muted">of {formatCount(network.hosts)}</span>
        <span className="text-muted sm:hidden"> up{siteSummary(network.site)}</span>
      </td>
      <td className={`${CELL} hidden text-right tabular-nums sm:table-cell`}>
        {formatCount(network.excluded_addresses)}
      </td>
      <td className={`${CELL} text-right`}>
        <div className="-my-2">
          <ActionMenu
            label={`Actions of ${name}`}
            face={<MoreIcon />}
            offers={[discover, enable, disable, remove]}
          />
        </div>
      </td>
    </tr>
  );
}
