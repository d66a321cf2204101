import type { ReactNode } from 'react';
import type { Scan } from '#contract/scans/scan.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { hasUncounted } from '#domain/scans/unprobed.js';
import { useNow } from '../../components/feedback/now.tsx';
import { ProgressBar } from '../../components/feedback/progress-bar.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { formatTime } from '../../format/instant.ts';
import { formatCount, formatPercent } from '../../format/number.ts';
import { workText } from '../../format/work-text.ts';
import { asOf } from '../../live/as-of.ts';
import { useLiveState } from '../../live/live-updates.tsx';
import { timeLeft } from './time-left.ts';
import { useRemaining } from './use-remaining.ts';

interface ProgressPanelProps {
  readonly scan: Scan;
  /** When the server last told of the scan. */
  readonly eventAtMs: number;
}

export function ProgressPanel({ scan, eventAtMs }: ProgressPanelProps) {
  const { status, progress, probes, idle_seconds } = scan;
  const nowMs = useNow(!isEnded(status));
  const { untilMs, isStale } = asOf({ nowMs, eventAtMs, isLive: useLiveState() === 'live' });
  const remaining = useRemaining(scan, untilMs);
  const left =
    isStale && !isEnded(status) ? `no progress since ${formatTime(eventAtMs)}` : timeLeft(scan, remaining);
  return (
    <Panel>
      <div className="flex items-baseline justify-between gap-4 pt-3 pb-2.5">
        <p className="text-3xl font-semibold tracking-tight whitespace-nowrap">
          {formatPercent(progress.percent)}
        </p>
        <p className="text-right text-sm text-muted">{left}</p>
      </div>
      <ProgressBar percent={progress.percent} status={status} tall />
      <dl className="mt-5 grid grid-cols-2 gap-x-4 gap-y-4 sm:grid-cols-3 lg:grid-cols-5">
        <Figure name="Hosts up" strong>
          {formatCount(scan.hosts_up)}
        </Figure>
        {scan.scan_type === 'discovery' ? (
          <Figure name="Addresses probed" strong>
            {formatCount(progress.completed - progress.skipped)}
          </Figure>
        ) : (
          <Figure name="Open ports" strong>
            {formatCount(scan.open_ports)}
          </Figure>
        )}
        {scan.scan_type !== 'import' && (
          <>
            {/* nmap does not tell how many packets it sent. */}
            <Figure name={scan.engine === 'nmap' ? 'Ports asked' : 'Probes sent'}>
              {scan.engine !== 'nmap' && hasUncounted(scan) && 'at least '}
              {formatCount(probes.sent)}
            </Figure>
            {/* Of what was sent some may be for checks and repetitions, which no port answers to. */}
            <Figure name={scan.scan_type === 'discovery' ? 'Probes answered' : 'Ports answered'}>
              {formatCount(probes.answered)}
            </Figure>
          </>
        )}
        <Figure name={idle_seconds !== 0 ? 'Time at work' : isEnded(status) ? 'Duration' : 'Elapsed'}>
          {workText(scan, untilMs)}
        </Figure>
      </dl>
    </Panel>
  );
}

interface FigureProps {
  readonly name: string;
  readonly strong?: boolean;
  readonly children: ReactNode;
}

function Figure({ name, strong = false, children }: FigureProps) {
  return (
    <div className="flex flex-col">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className={strong ? 'text-xl font-semibold' : 'text-xl'}>{children}</dd>
    </div>
  );
}
