import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { client } from '../../api/client.ts';
import type { Question } from '../../components/forms/dialog-queue.ts';
import type { ActionContext } from './action.ts';
import { type Confirmations, confirmed, Declined } from './start-confirmed.ts';

const TEXTS = { large: 'Large?', unscoped: 'No scope?', confirmLabel: 'Start it', note: 'Yours?' };
const wanting = (confirm: string) =>
  new ScanoramaError('confirmation_required', `It wants ${confirm}.`, { facts: { confirm } });

function contextThatRecords(isYes: boolean): { context: ActionContext; confirmed: Question[] } {
  const questions: Question[] = [];
  const context: ActionContext = {
    client,
    queries: new QueryClient(),
    toast: () => undefined,
    toastWithUndo: () => undefined,
    confirm: async (question) => {
      questions.push(question);
      return isYes;
    },
    go: () => Promise.resolve(),
  };
  return { context, confirmed: questions };
}

it('asks for each yes that is wanted, once, and says them all', async () => {
  const { context, confirmed: questions } = contextThatRecords(true);
  const tries: Confirmations[] = [];
  const start = async (given: Confirmations) => {
    tries.push(given);
    if (!given.confirm_unscoped) throw wanting('confirm_unscoped');
    if (!given.confirm_large) throw wanting('confirm_large');
    return 'started';
  };
  expect(await confirmed(context, TEXTS, start)).toBe('started');
  expect(questions.map(({ title }) => title)).toEqual(['No scope?', 'Large?']);
  expect(questions[1]?.sentences).toEqual(['It wants confirm_large.', 'Yours?']);
  expect(tries).toEqual([{}, { confirm_unscoped: true }, { confirm_unscoped: true, confirm_large: true }]);
});

it('does nothing after a no, and lets every other failure pass', async () => {
  const { context } = contextThatRecords(false);
  await expect(confirmed(context, TEXTS, () => Promise.reject(wanting('confirm_large')))).rejects.toThrow(
    Declined,
  );
  const failure = new ScanoramaError('conflict', 'No.');
  await expect(confirmed(context, TEXTS, () => Promise.reject(failure))).rejects.toBe(failure);
});

it('does not ask again for a yes that was said', async () => {
  const { context, confirmed: questions } = contextThatRecords(true);
  await expect(confirmed(context, TEXTS, () => Promise.reject(wanting('confirm_large')))).rejects.toThrow(
    'It wants confirm_large.',
  );
  expect(questions).toHaveLength(1);
});
