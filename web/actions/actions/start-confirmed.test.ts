import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { client } from '../../api/client.ts';
import type { Question } from '../../components/forms/dialog-queue.ts';
import type { ActionContext } from './action.ts';
import { type Confirmations, confirmed, Declined } from './start-confirmed.ts';

const WORDS = { large: 'Large?', unscoped: 'No scope?', confirmLabel: 'Start it', note: 'Yours?' };
const wanting = (confirm: string) =>
  new ScanoramaError('confirmation_required', `It wants ${confirm}.`, { facts: { confirm } });

function contextThatRecords(isYes: boolean): { world: ActionContext; asked: Question[] } {
  const asked: Question[] = [];
  const world: ActionContext = {
    client,
    queries: new QueryClient(),
    say: () => undefined,
    toastWithUndo: () => undefined,
    ask: async (question) => {
      asked.push(question);
      return isYes;
    },
    go: () => Promise.resolve(),
  };
  return { world, asked };
}

it('asks for each yes that is wanted, once, and says them all', async () => {
  const { world, asked } = contextThatRecords(true);
  const tries: Confirmations[] = [];
  const start = async (said: Confirmations) => {
    tries.push(said);
    if (!said.confirm_unscoped) throw wanting('confirm_unscoped');
    if (!said.confirm_large) throw wanting('confirm_large');
    return 'started';
  };
  expect(await confirmed(world, WORDS, start)).toBe('started');
  expect(asked.map(({ title }) => title)).toEqual(['No scope?', 'Large?']);
  expect(asked[1]?.sentences).toEqual(['It wants confirm_large.', 'Yours?']);
  expect(tries).toEqual([{}, { confirm_unscoped: true }, { confirm_unscoped: true, confirm_large: true }]);
});

it('does nothing after a no, and lets every other failure pass', async () => {
  const { world } = contextThatRecords(false);
  await expect(confirmed(world, WORDS, () => Promise.reject(wanting('confirm_large')))).rejects.toThrow(
    Declined,
  );
  const failure = new ScanoramaError('conflict', 'No.');
  await expect(confirmed(world, WORDS, () => Promise.reject(failure))).rejects.toBe(failure);
});

it('does not ask again for a yes that was said', async () => {
  const { world, asked } = contextThatRecords(true);
  await expect(confirmed(world, WORDS, () => Promise.reject(wanting('confirm_large')))).rejects.toThrow(
    'It wants confirm_large.',
  );
  expect(asked).toHaveLength(1);
});
