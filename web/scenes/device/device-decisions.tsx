import type { DeviceDecision } from '#contract/device.js';
import { ActionButton } from '../../actions/action-button.tsx';
import { undoDecision } from '../../actions/device-actions.ts';
import { useOffer } from '../../actions/use-action.ts';
import { Ago } from '../../components/now.tsx';
import { Panel } from '../../components/panel.tsx';

const WORDS: Readonly<Record<DeviceDecision['kind'], string>> = {
  merge: 'merged',
  split: 'split',
  dismiss: 'said that these are two:',
  undo: 'took a decision back about',
};

/** What people decided of a device; each can be taken back, however old it is. */
export function DeviceDecisions({ decisions }: { readonly decisions: readonly DeviceDecision[] }) {
  return (
    <Panel title="Decisions">
      <ul className="flex flex-col gap-3 text-sm">
        {decisions.map((decision) => (
          <DecisionLine key={decision.id} decision={decision} />
        ))}
      </ul>
    </Panel>
  );
}

function DecisionLine({ decision }: { readonly decision: DeviceDecision }) {
  const undo = useOffer(undoDecision, decision);
  const { actor, kind, addresses, others, made_at, undone_by } = decision;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span>
        {actor} {WORDS[kind]}{' '}
        <span className="font-mono text-xs">
          {addresses.join(', ')} {kind === 'merge' ? '=' : '|'} {others.join(', ')}
        </span>
      </span>
      <span className="text-muted">
        <Ago instant={made_at} />
        {undone_by !== null && ', taken back since'}
      </span>
      <ActionButton offer={undo} look="quiet" />
    </li>
  );
}
