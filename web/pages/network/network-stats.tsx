import { useQuery } from '@tanstack/react-query';
import { networkStatsQuery } from '../../api/queries.ts';
import { LoadFailure, Skeleton } from '../../components/feedback/notice.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { Figure, Figures } from '../../components/lists/figures.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { formatCount } from '../../format/number.ts';

/** Figures that are counted when somebody looks. */
export function NetworkStats({ id }: { readonly id: string }) {
  const stats = useQuery(networkStatsQuery(id));
  if (stats.data === undefined)
    return (
      <Panel title="Figures">
        {stats.isError ? (
          <LoadFailure error={stats.error} onRetry={() => void stats.refetch()} />
        ) : (
          <Skeleton lines={2} />
        )}
      </Panel>
    );
  const { hosts, open_ports, scans, last_seen, addresses, excluded_addresses } = stats.data;
  return (
    <Panel title="Figures">
      <Figures>
        <Figure name="Hosts up">
          {formatCount(hosts.up)} of {formatCount(hosts.total)}
        </Figure>
        <Figure name="Down, gone, unknown">
          {formatCount(hosts.down)}, {formatCount(hosts.gone)}, {formatCount(hosts.unknown)}
        </Figure>
        <Figure name="Open ports">{formatCount(open_ports)}</Figure>
        <Figure name="Addresses">
          {addresses}
          {excluded_addresses !== '0' && `, ${excluded_addresses} excluded`}
        </Figure>
        <Figure name="Scans that reached into it">{formatCount(scans.total)}</Figure>
        <Figure name="Last scan">
          {scans.last_started_at === null ? 'none yet' : <Ago time={scans.last_started_at} />}
        </Figure>
        <Figure name="Last response">{last_seen === null ? 'none yet' : <Ago time={last_seen} />}</Figure>
      </Figures>
    </Panel>
  );
}
