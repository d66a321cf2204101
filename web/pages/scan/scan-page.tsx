import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Navigate } from '@tanstack/react-router';
import { scanQuery } from '../../api/queries.ts';
import { useLiveState } from '../../live/live-updates.tsx';
import { present } from '../search.ts';
import { NotYet } from '../shell/not-found.tsx';
import { ChangesPanel } from './changes-panel.tsx';
import { ProgressPanel } from './progress-panel.tsx';
import { ResultsPanel } from './results-panel.tsx';
import { ScanHeader } from './scan-header.tsx';
import type { ScanSearch } from './scan-search.ts';

const route = getRouteApi('/shell/scans/$id');

export function ScanPage() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const scan = useQuery(scanQuery(id, useLiveState() === 'live'));

  if (scan.data === undefined) return <NotYet confirmed={scan} title="There is no such scan" />;
  // Whoever follows a scan from elsewhere need not know which kind it is.
  if (scan.data.scan_type === 'discovery') return <Navigate to="/discovery/$id" params={{ id }} replace />;
  /** What is not named stays as it is in the address. */
  function choose(changes: { [Key in keyof ScanSearch]?: ScanSearch[Key] | undefined }): void {
    const none = { page: undefined, unresponsive: undefined, against: undefined };
    void navigate({ search: (now) => present({ ...none, ...now, ...changes }), resetScroll: false });
  }
  return (
    <>
      <ScanHeader scan={scan.data} />
      <ProgressPanel key={id} scan={scan.data} eventAtMs={scan.dataUpdatedAt} />
      <ChangesPanel
        key={`changes-${id}`}
        scan={scan.data}
        against={search.against}
        onAgainst={(against) => choose({ against })}
      />
      <ResultsPanel
        key={`results-${id}`}
        scan={scan.data}
        choice={{ page: search.page ?? 1, showsUnresponsive: search.unresponsive === 'yes' }}
        onChoice={({ page, showsUnresponsive }) =>
          choose({ page: page > 1 ? page : undefined, unresponsive: showsUnresponsive ? 'yes' : undefined })
        }
      />
    </>
  );
}
