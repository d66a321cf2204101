import type { BulkNetworkRemoval } from '#contract/networks/bulk.js';
import { ConfirmingButton } from '../../actions/actions/confirming-button.tsx';
import { previewRemoval, removeNetworks } from '../../actions/hosts/bulk-actions.ts';
import { SelectionBar } from '../../components/controls/selection-bar.tsx';
import type { Chosen, Selection } from '../../components/controls/use-selection.ts';
import { RefusalList } from '../../components/lists/refusal-list.tsx';
import { countOf } from '../../format/number.ts';

export type NetworkFilter = NonNullable<BulkNetworkRemoval['filter']>;
export type NetworkSelection = Selection<NetworkFilter>;

function subjectOf(chosen: Chosen<NetworkFilter>): BulkNetworkRemoval {
  if ('ids' in chosen) return { network_ids: [...chosen.ids] };
  return chosen;
}

/** What can be done to the chosen networks; nothing while none is chosen. */
export function NetworkSelectionBar({ selection }: { readonly selection: NetworkSelection }) {
  return (
    <SelectionBar selection={selection} one="network">
      <ConfirmingButton
        subject={subjectOf(selection.chosen)}
        variant={previewRemoval}
        act={removeNetworks}
        title={({ networks_removed: networks }) => `Remove ${countOf(networks, 'network')}?`}
        isEmpty={({ networks_removed: networks }) => networks === 0}
        isDanger
        onDone={() => selection.none()}
      >
        {({ hosts, results }) => (
          <>
            <p>Their scans and the {countOf(hosts, 'host')} in them stay.</p>
            <p>Their names, descriptions, graces and owners go. This cannot be undone.</p>
            <RefusalList one="network" results={results} />
          </>
        )}
      </ConfirmingButton>
    </SelectionBar>
  );
}
