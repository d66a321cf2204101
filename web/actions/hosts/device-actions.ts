import type { DecisionOutcome, DeviceDecision } from '#contract/devices/device.js';
import { keys } from '../../api/queries.ts';
import { PlayIcon, UndoIcon } from '../../components/feedback/icons.tsx';
import { countOf } from '../../format/number.ts';
import type { Action, ActionContext } from '../actions/action.ts';
import { type DeviceRequest, decide } from './device-decision.ts';

async function refresh({ queries }: ActionContext): Promise<void> {
  const stale = [keys.devices, keys.hosts];
  await Promise.all(stale.map((queryKey) => queries.invalidateQueries({ queryKey })));
}

function notify(context: ActionContext, sentence: string, { decision }: DecisionOutcome): void {
  if (decision === null) return;
  const undo = async () => {
    await context.client.undoDecision(decision);
    await refresh(context);
  };
  // What is told of the decision before is not so any more, and neither is its undo.
  context.toastWithUndo(sentence, undo, 'device decision');
}

export const decideDevices: Action<DeviceRequest> = {
  label: 'Decide',
  icon: PlayIcon,
  available: () => true,
  async perform(context, input) {
    const outcome = await decide(context.client, input, false);
    await refresh(context);
    const { before, after } = outcome;
    const sentence =
      input.kind === 'dismiss'
        ? 'They are two, whatever is seen later.'
        : `${countOf(before.length, 'device')} became ${countOf(after.length, 'device')}.`;
    notify(context, sentence, outcome);
  },
};

export const undoDecision: Action<DeviceDecision> = {
  label: 'Undo',
  icon: UndoIcon,
  available: ({ undone_by }) => undone_by === null,
  async perform(context, { id }) {
    const outcome = await context.client.undoDecision(id);
    await refresh(context);
    const held = outcome.after.length === 1 ? 'one' : 'apart';
    const kept = outcome.kept_by.length === 0 ? '' : ` Nothing changes: another decision keeps them ${held}.`;
    notify(context, `The decision is taken back.${kept}`, outcome);
  },
};
