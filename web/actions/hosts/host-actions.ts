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
  async perform(context, host) {
    await context.client.deleteHost(host.id);
    void refresh(context);
    context.toastWithUndo(
      `${nameOf(host)} is deleted until a scan sees it again.`,
      async () => {
        await context.client.restoreHost(host.id);
        await refresh(context);
      },
      `host ${host.id}`,
    );
  },
};

export const restoreHost: Action<Host> = {
  label: 'Restore',
  icon: UndoIcon,
  available: ({ deleted_at }) => deleted_at !== null,
  async perform(context, host) {
    await context.client.restoreHost(host.id);
    void refresh(context);
    context.toast(`${nameOf(host)} is in the list again.`, `host ${host.id}`);
  },
};

export const ignoreHost: Action<Host> = {
  label: 'Ignore',
  icon: CloseIcon,
  available: ({ ignored, deleted_at }) => !ignored && deleted_at === null,
  async perform(context, host) {
    await context.client.changeHost(host.id, { ignored: true });
    void refresh(context);
    context.toastWithUndo(
      `${nameOf(host)} is left out of lists and alerts.`,
      async () => {
        await context.client.changeHost(host.id, { ignored: false });
        await refresh(context);
      },
      `host ${host.id}`,
    );
  },
};

export const unignoreHost: Action<Host> = {
  label: 'List again',
  icon: UndoIcon,
  available: ({ ignored }) => ignored,
  async perform(context, host) {
    await context.client.changeHost(host.id, { ignored: false });
    void refresh(context);
    context.toast(`${nameOf(host)} is listed again.`, `host ${host.id}`);
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
  async perform(context, { host, change }) {
    const { display_name } = await context.client.changeHost(host.id, change);
    await refresh(context);
    context.toast(`${host.ip} is shown as ${display_name}.`);
  },
};

interface DownAfterEdit {
  readonly host: Host;
  readonly given: Pick<Host, 'down_after_misses' | 'gone_after_days'>;
}

/** How long a host may be silent until it is down, and then gone. */
export const setDownAfter: Action<DownAfterEdit> = {
  label: 'Save grace',
  icon: PlayIcon,
  available: () => true,
  async perform(context, { host, given }) {
    const { down_after_misses, gone_after_days } = host;
    const was = { down_after_misses, gone_after_days };
    const change = differing(was, given);
    if (isNothing(change)) {
      context.toast(SO_ALREADY);
      return;
    }
    await context.client.changeHost(host.id, change);
    await refresh(context);
    context.toastWithUndo(
      `The grace of ${nameOf(host)} is changed.`,
      async () => {
        await context.client.changeHost(host.id, differing(given, was));
        await refresh(context);
      },
      `host ${host.id}`,
    );
  },
};
