import { describe, expect, it } from 'vitest';
import type { Site } from '#contract/networks/site.js';
import { siteChangeOf, siteDraftOf } from './site-draft.ts';

const site: Site = {
  id: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48',
  name: 'annex',
  created_at: '2026-11-26T00:00:00Z',
  networks: 0,
  hosts: 0,
  scans: 0,
  hosts_listed: 0,
  scans_listed: 0,
  exclusions: 0,
  schedules: 0,
  workers: 0,
  scope: ['198.18.0.0/24', 'fd00:1::/64'],
  unscoped_accepted_at: null,
  unscoped_accepted_by: null,
};

describe('siteChangeOf', () => {
  it('says nothing of what is as it was', () => {
    const draft = siteDraftOf(site);
    expect(siteChangeOf(site, draft)).toEqual({});
    expect(siteChangeOf(site, { ...draft, scope: ' fd00:1::/64, 198.18.0.0/24 ' })).toEqual({});
  });

  it('leaves the scope alone where only the name is another', () => {
    expect(siteChangeOf(site, { ...siteDraftOf(site), name: ' branch ' })).toEqual({ name: 'branch' });
  });

  it('tells with another scope which one it replaces, also with none', () => {
    const expected_scope = site.scope;
    for (const [scope, texts] of [
      ['198.18.0.0/24', ['198.18.0.0/24']],
      ['', []],
    ] as const)
      expect(siteChangeOf(site, { name: 'annex', scope })).toEqual({ scope: texts, expected_scope });
  });
});
