import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { hasCode } from '../../api/failure.ts';
import { LoadFailure } from '../../components/feedback/notice.tsx';

/** What stands in a page's place when it failed altogether. */
export function Crash({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <div className="mx-auto flex w-full max-w-xl flex-col gap-4 px-4 py-16">
      <title>Error · Scanorama</title>
      <h1 className="text-2xl font-semibold">
        {hasCode(error, 'server_unreachable') ? 'The server is away' : 'This page could not be shown'}
      </h1>
      <LoadFailure
        error={error}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </div>
  );
}
