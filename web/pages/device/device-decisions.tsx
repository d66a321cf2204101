import type { DeviceDecision } from '#contract/devices/device.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { undoDecision } from '../../actions/hosts/device-actions.ts';
import { Ago } from '../../components/feedback/now.tsx';
import { Panel } from '../../components/lists/panel.tsx';

const TEXTS: Readonly<Record<DeviceDecision['kind'], string>> = {
  merge: 'merged',
  split: 'split',
  dismiss: 'said that these are two:',
  undo: 'took back a decision about',
};
/** How one that was taken back is called. */
const TAKEN_BACK: Readonly<Record<DeviceDecision['kind'], string>> = {
  merge: 'took back the merge',
  split: 'took back the split',
  dismiss: 'took back that these are two:',
  undo: 'made again what was taken back:',
};

/** What people decided of a device; each can be taken back, however old it is. */
export function DeviceDecisions({ decisions }: { readonly decisions: readonly DeviceDecision[] }) {
  return (
    <Panel title="Decisions">
      <ul className="flex flex-col gap-3 text-sm">
        {decisions.map((decision) => (
          <DecisionLine
            key={decision.id}
            decision={decision}
            undone={decisions.find(({ id }) => id === decision.undoes)}
          />
        ))}
      </ul>
    </Panel>
  );
}

interface DecisionLineProps {
  readonly decision: DeviceDecision;
  /** The one that it took back, where it is told of too. */
  readonly undone: DeviceDecision | undefined;
}

function DecisionLine({ decision, undone }: DecisionLineProps) {
  const undo = useOffer(undoDecision, decision);
  const { actor, kind, addresses, others, created_at, undone_by } = decision;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span>
        {actor} {undone === undefined ? TEXTS[kind] : TAKEN_BACK[undone.kind]}{' '}
        <span className="font-mono text-xs">
          {addresses.join(', ')} {(undone ?? decision).kind === 'merge' ? '=' : '|'} {others.join(', ')}
        </span>
      </span>
      <span className="text-muted">
        <Ago time={created_at} />
        {undone_by !== null && ', taken back since'}
      </span>
      <ActionButton offer={undo} variant="subtle" />
    </li>
  );
}
