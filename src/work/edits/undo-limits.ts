import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { hostsGiven } from '#store/edits/host-edits.js';
import { scansGivenTags } from '#store/edits/scan-tag-edits.js';
import { hostWithTooManyNotes } from '#store/groups/annotations.js';
import { hostInTooMany } from '#store/groups/host-memberships.js';
import { scanWithTooManyTags } from '#store/tags/scan-tags.js';
import { MAX_GROUPS_PER_HOST, MAX_NOTES_PER_HOST, MAX_TAGS_PER_HOST } from '#work/hosts/edit-hosts.js';
import { MAX_TAGS_PER_SCAN } from '#work/scans/tag-scans.js';

/** Refuses with `conflict` an undo that gave a host or a scan more than one may have. */
export async function assertWithinLimits(executor: Executor, editId: number): Promise<void> {
  for (const [kind, limit] of [
    ['tag', MAX_TAGS_PER_HOST],
    ['group', MAX_GROUPS_PER_HOST],
  ] as const) {
    const hostIds = await hostsGiven(executor, editId, kind);
    const host = await hostInTooMany(executor, kind, { hostIds, limit });
    if (host !== undefined) throw tooMuch({ host }, `${kind}s`, limit);
  }
  const noted = await hostsGiven(executor, editId, 'note');
  const host = await hostWithTooManyNotes(executor, noted, MAX_NOTES_PER_HOST);
  if (host !== undefined) throw tooMuch({ host }, 'notes', MAX_NOTES_PER_HOST);
  const scan = await scanWithTooManyTags(executor, await scansGivenTags(executor, editId), MAX_TAGS_PER_SCAN);
  if (scan !== undefined) throw tooMuch({ scan }, 'tags', MAX_TAGS_PER_SCAN);
}

function tooMuch(
  whose: { readonly host: string } | { readonly scan: string },
  noun: string,
  limit: number,
): ScanoramaError {
  const name = 'host' in whose ? `host ${whose.host}` : `scan ${whose.scan}`;
  return new ScanoramaError(
    'conflict',
    `The ${name} would have more than ${limit.toLocaleString('en')} ${noun}.`,
    { at: noun, hint: 'Take some of them away first.', facts: { ...whose, limit } },
  );
}
