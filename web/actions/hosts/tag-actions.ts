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
async function refresh(world: ActionContext): Promise<void> {
  const stale = [keys.scanLists, keys.scans].map((queryKey) => world.queries.invalidateQueries({ queryKey }));
  await Promise.all([refreshAnnotations(world), ...stale]);
}

interface TagSaving {
  /** The tag that is changed; absent for a new one. */
  readonly before: Tag | undefined;
  readonly name: string;
  readonly colour: string | null;
}

export const saveTag: Action<TagSaving> = {
  label: 'Save tag',
  icon: PlayIcon,
  available: () => true,
  async perform(world, { before, name, colour }) {
    const { client } = world;
    if (before === undefined) {
      const made = await client.createTag(colour === null ? { name } : { name, colour });
      await refresh(world);
      world.say(`The tag ${made.name} is made.`);
      return;
    }
    const said = { name, colour };
    const was = { name: before.name, colour: before.colour };
    const change = differing(was, said);
    if (isNothing(change)) {
      world.say(SO_ALREADY);
      return;
    }
    const changed = await client.changeTag(before.name, change);
    await refresh(world);
    world.toastWithUndo(
      `The tag ${changed.name} is changed; its hosts and scans keep it.`,
      async () => {
        await client.changeTag(changed.name, differing(said, was));
        await refresh(world);
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
  async perform(world, tag) {
    const { client } = world;
    const { name } = tag;
    const { edit } = await client.removeTag(name);
    await refresh(world);
    if (edit === null) return;
    world.toastWithUndo(
      `The tag ${name} is removed.`,
      async () => {
        await client.undoHostEdit(edit);
        await refresh(world);
      },
      topicOf(tag),
    );
  },
};
