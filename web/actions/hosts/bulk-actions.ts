import { MAX_IDS_PER_REQUEST, type Refusal } from '#contract/api/bulk.js';
import type { BulkNetworkRemoval, NetworkRemovalOutcome } from '#contract/networks/bulk.js';
import type { BulkScanDeletion, BulkScanTags, ScanDeletionOutcome } from '#contract/scans/bulk.js';
import { idsEnding } from '#domain/text/selection.js';
import { keys } from '../../api/queries.ts';
import { CloseIcon, PlayIcon, TrashIcon, UndoIcon } from '../../components/feedback/icons.tsx';
import { countOf } from '../../format/number.ts';
import type { Action, ActionContext } from '../actions/action.ts';
import { SO_ALREADY } from '../actions/changed-fields.ts';
import { performConfirmed } from '../actions/confirm-change.ts';
import type { Agreed, Look } from '../actions/confirming-button.tsx';
import { refreshNetworks } from '../settings/network-actions.ts';

async function refreshScans({ queries }: ActionContext): Promise<void> {
  const stale = [keys.scanLists, keys.scans, keys.tagLists];
  await Promise.all(stale.map((queryKey) => queries.invalidateQueries({ queryKey })));
}

/** Gives scans tags, or takes some away. */
export const tagScans: Action<BulkScanTags> = {
  label: 'Tag',
  icon: PlayIcon,
  available: ({ tags }) => tags.length > 0,
  async perform(world, body) {
    const { scans_changed: changed, moves } = await performConfirmed(world, {
      isFound: body.filter !== undefined,
      perform: (way) => world.client.tagScans({ ...body, ...way }),
      changed: ({ scans_changed: count }) => count,
      question: ({ scans_changed: count, scans_matched: matched }) => ({
        title: `Change ${countOf(count, 'scan')}?`,
        confirmLabel: 'Change',
        sentences: [`All that match now: ${countOf(matched, 'scan')}.`],
      }),
    });
    await refreshScans(world);
    if (changed === 0) {
      world.say(SO_ALREADY);
      return;
    }
    world.toastWithUndo(`${countOf(changed, 'scan')} changed.`, async () => {
      for (const { action, tag, scan_ids: ids } of moves)
        for (const scan_ids of chunksOf(ids))
          await world.client.tagScans({ scan_ids, tags: [tag], action: action === 'add' ? 'remove' : 'add' });
      await refreshScans(world);
    });
  },
};

/** As many as one request may name. */
function chunksOf(ids: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < ids.length; at += MAX_IDS_PER_REQUEST)
    chunks.push(ids.slice(at, at + MAX_IDS_PER_REQUEST));
  return chunks;
}

/** What did not go though it was agreed to, with the first reason. */
function stayedText(one: string, results: readonly { readonly error: Refusal | null }[]): string {
  const reasons = results.flatMap(({ error }) => error ?? []);
  const [first] = reasons;
  return first === undefined ? '' : ` Not done: ${countOf(reasons.length, one)}. ${first.message}`;
}

export const previewDeletion: Action<Look<BulkScanDeletion, ScanDeletionOutcome>> = {
  label: 'Delete',
  icon: TrashIcon,
  tone: 'danger',
  available: () => true,
  perform: async ({ client }, { subject, onAnswer }) =>
    onAnswer(await client.deleteScans({ ...subject, dry_run: true })),
};

export const deleteScans: Action<Agreed<BulkScanDeletion, ScanDeletionOutcome>> = {
  label: 'Delete',
  icon: TrashIcon,
  tone: 'danger',
  available: () => true,
  async perform(world, { subject, trial }) {
    const agreed = idsEnding(trial.results, 'deleted');
    const { filter } = subject;
    const outcome = await world.client.deleteScans(
      filter === undefined ? { scan_ids: agreed } : { filter, only_ids: agreed },
    );
    await refreshScans(world);
    const ids = idsEnding(outcome.results, 'deleted');
    const told = `${countOf(ids.length, 'scan')} deleted; what they found stays.${stayedText('scan', outcome.results)}`;
    if (ids.length === 0) {
      world.say(told);
      return;
    }
    world.toastWithUndo(told, async () => {
      for (const chunk of chunksOf(ids)) await world.client.restoreScans(chunk);
      await refreshScans(world);
    });
  },
};

export const restoreScans: Action<readonly string[]> = {
  label: 'Restore',
  icon: UndoIcon,
  available: (ids) => ids.length > 0,
  async perform(world, ids) {
    const { scans_restored: restored } = await world.client.restoreScans(ids);
    await refreshScans(world);
    world.say(`${countOf(restored, 'scan')} in the list again.`);
  },
};

export const previewRemoval: Action<Look<BulkNetworkRemoval, NetworkRemovalOutcome>> = {
  label: 'Remove',
  icon: CloseIcon,
  tone: 'danger',
  available: () => true,
  perform: async ({ client }, { subject, onAnswer }) =>
    onAnswer(await client.removeNetworks({ ...subject, dry_run: true })),
};

export const removeNetworks: Action<Agreed<BulkNetworkRemoval, NetworkRemovalOutcome>> = {
  label: 'Remove',
  icon: CloseIcon,
  tone: 'danger',
  available: () => true,
  async perform(world, { subject, trial }) {
    const agreed = idsEnding(trial.results, 'removed');
    const { filter } = subject;
    const { networks_removed: removed, results } = await world.client.removeNetworks(
      filter === undefined ? { network_ids: agreed } : { filter, only_ids: agreed },
    );
    await refreshNetworks(world);
    world.say(
      `${countOf(removed, 'network')} removed; their scans and hosts stay.${stayedText('network', results)}`,
    );
  },
};
