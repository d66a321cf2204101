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
import type { Confirmed, Variant } from '../actions/confirming-button.tsx';
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
  async perform(context, body) {
    const { scans_changed: changed, moves } = await performConfirmed(context, {
      isFound: body.filter !== undefined,
      perform: (way) => context.client.tagScans({ ...body, ...way }),
      changed: ({ scans_changed: count }) => count,
      question: ({ scans_changed: count, scans_matched: matched }) => ({
        title: `Change ${countOf(count, 'scan')}?`,
        confirmLabel: 'Change',
        sentences: [`All that match now: ${countOf(matched, 'scan')}.`],
      }),
    });
    await refreshScans(context);
    if (changed === 0) {
      context.toast(SO_ALREADY);
      return;
    }
    context.toastWithUndo(`${countOf(changed, 'scan')} changed.`, async () => {
      for (const { action, tag, scan_ids: ids } of moves)
        for (const scan_ids of chunksOf(ids))
          await context.client.tagScans({
            scan_ids,
            tags: [tag],
            action: action === 'add' ? 'remove' : 'add',
          });
      await refreshScans(context);
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

export const previewDeletion: Action<Variant<BulkScanDeletion, ScanDeletionOutcome>> = {
  label: 'Delete',
  icon: TrashIcon,
  tone: 'danger',
  available: () => true,
  perform: async ({ client }, { subject, onAnswer }) =>
    onAnswer(await client.deleteScans({ ...subject, dry_run: true })),
};

export const deleteScans: Action<Confirmed<BulkScanDeletion, ScanDeletionOutcome>> = {
  label: 'Delete',
  icon: TrashIcon,
  tone: 'danger',
  available: () => true,
  async perform(context, { subject, trial }) {
    const confirmed = idsEnding(trial.results, 'deleted');
    const { filter } = subject;
    const outcome = await context.client.deleteScans(
      filter === undefined ? { scan_ids: confirmed } : { filter, only_ids: confirmed },
    );
    await refreshScans(context);
    const ids = idsEnding(outcome.results, 'deleted');
    const shown = `${countOf(ids.length, 'scan')} deleted; what they found stays.${stayedText('scan', outcome.results)}`;
    if (ids.length === 0) {
      context.toast(shown);
      return;
    }
    context.toastWithUndo(shown, async () => {
      for (const chunk of chunksOf(ids)) await context.client.restoreScans(chunk);
      await refreshScans(context);
    });
  },
};

export const restoreScans: Action<readonly string[]> = {
  label: 'Restore',
  icon: UndoIcon,
  available: (ids) => ids.length > 0,
  async perform(context, ids) {
    const { scans_restored: restored } = await context.client.restoreScans(ids);
    await refreshScans(context);
    context.toast(`${countOf(restored, 'scan')} in the list again.`);
  },
};

export const previewRemoval: Action<Variant<BulkNetworkRemoval, NetworkRemovalOutcome>> = {
  label: 'Remove',
  icon: CloseIcon,
  tone: 'danger',
  available: () => true,
  perform: async ({ client }, { subject, onAnswer }) =>
    onAnswer(await client.removeNetworks({ ...subject, dry_run: true })),
};

export const removeNetworks: Action<Confirmed<BulkNetworkRemoval, NetworkRemovalOutcome>> = {
  label: 'Remove',
  icon: CloseIcon,
  tone: 'danger',
  available: () => true,
  async perform(context, { subject, trial }) {
    const confirmed = idsEnding(trial.results, 'removed');
    const { filter } = subject;
    const { networks_removed: removed, results } = await context.client.removeNetworks(
      filter === undefined ? { network_ids: confirmed } : { filter, only_ids: confirmed },
    );
    await refreshNetworks(context);
    context.toast(
      `${countOf(removed, 'network')} removed; their scans and hosts stay.${stayedText('network', results)}`,
    );
  },
};
