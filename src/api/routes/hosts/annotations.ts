import type { HostDetail } from '#contract/hosts/host.js';
import { labelKey } from '#domain/fields/label-name.js';
import type { Executor } from '#store/database/database.js';
import { annotationsOfHosts, type HostAnnotations } from '#store/edits/edit-history.js';
import {
  fieldValuesOf,
  type HostTag,
  notesOf,
  ownerOf,
  staticGroupsOf,
  tagsOf,
} from '#store/groups/annotations.js';
import { ruleGroupsOf } from '#store/groups/group-rules.js';
import { type AsOf, isNow } from '#store/history/as-of.js';

/** The tags of each of some hosts as of a moment; of a past one by the names they had. */
export async function readTags(
  snapshot: Executor,
  hostIds: readonly number[],
  asOf: AsOf,
): Promise<ReadonlyMap<number, readonly HostTag[]>> {
  const tags = isNow(asOf)
    ? await tagsOf(snapshot, hostIds)
    : (await annotationsOfHosts(snapshot, hostIds, asOf))
        .filter(({ kind }) => kind === 'tag')
        .map(({ hostId, value: name }) => ({ hostId, name, color: null }));
  return Map.groupBy(tags, ({ hostId }) => hostId);
}

type Annotations = Pick<HostDetail, 'groups' | 'owner' | 'fields' | 'notes'>;

/** What people say of one host, beside its tags. */
export async function readAnnotations(snapshot: Executor, hostId: number, asOf: AsOf): Promise<Annotations> {
  if (!isNow(asOf)) return presentGiven(await annotationsOfHosts(snapshot, [hostId], asOf));
  const notes = await notesOf(snapshot, hostId);
  return {
    groups: inOrder([...(await staticGroupsOf(snapshot, hostId)), ...(await ruleGroupsOf(snapshot, hostId))]),
    owner: (await ownerOf(snapshot, hostId)) ?? null,
    fields: [...(await fieldValuesOf(snapshot, hostId))],
    notes: notes.map(({ uid, text, author, writtenAt }) => ({
      id: uid,
      text,
      author,
      written_at: writtenAt.toISOString(),
    })),
  };
}

function inOrder(names: readonly string[]): string[] {
  return names.toSorted((a, b) => (labelKey(a) < labelKey(b) ? -1 : 1));
}

/** The type of a field is not kept, and all that was said of one was text. */
function presentGiven(given: readonly HostAnnotations[]): Annotations {
  const [owner] = given.filter(({ kind }) => kind === 'owner');
  return {
    groups: given.filter(({ kind }) => kind === 'group').map(({ value }) => value),
    owner: owner === undefined ? null : { name: owner.value, contact: null, network: null },
    fields: given
      .filter(({ kind }) => kind === 'field')
      .map(({ label, value }) => ({ name: label ?? '', type: 'text', value })),
    notes: given
      .filter(({ kind }) => kind === 'note')
      .map(({ subject, value, actor, at }) => ({
        id: subject ?? '',
        text: value,
        author: actor,
        written_at: at.toISOString(),
      }))
      .sort((a, b) => (a.written_at < b.written_at ? 1 : -1)),
  };
}
