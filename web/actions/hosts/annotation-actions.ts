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
function tell(world: ActionContext, { edit, hosts_changed: changed }: EditOutcome): void {
  if (edit === null) {
    world.say(SO_ALREADY);
    return;
  }
  world.toastWithUndo(`${countOf(changed, 'host')} changed.`, () => takeBack(world, edit));
}

export async function takeBack(world: ActionContext, edit: string): Promise<void> {
  await world.client.undoHostEdit(edit);
  await refreshAnnotations(world);
}

/** Says the same of hosts. */
export const editHosts: Action<BulkEdit> = {
  label: 'Save',
  icon: PlayIcon,
  available: () => true,
  async perform(world, edit) {
    const outcome = await performConfirmed(world, {
      isFound: edit.filter !== undefined,
      perform: (way) => world.client.editHosts({ ...edit, ...way }),
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
    await refreshAnnotations(world);
    tell(world, outcome);
  },
};

export const removeNote: Action<{ readonly host: string; readonly note: string }> = {
  label: 'Remove note',
  icon: CloseIcon,
  tone: 'danger',
  available: () => true,
  async perform(world, { host, note }) {
    const outcome = await world.client.removeHostNote(host, note);
    await refreshAnnotations(world);
    tell(world, outcome);
  },
};

export const createGroup: Action<GroupRequest> = {
  label: 'Make group',
  icon: PlayIcon,
  available: () => true,
  async perform(world, request) {
    const { name } = await world.client.createGroup(request);
    await refreshAnnotations(world);
    world.say(`The group ${name} is made.`);
  },
};

interface GroupEdit {
  /** As it was when somebody began to type. */
  readonly group: Group;
  /** A group that lists its hosts has no rule, and gets none. */
  readonly said: Pick<Group, 'name' | 'description' | 'colour' | 'rule'>;
}

export const changeGroup: Action<GroupEdit> = {
  label: 'Save group',
  icon: PlayIcon,
  available: () => true,
  async perform(world, { group: { id, name, description, colour, rule }, said }) {
    const was = { name, description, colour, rule };
    const change = differing(was, said);
    if (isNothing(change)) {
      world.say(SO_ALREADY);
      return;
    }
    await world.client.changeGroup(id, requestOf(change));
    await refreshAnnotations(world);
    world.toastWithUndo(
      `The group ${said.name} is changed.`,
      async () => {
        await world.client.changeGroup(id, requestOf(differing(said, was)));
        await refreshAnnotations(world);
      },
      `group ${id}`,
    );
  },
};

function requestOf({ rule, ...change }: Partial<GroupEdit['said']>): GroupChange {
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
  async perform(world, { id, name }) {
    const { edit } = await world.client.removeGroup(id);
    await refreshAnnotations(world);
    const done = `The group ${name} is removed; its hosts stay.`;
    if (edit === null) world.say(done, `group ${id}`);
    else world.toastWithUndo(done, () => takeBack(world, edit), `group ${id}`);
  },
};
