import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Exclusion } from '#contract/networks/exclusion.js';
import type { Network } from '#contract/networks/network.js';
import { exclusionPlaceText } from '#domain/targets/exclusion.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { removeExclusion } from '../../actions/settings/network-actions.ts';
import { exclusionsQuery } from '../../api/queries.ts';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { ListBody } from '../../components/lists/list-body.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { ACTIONS_CELL, CELL, ROW, WIDE_CELL } from '../../components/lists/table.ts';
import { useSiteNames } from '../fields/site-field.tsx';
import { EVERYWHERE, ExclusionForm, placesOf } from './exclusion-form.tsx';

const PAGE_SIZE_ROWS = 50;

interface ExclusionsPanelProps {
  readonly networks: readonly Network[];
  /** Only of this site and its networks. */
  readonly site?: string;
}

/** What gets no packet, from every scan, and how to add to it while one runs. */
export function ExclusionsPanel({ networks, site }: ExclusionsPanelProps) {
  const sites = useSiteNames();
  const [page, setPage] = useState(1);
  const exclusions = useQuery(
    exclusionsQuery({
      page,
      page_size: PAGE_SIZE_ROWS,
      ...(site === undefined ? {} : { site, own: 'true' }),
    }),
  );
  return (
    <Panel title="Exclusions" flush>
      <div className="px-4 pb-4 sm:px-5">
        <ExclusionForm
          places={
            site === undefined
              ? new Map([...EVERYWHERE, ...placesOf(sites, networks)])
              : placesOf([site], networks)
          }
        />
      </div>
      <ListBody
        list={exclusions}
        lines={3}
        empty={
          <EmptyState
            title={site === undefined ? 'Nothing is excluded.' : 'Nothing is excluded here alone.'}
          />
        }
        onPage={setPage}
      >
        {(shown) => <ExclusionTable exclusions={shown} />}
      </ListBody>
    </Panel>
  );
}

function ExclusionTable({ exclusions }: { readonly exclusions: readonly Exclusion[] }) {
  return (
    <DataTable heads={['Addresses', 'Where', { title: 'Reason', className: 'w-full' }, 'Actions']}>
      {exclusions.map((exclusion) => (
        <ExclusionRow key={exclusion.id} exclusion={exclusion} />
      ))}
    </DataTable>
  );
}

function ExclusionRow({ exclusion }: { readonly exclusion: Exclusion }) {
  const remove = useOffer(removeExclusion, exclusion);
  return (
    <tr className={ROW}>
      <td className={`${CELL} font-mono break-all sm:min-w-40`}>{exclusion.address}</td>
      <td className={`${CELL} sm:whitespace-nowrap`}>
        {exclusionPlaceText({ site: exclusion.site, network: exclusion.network?.name ?? null })}
      </td>
      <td className={WIDE_CELL}>
        <p className="break-words">{exclusion.reason ?? <span className="text-muted">–</span>}</p>
        <p className="text-xs text-muted">
          {exclusion.created_by}, <Ago time={exclusion.created_at} />
        </p>
      </td>
      <td className={ACTIONS_CELL}>
        <ActionButton offer={remove} variant="bare" />
      </td>
    </tr>
  );
}
