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
  async perform(world, { id, name }) {
    const drained = await world.client.drainWorker(id);
    await refresh(world);
    const last = drained.replaced ? '' : ` ${lastWorkerText(drained)}.`;
    world.toastWithUndo(
      `${name} takes no more work, and hands over what it runs.${last}`,
      async () => {
        await world.client.resumeWorker(id);
        await refresh(world);
      },
      `worker ${id}`,
    );
  },
};

export const resumeWorker: Action<WorkerView> = {
  label: 'Resume',
  icon: PlayIcon,
  available: ({ state, drain_reason }) => isAlive(state) && drain_reason !== null,
  async perform(world, { id, name }) {
    await world.client.resumeWorker(id);
    await refresh(world);
    world.say(`${name} takes work again.`, `worker ${id}`);
  },
};

export const removeWorker: Action<WorkerView> = {
  label: 'Forget',
  icon: TrashIcon,
  tone: 'danger',
  available: ({ state }) => !isAlive(state),
  async perform(world, { id, name }) {
    await world.client.removeWorker(id);
    await refresh(world);
    world.say(`${name} is forgotten.`);
  },
};
