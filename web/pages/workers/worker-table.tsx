import { Link } from '@tanstack/react-router';
import type { WorkerView } from '#contract/workers/worker.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { drainWorker, removeWorker, resumeWorker } from '../../actions/settings/worker-actions.ts';
import { WorkerStateBadge } from '../../components/feedback/badge.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { ACTIONS_CELL, CELL, ROW, WIDE_CELL } from '../../components/lists/table.ts';

export function WorkerTable({ workers }: { readonly workers: readonly WorkerView[] }) {
  return (
    <DataTable heads={[{ title: 'Worker', className: 'w-full' }, 'Site', 'Runs', 'Heard of', 'Actions']}>
      {workers.map((worker) => (
        <WorkerRow key={worker.id} worker={worker} />
      ))}
    </DataTable>
  );
}

function WorkerRow({ worker }: { readonly worker: WorkerView }) {
  const drain = useOffer(drainWorker, worker);
  const resume = useOffer(resumeWorker, worker);
  const remove = useOffer(removeWorker, worker);
  return (
    <tr className={ROW}>
      <td className={WIDE_CELL}>
        <span className="mr-2 font-medium break-all">{worker.name}</span>
        <WorkerStateBadge state={worker.state} />
        {worker.drain_reason !== null && (
          <p className="text-xs break-words text-muted">{worker.drain_reason}</p>
        )}
        <Engines worker={worker} />
      </td>
      <td className={`${CELL} sm:min-w-40`}>{worker.site ?? 'any without workers of its own'}</td>
      <td className={`${CELL} whitespace-nowrap`}>
        <span className="text-muted sm:hidden">runs </span>
        {worker.running_shards} of {worker.concurrency}
        {worker.running_scans.map((id) => (
          <Link key={id} to="/scans/$id" params={{ id }} className="block text-xs underline">
            {id.slice(-8)}
          </Link>
        ))}
      </td>
      <td className={`${CELL} whitespace-nowrap`}>
        <span className="text-muted sm:hidden">heard of </span>
        <Ago time={worker.heartbeat_at} />
      </td>
      <td className={ACTIONS_CELL}>
        {[drain, resume, remove].map(
          (offer) => offer.available && <ActionButton key={offer.label} offer={offer} variant="bare" />,
        )}
      </td>
    </tr>
  );
}

/** What it can ask with; why not with the rest, for who looks. */
function Engines({ worker: { engines, version } }: { readonly worker: WorkerView }) {
  const missing = engines.filter(({ available }) => !available);
  const names = engines.filter(({ available }) => available).map(({ name }) => name);
  return (
    <div className="mt-1 text-xs text-muted">
      <p>
        {names.length === 0 ? 'no engine' : names.join(', ')}; version {version}
      </p>
      {missing.length > 0 && (
        <details>
          <summary className="w-max underline decoration-dotted underline-offset-4">What it lacks</summary>
          <ul className="mt-1">
            {missing.map(({ name, reason }) => (
              <li key={name}>
                {name}: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
