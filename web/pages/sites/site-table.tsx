import { Link } from '@tanstack/react-router';
import type { Site } from '#contract/networks/site.js';
import { DataTable } from '../../components/lists/data-table.tsx';
import { CELL, LINKED_ROW, ROW_LINK } from '../../components/lists/table.ts';
import { countOf, formatCount } from '../../format/number.ts';

/** Networks of a scope that are named before they are counted. */
const NAMED = 3;

const FIGURES = ['hosts_listed', 'networks', 'workers'] as const;
const HEADS = { hosts_listed: 'Hosts', networks: 'Networks', workers: 'Workers' } as const;

export function SiteTable({ sites }: { readonly sites: readonly Site[] }) {
  const heads = FIGURES.map((name) => ({ title: HEADS[name], className: 'hidden text-right sm:table-cell' }));
  return (
    <DataTable heads={['Site', { title: 'Scope', className: 'w-full' }, ...heads]}>
      {sites.map((site) => (
        <tr key={site.id} className={LINKED_ROW}>
          <td className={`${CELL} max-sm:col-span-2 sm:min-w-48`}>
            <Link to="/sites/$id" params={{ id: site.id }} className={`${ROW_LINK} break-all`}>
              {site.name}
            </Link>
          </td>
          <td className={`${CELL} max-sm:col-span-2`}>
            <ScopeText scope={site.scope} />
            <p className="text-xs text-muted sm:hidden">
              {countOf(site.hosts_listed, 'host')}, {countOf(site.networks, 'network')},{' '}
              {countOf(site.workers, 'worker')}
            </p>
          </td>
          {FIGURES.map((name) => (
            <td key={name} className={`${CELL} hidden text-right tabular-nums sm:table-cell`}>
              {formatCount(site[name])}
            </td>
          ))}
        </tr>
      ))}
    </DataTable>
  );
}

function ScopeText({ scope }: Pick<Site, 'scope'>) {
  if (scope.length === 0) return <span className="text-muted">none: nothing limits what is scanned</span>;
  const more = scope.length - NAMED;
  return (
    <>
      <span className="font-mono text-xs break-all">{scope.slice(0, NAMED).join(', ')}</span>
      {more > 0 && <span className="text-xs text-muted"> and {formatCount(more)} more</span>}
    </>
  );
}
