import { expect, it } from 'vitest';
import { MAX_PRESETS, readPresets, withPreset } from './filter-presets.ts';

it('keeps the newest, once a name, and not too many', () => {
  const first = withPreset([], { name: 'web', filter: 'port:80' });
  const both = withPreset(first, { name: 'up', filter: 'status:up' });
  expect(withPreset(both, { name: 'web', filter: 'port:443' })).toEqual([
    { name: 'web', filter: 'port:443' },
    { name: 'up', filter: 'status:up' },
  ]);
  const many = Array.from({ length: 30 }, (_, at) => ({ name: String(at), filter: 'x' }));
  expect(many.reduce<ReturnType<typeof withPreset>>(withPreset, [])).toHaveLength(MAX_PRESETS);
});

it.each([null, '', '{', '7', '[{"name":1}]'])('takes what is no list of them for none: %s', (text) => {
  expect(readPresets(text)).toEqual([]);
});
