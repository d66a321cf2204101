import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import type { Group } from '#contract/labels/group.js';
import { client } from '../../api/client.ts';
import { removeGroup } from './annotation-actions.ts';

const ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';
const EDIT = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48';
const group: Group = {
  id: ID,
  name: 'printers',
  description: null,
  color: null,
  kind: 'static',
  rule: null,
  hosts: 2,
  created_by: 'os:me',
  created_at: '2026-11-01T00:00:00.000Z',
  updated_by: 'os:me',
  updated_at: '2026-11-01T00:00:00.000Z',
};

async function removal(edit: string | null) {
  const [shown, undone, undos]: [string[], string[], (() => Promise<void>)[]] = [[], [], []];
  await removeGroup.perform(
    {
      client: {
        ...client,
        removeGroup: () =>
          Promise.resolve({ edit, hosts_matched: 2, hosts_changed: 2, examples: [], dry_run: false }),
        undoHostEdit(id) {
          undone.push(id);
          return Promise.resolve({
            summary: 'x',
            edit: ID,
            hosts_changed: 2,
            scans_changed: 0,
            examples: [],
            left: 0,
          });
        },
      },
      queries: new QueryClient(),
      toast: (sentence) => void shown.push(sentence),
      toastWithUndo(sentence, undo) {
        shown.push(`${sentence} [Undo]`);
        undos.push(undo);
      },
      confirm: () => Promise.resolve(true),
      go: () => Promise.resolve(),
    },
    group,
  );
  for (const undo of undos) await undo();
  return { shown, undone };
}

it('takes the removal of a group back, where there is something to take back', async () => {
  const done = 'The group printers is removed; its hosts stay.';
  expect(await removal(EDIT)).toEqual({ shown: [`${done} [Undo]`], undone: [EDIT] });
  expect(await removal(null)).toEqual({ shown: [done], undone: [] });
});
