import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import type { Tag } from '#contract/labels/tag.js';
import { client } from '../../api/client.ts';
import { saveTag } from './tag-actions.ts';

const tag: Tag = {
  name: 'weekly',
  color: null,
  hosts: 2,
  scans: 1,
  created_by: 'os:me',
  created_at: '2026-11-01T00:00:00.000Z',
};

it('tells of a tag that is renamed again in place of its first name, which no undo finds any more', async () => {
  const topics: unknown[] = [];
  const rename = (before: Tag, name: string) =>
    saveTag.perform(
      {
        client: { ...client, changeTag: () => Promise.resolve({ ...before, name }) },
        queries: new QueryClient(),
        toast: () => undefined,
        toastWithUndo: (_sentence, _undo, topic) => void topics.push(topic),
        confirm: () => Promise.resolve(true),
        go: () => Promise.resolve(),
      },
      { before, name, color: null },
    );
  await rename(tag, 'monthly');
  await rename({ ...tag, name: 'monthly' }, 'yearly');
  await rename({ ...tag, name: 'other', created_at: '2026-11-02T00:00:00.000Z' }, 'another');
  expect(topics[0]).toBeDefined();
  expect(topics[1]).toBe(topics[0]);
  expect(topics[2]).not.toBe(topics[0]);
});
