import type { WorkerView } from '#contract/workers/worker.js';
import { isAlive, lastWorkerText } from '#domain/workers/worker.js';
import { keys } from '../../api/queries.ts';
import { PlayIcon, StopIcon, TrashIcon } from '../../components/feedback/icons.tsx';
import type { Action, ActionContext } from '../actions/action.ts';

function refresh({ queries }: ActionContext): Promise<void> {
  return queries.invalidateQueries({ queryKey: keys.workerLists });
}

export const drainWorker: Action<WorkerView> = {
  label: 'Drain',
  icon: StopIcon,
  available: ({ state, drain_reason }) => isAlive(state) && drain_reason === null,
  async perform(context, { id, name }) {
    const drained = await context.client.drainWorker(id);
    await refresh(context);
    const last = drained.replaced ? '' : ` ${lastWorkerText(drained)}.`;
    context.toastWithUndo(
      `${name} takes no more work, and hands over what it runs.${last}`,
      async () => {
        await context.client.resumeWorker(id);
        await refresh(context);
      },
      `worker ${id}`,
    );
  },
};

export const resumeWorker: Action<WorkerView> = {
  label: 'Resume',
  icon: PlayIcon,
  available: ({ state, drain_reason }) => isAlive(state) && drain_reason !== null,
  async perform(context, { id, name }) {
    await context.client.resumeWorker(id);
    await refresh(context);
    context.toast(`${name} takes work again.`, `worker ${id}`);
  },
};

export const removeWorker: Action<WorkerView> = {
  label: 'Forget',
  icon: TrashIcon,
  tone: 'danger',
  available: ({ state }) => !isAlive(state),
  async perform(context, { id, name }) {
    await context.client.removeWorker(id);
    await refresh(context);
    context.toast(`${name} is forgotten.`);
  },
};
