import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import type { BulkEdit } from '#contract/hosts/edit.js';
import { client } from '../../api/client.ts';
import { editHosts } from '../hosts/annotation-actions.ts';
import type { ActionContext } from './action.ts';
import { Declined } from './start-confirmed.ts';

const EDIT = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';
const DIGEST = 'ab'.repeat(32);
const change = { tags: { add: ['web'] } };

function contextThatRecords(isYes: boolean, changed = 2) {
  const [bodies, confirmed]: [BulkEdit[], string[]] = [[], []];
  const outcome = { edit: EDIT, hosts_matched: 3, examples: ['198.18.0.1'], digest: DIGEST };
  const context: ActionContext = {
    client: {
      ...client,
      editHosts(body) {
        bodies.push(body);
        return Promise.resolve({ ...outcome, hosts_changed: changed, dry_run: body.dry_run === true });
      },
    },
    queries: new QueryClient(),
    toast: () => undefined,
    toastWithUndo: () => undefined,
    confirm({ title, sentences }) {
      confirmed.push([title, ...sentences].join(' '));
      return Promise.resolve(isYes);
    },
    go: () => Promise.resolve(),
  };
  return { context, bodies, confirmed };
}

it('changes what a filter finds after a question, and no others than it told of', async () => {
  const { context, bodies, confirmed } = contextThatRecords(true);
  await editHosts.perform(context, { filter: 'port:7', change });
  expect(confirmed).toEqual(['Change 2 hosts? All that match now: 3 hosts. 198.18.0.1 …']);
  expect(bodies).toEqual([
    { filter: 'port:7', change, dry_run: true },
    { filter: 'port:7', change, expected: DIGEST },
  ]);
});

it('changes nothing after a no, asks nothing where nothing would change, nor of what was chosen', async () => {
  const refused = contextThatRecords(false);
  await expect(editHosts.perform(refused.context, { filter: 'port:7', change })).rejects.toThrow(Declined);
  expect(refused.bodies).toHaveLength(1);
  const same = contextThatRecords(true, 0);
  await editHosts.perform(same.context, { filter: 'port:7', change });
  const chosen = contextThatRecords(true);
  await editHosts.perform(chosen.context, { host_ids: [EDIT], change });
  expect([same.confirmed, chosen.confirmed]).toEqual([[], []]);
  expect(chosen.bodies).toEqual([{ host_ids: [EDIT], change }]);
});
