import type { ScanPlanView } from '#contract/scans/scan.js';
import { planSentence, profileSentence } from './plan-text.ts';

interface PlanSummaryProps {
  readonly plan: ScanPlanView | undefined;
  readonly isCurrent: boolean;
}

export function PlanSummary({ plan, isCurrent }: PlanSummaryProps) {
  return (
    <div aria-live="polite" className={`min-h-5 text-sm transition-opacity ${isCurrent ? '' : 'opacity-60'}`}>
      {plan ? <p className="font-medium text-ink">{planSentence(plan)}</p> : null}
      {plan?.profile ? <p className="text-muted">{profileSentence(plan.profile)}</p> : null}
      {plan?.resolved.map(({ name, addresses }) => (
        <p key={name} className="text-muted">
          {name} is <span className="font-mono text-xs">{addresses.join(', ')}</span>
        </p>
      ))}
    </div>
  );
}
