import type { Tag } from '#contract/labels/tag.js';
import { keys } from '../../api/queries.ts';
import { PlayIcon, TrashIcon } from '../../components/feedback/icons.tsx';
import type { ToastTopic } from '../../components/feedback/toast-list.ts';
import { countOf } from '../../format/number.ts';
import type { Action, ActionContext } from '../actions/action.ts';
import { differing, isNothing, SO_ALREADY } from '../actions/changed-fields.ts';
import { refreshAnnotations } from './annotation-actions.ts';

/** The same tag whatever it is called: it has no id, and keeps when it was made. */
const topicOf = ({ created_at }: Tag): ToastTopic => `tag ${created_at}`;

/** Scans show their tags as hosts do. */
async function refresh(context: ActionContext): Promise<void> {
  const stale = [keys.scanLists, keys.scans].map((queryKey) =>
    context.queries.invalidateQueries({ queryKey }),
  );
  await Promise.all([refreshAnnotations(context), ...stale]);
}

interface TagSaving {
  /** The tag that is changed; absent for a new one. */
  readonly before: Tag | undefined;
  readonly name: string;
  readonly color: string | null;
}

export const saveTag: Action<TagSaving> = {
  label: 'Save tag',
  icon: PlayIcon,
  available: () => true,
  async perform(context, { before, name, color }) {
    const { client } = context;
    if (before === undefined) {
      const created = await client.createTag(color === null ? { name } : { name, color });
      await refresh(context);
      context.toast(`The tag ${created.name} is made.`);
      return;
    }
    const given = { name, color };
    const was = { name: before.name, color: before.color };
    const change = differing(was, given);
    if (isNothing(change)) {
      context.toast(SO_ALREADY);
      return;
    }
    const changed = await client.changeTag(before.name, change);
    await refresh(context);
    context.toastWithUndo(
      `The tag ${changed.name} is changed; its hosts and scans keep it.`,
      async () => {
        await client.changeTag(changed.name, differing(given, was));
        await refresh(context);
      },
      topicOf(before),
    );
  },
};

export const removeTag: Action<Tag> = {
  label: 'Remove',
  icon: TrashIcon,
  tone: 'danger',
  available: () => true,
  async question({ client }, { name }) {
    const { hosts, scans } = await client.tag(name);
    return {
      title: `Remove the tag ${name}?`,
      confirmLabel: 'Remove',
      isDanger: true,
      sentences: [
        hosts + scans === 0
          ? 'No host and no scan has it.'
          : `${countOf(hosts, 'host')} and ${countOf(scans, 'scan')} lose it, until the removal is taken back.`,
      ],
    };
  },
  async perform(context, tag) {
    const { client } = context;
    const { name } = tag;
    const { edit } = await client.removeTag(name);
    await refresh(context);
    if (edit === null) return;
    context.toastWithUndo(
      `The tag ${name} is removed.`,
      async () => {
        await client.undoHostEdit(edit);
        await refresh(context);
      },
      topicOf(tag),
    );
  },
};
