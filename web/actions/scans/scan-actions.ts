import type { Scan, ScanRequest } from '#contract/scans/scan.js';
import { canMove, isEnded, type ScanStatus } from '#domain/scans/scan-status.js';
import { keys } from '../../api/queries.ts';
import { PlayIcon, ResumeIcon, StopIcon, TrashIcon, UndoIcon } from '../../components/feedback/icons.tsx';
import { scanTitle } from '../../format/scan-text.ts';
import type { Action, ActionContext } from '../actions/action.ts';
import { chord } from '../actions/shortcut.ts';
import { confirmed } from '../actions/start-confirmed.ts';

export function canStop(status: ScanStatus): boolean {
  return canMove(status, 'cancelled');
}

/** One that goes on may fall back to pending by itself, but leaves nothing to resume. */
export function canResume(status: ScanStatus): boolean {
  return isEnded(status) && canMove(status, 'pending');
}

export function canDelete({ status, deleted_at }: Pick<Scan, 'status' | 'deleted_at'>): boolean {
  return deleted_at === null && isEnded(status);
}

export async function remember({ queries }: ActionContext, scan: Scan): Promise<void> {
  queries.setQueryData(keys.scan(scan.id), scan);
  await queries.invalidateQueries({ queryKey: keys.scanLists });
}

const TEXTS = {
  large: 'Start this large scan?',
  unscoped: 'Scan without a scope?',
  confirmLabel: 'Start it',
  note: 'Make sure that these addresses are yours to scan. You can stop it at any time; what it found is kept.',
};

export const startScan: Action<ScanRequest> = {
  label: 'Start scan',
  icon: PlayIcon,
  available: (request) => request.targets.length > 0,
  async perform(context, request) {
    const scan = await confirmed(context, TEXTS, (given) =>
      context.client.startScan({ ...request, ...given }),
    );
    void remember(context, scan);
    await context.go(`/scans/${scan.id}`);
  },
};

export const stopScan: Action<Scan> = {
  label: 'Stop',
  icon: StopIcon,
  tone: 'danger',
  shortcut: chord('S'),
  available: ({ status }) => canStop(status),
  async perform(context, { id }) {
    const scan = await context.client.stopScan(id);
    void remember(context, scan);
    // A worker needs a moment to let go of what it has under way.
    const now = scan.status === 'cancelled' ? 'is stopped' : 'is stopping';
    context.toast(`The scan of ${scanTitle(scan)} ${now}; what it found is kept.`);
  },
};

export const resumeScan: Action<Scan> = {
  label: 'Resume',
  icon: ResumeIcon,
  shortcut: chord('R'),
  available: ({ status, deleted_at }) => deleted_at === null && canResume(status),
  async perform(context, { id }) {
    const scan = await context.client.resumeScan(id);
    void remember(context, scan);
    context.toast(`The scan of ${scanTitle(scan)} goes on where it stopped.`);
  },
};

export const deleteScan: Action<Scan> = {
  label: 'Delete',
  icon: TrashIcon,
  tone: 'danger',
  available: canDelete,
  async perform(context, { id }) {
    const scan = await context.client.deleteScan(id);
    void remember(context, scan);
    context.toastWithUndo(
      `The scan of ${scanTitle(scan)} is deleted; what it found stays.`,
      async () => remember(context, await context.client.restoreScan(id)),
      `scan ${id}`,
    );
  },
};

export const restoreScan: Action<Scan> = {
  label: 'Restore',
  icon: UndoIcon,
  available: ({ deleted_at }) => deleted_at !== null,
  async perform(context, { id }) {
    const scan = await context.client.restoreScan(id);
    void remember(context, scan);
    context.toast(`The scan of ${scanTitle(scan)} is in the list again.`, `scan ${id}`);
  },
};

export const openNewScan: Action<null> = {
  label: 'New scan',
  icon: PlayIcon,
  shortcut: chord('N'),
  available: () => true,
  perform: ({ go }) => go('/scans#targets'),
};
