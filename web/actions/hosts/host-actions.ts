import type { Host, HostChangeRequest } from '#contract/hosts/host.js';
import { keys } from '../../api/queries.ts';
import { CloseIcon, PlayIcon, TrashIcon, UndoIcon } from '../../components/feedback/icons.tsx';
import type { Action, ActionContext } from '../actions/action.ts';
import { differing, isNothing, SO_ALREADY } from '../actions/changed-fields.ts';

async function refresh({ queries }: ActionContext): Promise<void> {
  await Promise.all([keys.hosts, keys.hostLists].map((queryKey) => queries.invalidateQueries({ queryKey })));
}

const nameOf = ({ custom_name, hostname, ip }: Host) => custom_name ?? hostname ?? ip;

export const deleteHost: Action<Host> = {
  label: 'Delete',
  icon: TrashIcon,
  tone: 'danger',
  available: ({ deleted_at }) => deleted_at === null,
  async perform(world, host) {
    await world.client.deleteHost(host.id);
    void refresh(world);
    world.toastWithUndo(
      `${nameOf(host)} is deleted until a scan sees it again.`,
      async () => {
        await world.client.restoreHost(host.id);
        await refresh(world);
      },
      `host ${host.id}`,
    );
  },
};

export const restoreHost: Action<Host> = {
  label: 'Restore',
  icon: UndoIcon,
  available: ({ deleted_at }) => deleted_at !== null,
  async perform(world, host) {
    await world.client.restoreHost(host.id);
    void refresh(world);
    world.say(`${nameOf(host)} is in the list again.`, `host ${host.id}`);
  },
};

export const ignoreHost: Action<Host> = {
  label: 'Ignore',
  icon: CloseIcon,
  available: ({ ignored, deleted_at }) => !ignored && deleted_at === null,
  async perform(world, host) {
    await world.client.changeHost(host.id, { ignored: true });
    void refresh(world);
    world.toastWithUndo(
      `${nameOf(host)} is left out of lists and alerts.`,
      async () => {
        await world.client.changeHost(host.id, { ignored: false });
        await refresh(world);
      },
      `host ${host.id}`,
    );
  },
};

export const unignoreHost: Action<Host> = {
  label: 'List again',
  icon: UndoIcon,
  available: ({ ignored }) => ignored,
  async perform(world, host) {
    await world.client.changeHost(host.id, { ignored: false });
    void refresh(world);
    world.say(`${nameOf(host)} is listed again.`, `host ${host.id}`);
  },
};

export interface HostEdit {
  readonly host: Host;
  readonly change: HostChangeRequest;
}

export const editHost: Action<HostEdit> = {
  label: 'Save',
  icon: PlayIcon,
  available: () => true,
  async perform(world, { host, change }) {
    const { display_name } = await world.client.changeHost(host.id, change);
    await refresh(world);
    world.say(`${host.ip} is shown as ${display_name}.`);
  },
};

interface DownAfterEdit {
  readonly host: Host;
  readonly said: Pick<Host, 'down_after_misses' | 'gone_after_days'>;
}

/** How long a host may be silent until it is down, and then gone. */
export const setDownAfter: Action<DownAfterEdit> = {
  label: 'Save grace',
  icon: PlayIcon,
  available: () => true,
  async perform(world, { host, said }) {
    const { down_after_misses, gone_after_days } = host;
    const was = { down_after_misses, gone_after_days };
    const change = differing(was, said);
    if (isNothing(change)) {
      world.say(SO_ALREADY);
      return;
    }
    await world.client.changeHost(host.id, change);
    await refresh(world);
    world.toastWithUndo(
      `The grace of ${nameOf(host)} is changed.`,
      async () => {
        await world.client.changeHost(host.id, differing(said, was));
        await refresh(world);
      },
      `host ${host.id}`,
    );
  },
};
