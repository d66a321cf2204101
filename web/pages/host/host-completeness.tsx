import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { HostDetail } from '#contract/hosts/host.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { startNextStage } from '../../actions/scans/smart-scan-actions.ts';
import { failureOf } from '../../api/failure.ts';
import { hostStageQuery } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { PlayIcon } from '../../components/feedback/icons.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { STAGE_TITLES } from '../smart-scan/stage-text.ts';

/** How much is known of the host, what makes it so, and what comes next. */
export function HostCompleteness({ host }: { readonly host: HostDetail }) {
  const { completeness, completeness_score: score } = host;
  const stage = useQuery(hostStageQuery(host.id));
  if (score === null) return null;
  return (
    <Panel title="Completeness" aside={<span className="text-sm text-muted">{score} of 100</span>}>
      <ul className="flex flex-col gap-1 text-sm">
        {completeness.map(({ part, points, reason }) => (
          <li key={part} className="flex gap-3">
            <span className="w-6 shrink-0 text-right font-mono">{points}</span>
            <span className={points === 0 ? '' : 'text-muted'}>{reason}</span>
          </li>
        ))}
      </ul>
      {stage.data && <NextStage id={host.id} next={stage.data.next} reason={stage.data.reason} />}
    </Panel>
  );
}

interface NextStageProps {
  readonly id: string;
  readonly next: keyof typeof STAGE_TITLES | null;
  readonly reason: string;
}

function NextStage({ id, next, reason }: NextStageProps) {
  const [error, setError] = useState<unknown>();
  const start = useAction(startNextStage, setError);
  return (
    <div className="mt-3 flex flex-wrap items-center gap-3 text-sm">
      {error !== undefined && <FailureNotice failure={failureOf(error)} />}
      {next !== null && (
        <Button
          pending={start.pending}
          onClick={() => {
            setError(undefined);
            void start.perform({ id, request: { stage: next } });
          }}
        >
          <PlayIcon />
          {STAGE_TITLES[next]}
        </Button>
      )}
      <span className="text-muted">{reason}</span>
    </div>
  );
}
