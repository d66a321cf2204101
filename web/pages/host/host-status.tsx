import { Link } from '@tanstack/react-router';
import type { HostChange, HostDetail, HostTimeout } from '#contract/hosts/host.js';
import { roundTripText } from '#domain/diff/round-trip.js';
import { Ago } from '../../components/feedback/now.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { formatLocal } from '../../format/instant.ts';
import { countOf } from '../../format/number.ts';
import { changeText } from './change-text.ts';

const STATUS_CHANGES_SHOWN = 10;
const TIMEOUTS_SHOWN = 5;

/** Since when the host is what it is, how fast it answers, and how it came and went. */
export function HostStatusCard({ host }: { readonly host: HostDetail }) {
  const { status, status_since, status_scan_id, first_seen, misses, response_time, turns, timeouts } = host;
  return (
    <Panel title="Presence">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span>
          {status} since <Ago time={status_since ?? first_seen} />
        </span>
        {status_scan_id !== null && <ByScan id={status_scan_id} />}
        {misses > 0 && (
          <span className="text-muted">missed by {countOf(misses, 'run')} since it was last seen</span>
        )}
        {response_time !== null && (
          <span className="text-muted">
            {response_time.slow ? 'slow: ' : ''}answers in {roundTripText(response_time.avg_us)} on average,{' '}
            {roundTripText(response_time.min_us)} to {roundTripText(response_time.max_us)}, over{' '}
            {countOf(response_time.count, 'answer')}
          </span>
        )}
      </p>
      {turns.length > 1 && (
        <ol className="mt-3 flex flex-col gap-1 text-sm">
          {turns.slice(0, STATUS_CHANGES_SHOWN).map((turn, index) => (
            // Turns have no id, and one instant can hold alike ones.
            <Turn key={`${turn.observed_at}-${index}`} turn={turn} />
          ))}
        </ol>
      )}
      {timeouts.length > 0 && (
        <ol aria-label="Runs without an answer" className="mt-3 flex flex-col gap-1 text-sm">
          {timeouts.slice(0, TIMEOUTS_SHOWN).map((timeout) => (
            <Timeout key={timeout.scan_id} timeout={timeout} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Timeout({ timeout: { probed_at, scan_id, could_receive } }: { readonly timeout: HostTimeout }) {
  return (
    <li className="flex flex-wrap gap-x-3">
      <time dateTime={probed_at} className="text-muted">
        {formatLocal(probed_at)}
      </time>
      <span>no answer</span>
      {!could_receive && <span className="text-muted">the run could not have heard it</span>}
      <ByScan id={scan_id} />
    </li>
  );
}

function Turn({ turn }: { readonly turn: HostChange }) {
  const { subject, from, to } = changeText(turn);
  return (
    <li className="flex flex-wrap gap-x-3">
      <time dateTime={turn.observed_at} className="text-muted">
        {formatLocal(turn.observed_at)}
      </time>
      <span>
        {subject}: {from === null ? '' : `${from} → `}
        {to ?? 'not known any more'}
      </span>
      {turn.reason !== null && <span className="text-muted">{turn.reason}</span>}
      {turn.scan_id !== null && <ByScan id={turn.scan_id} />}
    </li>
  );
}

function ByScan({ id }: { readonly id: string }) {
  return (
    <Link to="/scans/$id" params={{ id }} className="text-accent underline-offset-2 hover:underline">
      by this scan
    </Link>
  );
}
