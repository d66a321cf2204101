import type { BulkEdit, EditOutcome } from '#contract/hosts/edit.js';
import type { Group, GroupChange, GroupRequest } from '#contract/labels/group.js';
import { keys } from '../../api/queries.ts';
import { CloseIcon, PlayIcon, TrashIcon } from '../../components/feedback/icons.tsx';
import { countOf } from '../../format/number.ts';
import type { Action, ActionContext } from '../actions/action.ts';
import { differing, isNothing, SO_ALREADY } from '../actions/changed-fields.ts';
import { performConfirmed } from '../actions/confirm-change.ts';

export async function refreshAnnotations({ queries }: ActionContext): Promise<void> {
  const stale = [keys.hosts, keys.hostLists, keys.tagLists, keys.groups, keys.ownerLists, keys.fieldLists];
  await Promise.all(stale.map((queryKey) => queries.invalidateQueries({ queryKey })));
}

/** Tells what an edit did, with a button that takes it back. */
function notify(context: ActionContext, { edit, hosts_changed: changed }: EditOutcome): void {
  if (edit === null) {
    context.toast(SO_ALREADY);
    return;
  }
  context.toastWithUndo(`${countOf(changed, 'host')} changed.`, () => takeBack(context, edit));
}

export async function takeBack(context: ActionContext, edit: string): Promise<void> {
  await context.client.undoHostEdit(edit);
  await refreshAnnotations(context);
}

/** Says the same of hosts. */
export const editHosts: Action<BulkEdit> = {
  label: 'Save',
  icon: PlayIcon,
  available: () => true,
  async perform(context, edit) {
    const outcome = await performConfirmed(context, {
      isFound: edit.filter !== undefined,
      perform: (way) => context.client.editHosts({ ...edit, ...way }),
      changed: ({ hosts_changed: changed }) => changed,
      question: ({ hosts_changed: changed, hosts_matched: matched, examples }) => ({
        title: `Change ${countOf(changed, 'host')}?`,
        confirmLabel: 'Change',
        sentences: [
          `All that match now: ${countOf(matched, 'host')}.`,
          `${examples.join(', ')}${changed > examples.length ? ' …' : ''}`,
        ],
      }),
    });
    await refreshAnnotations(context);
    notify(context, outcome);
  },
};

export const removeNote: Action<{ readonly host: string; readonly note: string }> = {
  label: 'Remove note',
  icon: CloseIcon,
  tone: 'danger',
  available: () => true,
  async perform(context, { host, note }) {
    const outcome = await context.client.removeHostNote(host, note);
    await refreshAnnotations(context);
    notify(context, outcome);
  },
};

export const createGroup: Action<GroupRequest> = {
  label: 'Make group',
  icon: PlayIcon,
  available: () => true,
  async perform(context, request) {
    const { name } = await context.client.createGroup(request);
    await refreshAnnotations(context);
    context.toast(`The group ${name} is made.`);
  },
};

interface GroupEdit {
  /** As it was when somebody began to type. */
  readonly group: Group;
  /** A group that lists its hosts has no rule, and gets none. */
  readonly given: Pick<Group, 'name' | 'description' | 'color' | 'rule'>;
}

export const changeGroup: Action<GroupEdit> = {
  label: 'Save group',
  icon: PlayIcon,
  available: () => true,
  async perform(context, { group: { id, name, description, color, rule }, given }) {
    const was = { name, description, color, rule };
    const change = differing(was, given);
    if (isNothing(change)) {
      context.toast(SO_ALREADY);
      return;
    }
    await context.client.changeGroup(id, requestOf(change));
    await refreshAnnotations(context);
    context.toastWithUndo(
      `The group ${given.name} is changed.`,
      async () => {
        await context.client.changeGroup(id, requestOf(differing(given, was)));
        await refreshAnnotations(context);
      },
      `group ${id}`,
    );
  },
};

function requestOf({ rule, ...change }: Partial<GroupEdit['given']>): GroupChange {
  return { ...change, rule: rule ?? undefined };
}

export const removeGroup: Action<Group> = {
  label: 'Remove',
  icon: TrashIcon,
  tone: 'danger',
  available: () => true,
  question: async (_world, { name, kind, hosts }) => ({
    title: `Remove the group ${name}?`,
    confirmLabel: 'Remove',
    isDanger: true,
    sentences: [
      kind === 'rule'
        ? `It has ${countOf(hosts, 'host')} by its rule, which goes; the hosts stay.`
        : `It lists ${countOf(hosts, 'host')}: they stay, and are in it no more.`,
    ],
  }),
  async perform(context, { id, name }) {
    const { edit } = await context.client.removeGroup(id);
    await refreshAnnotations(context);
    const done = `The group ${name} is removed; its hosts stay.`;
    if (edit === null) context.toast(done, `group ${id}`);
    else context.toastWithUndo(done, () => takeBack(context, edit), `group ${id}`);
  },
};
