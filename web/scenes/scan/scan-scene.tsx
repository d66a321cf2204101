import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Scan } from '#contract/scan.js';
import { ActionButton } from '../../actions/action-button.tsx';
import { deleteScan, restoreScan, resumeScan, stopScan } from '../../actions/scan-actions.ts';
import { useOffer, useShortcuts } from '../../actions/use-action.ts';
import { isNotFound } from '../../api/failure.ts';
import { scanQuery } from '../../api/queries.ts';
import { PartialMark, ScanStatusBadge } from '../../components/badge.tsx';
import { FailureNotice, LoadFailure, Skeleton } from '../../components/notice.tsx';
import { PageHeading, Panel } from '../../components/panel.tsx';
import { scanTitle } from '../../format/scan-text.ts';
import { useLiveState } from '../../live/live-updates.tsx';
import { present } from '../search.ts';
import { NotFound } from '../shell/not-found.tsx';
import { ChangesPanel } from './changes-panel.tsx';
import { ProgressPanel } from './progress-panel.tsx';
import { ResultsPanel } from './results-panel.tsx';
import { ScanFacts } from './scan-facts.tsx';
import { ScanRemarks } from './scan-remarks.tsx';
import type { ScanSearch } from './scan-search.ts';

const route = getRouteApi('/shell/scans/$id');

export function ScanScene() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const scan = useQuery(scanQuery(id, useLiveState() === 'live'));

  if (scan.data === undefined) {
    if (isNotFound(scan.error)) return <NotFound title="There is no such scan" />;
    if (scan.error) return <LoadFailure error={scan.error} onRetry={() => void scan.refetch()} />;
    return (
      <Panel>
        <Skeleton />
      </Panel>
    );
  }
  return (
    <>
      <ScanHeader scan={scan.data} />
      <ProgressPanel key={id} scan={scan.data} newsAtMs={scan.dataUpdatedAt} />
      <ChangesPanel key={`changes-${id}`} scan={scan.data} />
      <ResultsPanel
        key={`results-${id}`}
        scan={scan.data}
        choice={{ page: search.page ?? 1, showsSilent: search.silent === 'yes' }}
        onChoice={({ page, showsSilent }) =>
          void navigate({
            search: present<ScanSearch>({
              page: page > 1 ? page : undefined,
              silent: showsSilent ? 'yes' : undefined,
            }),
            resetScroll: false,
          })
        }
      />
    </>
  );
}

function ScanHeader({ scan }: { readonly scan: Scan }) {
  const stop = useOffer(stopScan, scan);
  const resume = useOffer(resumeScan, scan);
  const remove = useOffer(deleteScan, scan);
  const restore = useOffer(restoreScan, scan);
  useShortcuts([stop, resume]);
  return (
    <div className="flex flex-col gap-3">
      <PageHeading title={scanTitle(scan)}>
        <div className="flex items-center gap-2">
          <ActionButton offer={stop} />
          <ActionButton offer={resume} look="primary" />
          <ActionButton offer={remove} look="quiet" />
          <ActionButton offer={restore} look="primary" />
        </div>
      </PageHeading>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <output aria-label="Scan status" className="flex gap-1.5">
          <ScanStatusBadge status={scan.status} />
          {scan.partial && <PartialMark />}
        </output>
        <ScanFacts scan={scan} />
      </div>
      {scan.description !== null && scan.description !== '' && (
        <p className="max-w-prose text-sm">{scan.description}</p>
      )}
      <ScanRemarks scan={scan} />
      {scan.error && (
        <FailureNotice failure={{ sentence: scan.error.message, hint: resumeHint(resume.available) }} />
      )}
    </div>
  );
}

function resumeHint(canResume: boolean): string | undefined {
  return canResume ? 'Nothing that was stored is lost: Resume goes on with what is left.' : undefined;
}
