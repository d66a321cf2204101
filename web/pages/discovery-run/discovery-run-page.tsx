import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { scanQuery } from '../../api/queries.ts';
import { useLiveState } from '../../live/live-updates.tsx';
import { ChangesPanel } from '../scan/changes-panel.tsx';
import { ProgressPanel } from '../scan/progress-panel.tsx';
import { ScanHeader } from '../scan/scan-header.tsx';
import { present } from '../search.ts';
import { NotYet } from '../shell/not-found.tsx';
import { FoundPanel } from './discovered-panel.tsx';
import type { RunSearch } from './run-search.ts';

const route = getRouteApi('/shell/discovery/$id');

export function RunPage() {
  const { id } = route.useParams();
  const { page = 1, against } = route.useSearch();
  const navigate = route.useNavigate();
  const run = useQuery(scanQuery(id, useLiveState() === 'live'));

  if (run.data === undefined)
    return <NotYet confirmed={run} title="There is no such run" list="/discovery" />;
  /** What is not named stays as it is in the address. */
  function choose(changes: { [Key in keyof RunSearch]?: RunSearch[Key] | undefined }): void {
    const none = { page: undefined, against: undefined };
    void navigate({ search: (now) => present({ ...none, ...now, ...changes }), resetScroll: false });
  }
  return (
    <>
      <ScanHeader scan={run.data} />
      <ProgressPanel key={id} scan={run.data} eventAtMs={run.dataUpdatedAt} />
      <ChangesPanel
        key={`changes-${id}`}
        scan={run.data}
        against={against}
        onAgainst={(base) => choose({ against: base })}
      />
      <FoundPanel
        key={`found-${id}`}
        run={run.data}
        page={page}
        onPage={(to) => choose({ page: to > 1 ? to : undefined })}
      />
    </>
  );
}
