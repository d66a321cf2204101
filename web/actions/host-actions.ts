import type { Host } from '#contract/host.js';
import { keys } from '../api/queries.ts';
import { TrashIcon, UndoIcon } from '../components/icons.tsx';
import type { Action, ActionWorld } from './action.ts';

async function refresh({ queries }: ActionWorld): Promise<void> {
  await Promise.all([keys.hosts, keys.hostLists].map((queryKey) => queries.invalidateQueries({ queryKey })));
}

const nameOf = ({ hostname, ip }: Host) => hostname ?? ip;

export const deleteHost: Action<Host> = {
  label: 'Delete',
  icon: TrashIcon,
  tone: 'danger',
  available: ({ deleted_at }) => deleted_at === null,
  async perform(world, host) {
    await world.client.deleteHost(host.id);
    void refresh(world);
    world.sayWithUndo(`${nameOf(host)} is deleted until a scan sees it again.`, async () => {
      await world.client.restoreHost(host.id);
      await refresh(world);
    });
  },
};

export const restoreHost: Action<Host> = {
  label: 'Restore',
  icon: UndoIcon,
  available: ({ deleted_at }) => deleted_at !== null,
  async perform(world, host) {
    await world.client.restoreHost(host.id);
    void refresh(world);
    world.say(`${nameOf(host)} is in the list again.`);
  },
};
