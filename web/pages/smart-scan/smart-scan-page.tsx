import { useQuery } from '@tanstack/react-query';
import type { SmartScanSuggestionsView } from '#contract/schedules/smart-scan.js';
import { smartScanQuery } from '../../api/queries.ts';
import { LoadFailure, Skeleton } from '../../components/feedback/notice.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { countOf } from '../../format/number.ts';
import { SuggestedStagePanel } from './suggested-stage.tsx';

/** What is not known of the hosts yet, and the scans that would find it out. */
export function SmartScanPage() {
  const suggestions = useQuery(smartScanQuery());
  return (
    <>
      <PageHeading title="Suggestions" />
      <p className="text-sm text-muted">
        Scans that would find out what is not known of hosts. Which devices may be one is suggested under
        Devices.
      </p>
      {suggestions.isPending && (
        <Panel>
          <Skeleton lines={6} />
        </Panel>
      )}
      {suggestions.data === undefined && suggestions.error && (
        <LoadFailure error={suggestions.error} onRetry={() => void suggestions.refetch()} />
      )}
      {suggestions.data && <Suggestions suggestions={suggestions.data} />}
    </>
  );
}

function Suggestions({ suggestions }: { readonly suggestions: SmartScanSuggestionsView }) {
  const { considered, complete, stages, skipped } = suggestions;
  return (
    <>
      <output className="text-sm text-muted">
        {considered === 0
          ? 'Nothing is missing of any host.'
          : `Something is missing of ${complete ? '' : 'more than '}${countOf(considered, 'host')}.`}
      </output>
      {stages.map((stage) => (
        <SuggestedStagePanel key={stage.stage} suggested={stage} />
      ))}
      {skipped.length > 0 && (
        <Panel title="Left alone">
          <ul className="flex flex-col gap-1 text-sm">
            {skipped.map(({ reason, hosts }) => (
              <li key={reason}>
                {countOf(hosts, 'host')}. <span className="text-muted">{reason}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}
