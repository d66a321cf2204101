import { useQuery } from '@tanstack/react-query';
import { failureOf } from '../../api/failure.ts';
import { duesQuery } from '../../api/queries.ts';

interface DuesPreviewProps {
  readonly cron: string;
  readonly timezone: string;
}

/** The next five times of what is typed, by the clock of the zone. */
export function DuesPreview({ cron, timezone }: DuesPreviewProps) {
  const isTyped = cron.trim() !== '' && timezone.trim() !== '';
  const dues = useQuery(duesQuery(isTyped ? { cron, timezone } : undefined));
  return (
    <section aria-label="Next times" className="rounded-lg bg-sunken px-4 py-3 text-sm">
      <h3 className="text-xs font-medium text-muted">Due next</h3>
      {dues.isError && <p className="text-bad">{failureOf(dues.error).sentence}</p>}
      {!dues.isError && dues.data && (
        <ol className="mt-1 flex flex-wrap gap-x-6 gap-y-1 tabular-nums">
          {dues.data.dues.map(({ at, local }) => (
            <li key={at}>
              <time dateTime={at}>{local}</time>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
