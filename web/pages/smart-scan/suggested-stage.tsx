import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { SuggestedStage } from '#contract/schedules/smart-scan.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { startSmartScans } from '../../actions/scans/smart-scan-actions.ts';
import { failureOf } from '../../api/failure.ts';
import { Button } from '../../components/controls/button.tsx';
import { PlayIcon } from '../../components/feedback/icons.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { countOf } from '../../format/number.ts';
import { STAGE_TITLES, scansText } from './stage-text.ts';

/** One kind of thing to find out: for whom, why, and what would be sent. */
export function SuggestedStagePanel({ suggested }: { readonly suggested: SuggestedStage }) {
  const { stage, due, unavailable, waiting_reasons: waits, examples, scans, left } = suggested;
  const [error, setError] = useState<unknown>();
  const start = useAction(startSmartScans, setError);
  const title = STAGE_TITLES[stage];
  const hosts = scans.reduce((sum, scan) => sum + scan.hosts, 0);
  return (
    <Panel
      title={title}
      aside={
        due > 0 && (
          <Button
            aria-label={`${title}: scan ${countOf(hosts, 'host')}`}
            pending={start.pending}
            onClick={() => {
              setError(undefined);
              void start.perform({ request: { stage, limit: hosts }, title, scans: scansText(scans) });
            }}
          >
            <PlayIcon />
            Scan {countOf(hosts, 'host')}
          </Button>
        )
      }
    >
      {error !== undefined && <FailureNotice failure={failureOf(error)} />}
      <p className="text-sm text-muted">{standText(suggested)}</p>
      {unavailable !== null && <p className="mt-1 text-sm text-muted">{unavailable}</p>}
      {waits.map(({ reason, hosts: waiting }) => (
        <p key={reason} className="mt-1 text-sm text-muted">
          {countOf(waiting, 'host')} left alone for now: {reason}
        </p>
      ))}
      {due > 0 && (
        <>
          <p className="mt-2 text-sm">
            Would scan {scansText(scans)}
            {left > 0 && <span className="text-muted">; {countOf(left, 'host')} more after that</span>}.
          </p>
          <ul className="mt-2 flex flex-col gap-1 text-sm">
            {examples.map(({ id, ip, site, name, completeness_score, reason }) => (
              <li key={id} className="flex flex-wrap gap-x-3">
                <Link to="/hosts/$id" params={{ id }} className="font-mono text-accent hover:underline">
                  {ip}
                </Link>
                {site !== DEFAULT_SITE && <span className="text-muted">site {site}</span>}
                {name !== null && <span>{name}</span>}
                <span className="text-muted">
                  {completeness_score} of 100. {reason}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function standText({ due, running, waiting, impossible }: SuggestedStage): string {
  const parts = [
    [due, 'due'],
    [running, 'being scanned'],
    [waiting, 'left alone for now'],
    [impossible, 'cannot be done'],
  ] as const;
  const shown = parts
    .filter(([hosts]) => hosts > 0)
    .map(([hosts, raw]) => `${countOf(hosts, 'host')} ${raw}`);
  return shown.length === 0 ? 'Nothing is missing.' : `${shown.join(', ')}.`;
}
