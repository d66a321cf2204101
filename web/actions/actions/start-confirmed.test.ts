import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { client } from '../../api/client.ts';
import type { Question } from '../../components/forms/dialog-queue.ts';
import type { ActionWorld } from './action.ts';
import { type Confirmations, confirmed, Declined } from './start-confirmed.ts';

const WORDS = { large: 'Large?', unscoped: 'No scope?', confirmLabel: 'Start it', note: 'Yours?' };
const wanting = (confirm: string) =>
  new ScanoramaError('confirmation_required', `It wants ${confirm}.`, { facts: { confirm } });

function worldThatSays(isYes: boolean): { world: ActionWorld; asked: Question[] } {
  const asked: Question[] = [];
  const world: ActionWorld = {
    client,
    queries: new QueryClient(),
    say: () => undefined,
    sayWithUndo: () => undefined,
    ask: async (question) => {
      asked.push(question);
      return isYes;
    },
    go: () => Promise.resolve(),
  };
  return { world, asked };
}

it('asks for each yes that is wanted, once, and says them all', async () => {
  const { world, asked } = worldThatSays(true);
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
  const { world } = worldThatSays(false);
  await expect(confirmed(world, WORDS, () => Promise.reject(wanting('confirm_large')))).rejects.toThrow(
    Declined,
  );
  const failure = new ScanoramaError('conflict', 'No.');
  await expect(confirmed(world, WORDS, () => Promise.reject(failure))).rejects.toBe(failure);
});

it('does not ask again for a yes that was said', async () => {
  const { world, asked } = worldThatSays(true);
  await expect(confirmed(world, WORDS, () => Promise.reject(wanting('confirm_large')))).rejects.toThrow(
    'It wants confirm_large.',
  );
  expect(asked).toHaveLength(1);
});
