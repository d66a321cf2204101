import { Link } from '@tanstack/react-router';
import { isNotFound } from '../../api/failure.ts';
import { buttonClass } from '../../components/controls/button.tsx';
import { LoadFailure, Skeleton } from '../../components/feedback/notice.tsx';
import { Panel } from '../../components/lists/panel.tsx';

interface NotFoundProps {
  readonly title?: string;
  readonly sentence?: string;
  /** The list that holds what there is. */
  readonly list?: keyof typeof LISTS;
}

const LISTS = {
  '/scans': 'All scans',
  '/discovery': 'All runs',
  '/hosts': 'All hosts',
  '/devices': 'All devices',
  '/groups': 'All groups',
  '/sites': 'All sites',
  '/networks': 'All networks',
} as const;

export function NotFound({
  title = 'There is nothing here',
  sentence = 'The address may be mistyped, or what it showed is no longer kept.',
  list = '/scans',
}: NotFoundProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-4 px-4 py-24 text-center">
      <title>Not found · Scanorama</title>
      <h1 className="text-2xl font-semibold">{title}</h1>
      <p className="text-muted">{sentence}</p>
      <Link to={list} className={buttonClass()}>
        {LISTS[list]}
      </Link>
    </div>
  );
}

interface NotYetProps extends NotFoundProps {
  /** The question for the one thing that the page is of, which has no answer yet. */
  readonly confirmed: { readonly error: unknown; refetch(): unknown };
}

/** What stands in place of one thing until it is there: it is coming, there is none, or it could not be asked for. */
export function NotYet({ confirmed, ...missing }: NotYetProps) {
  if (isNotFound(confirmed.error)) return <NotFound {...missing} />;
  if (confirmed.error !== null)
    return <LoadFailure error={confirmed.error} onRetry={() => void confirmed.refetch()} />;
  return (
    <Panel>
      <Skeleton />
    </Panel>
  );
}
