import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import type { ScanDeletionOutcome } from '#contract/scans/bulk.js';
import { client } from '../../api/client.ts';
import type { ActionContext } from '../actions/action.ts';
import { deleteScans } from './bulk-actions.ts';

const [FREE, BUSY] = ['01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47', '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48'];
const refusal = { code: 'conflict', message: 'It is in use.', hint: null };
const trial: ScanDeletionOutcome = {
  scans_matched: 2,
  scans_deleted: 1,
  scans_refused: 1,
  open_ports: 0,
  dry_run: true,
  results: [
    { id: FREE, outcome: 'deleted', error: null },
    { id: BUSY, outcome: 'refused', error: refusal },
  ],
};

function contextThatAnswers(outcome: ScanDeletionOutcome) {
  const [bodies, shown]: [unknown[], string[]] = [[], []];
  const context: ActionContext = {
    client: {
      ...client,
      deleteScans(body) {
        bodies.push(body);
        return Promise.resolve(outcome);
      },
    },
    queries: new QueryClient(),
    toast: (sentence) => void shown.push(sentence),
    toastWithUndo: (sentence) => void shown.push(`${sentence} [Undo]`),
    confirm: () => Promise.resolve(true),
    go: () => Promise.resolve(),
  };
  return { context, bodies, shown };
}

it('deletes those that the question told of and no others, chosen one by one or by a filter', async () => {
  const { context, bodies, shown } = contextThatAnswers({ ...trial, results: trial.results.slice(0, 1) });
  const filter = { tag: 'nightly' };
  await deleteScans.perform(context, { subject: { filter }, trial });
  await deleteScans.perform(context, { subject: { scan_ids: [FREE, BUSY] }, trial });
  expect(bodies).toEqual([{ filter, only_ids: [FREE] }, { scan_ids: [FREE] }]);
  expect(shown[0]).toBe('1 scan deleted; what they found stays. [Undo]');
});

it('says what was agreed to and not done, and offers no undo of nothing', async () => {
  const half = contextThatAnswers(trial);
  await deleteScans.perform(half.context, { subject: { scan_ids: [FREE, BUSY] }, trial });
  expect(half.shown).toEqual([
    '1 scan deleted; what they found stays. Not done: 1 scan. It is in use. [Undo]',
  ]);
  const none = contextThatAnswers({ ...trial, results: trial.results.slice(1) });
  await deleteScans.perform(none.context, { subject: { scan_ids: [BUSY] }, trial });
  expect(none.shown).toEqual(['0 scans deleted; what they found stays. Not done: 1 scan. It is in use.']);
});
