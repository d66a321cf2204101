import { expect, it } from 'vitest';
import type { Found } from '#contract/hosts/search.js';
import { destinations } from './destinations.ts';

const ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48';
const found = (changes: Partial<Found>): Found => ({
  kind: 'host',
  id: ID,
  title: 'x',
  detail: null,
  filter: null,
  ...changes,
});

it('leads to the thing itself, or to the hosts that have it', () => {
  const all = [
    found({}),
    found({ kind: 'scan' }),
    found({ kind: 'profile', id: 'quick' }),
    found({ kind: 'port', id: null, filter: 'port:443/tcp' }),
    found({ kind: 'network', filter: 'network:"two words" and site:default' }),
  ];
  expect(destinations('xyz', { data: all, more: [] }).map(({ path }) => path)).toEqual([
    `/hosts/${ID}`,
    `/scans/${ID}`,
    '/profiles#profile-quick',
    '/hosts?filter=port%3A443%2Ftcp',
    '/hosts?filter=network%3A%22two+words%22+and+site%3Adefault',
  ]);
});

const places = (text: string, kind: Found['kind']) =>
  destinations(text, { data: [found({})], more: [{ kind, count: 1 }] }).map(({ title, path }) => [
    title,
    path,
  ]);

it('leads to the list of all hosts where more of them are found than are shown', () => {
  expect(places('198.18', 'host')).toEqual([
    ['x', `/hosts/${ID}`],
    ['All hosts with 198.18', '/hosts?filter=198.18'],
  ]);
  // That list looks for no maker and no scan.
  expect(places('xyz', 'host')).toHaveLength(1);
  expect(places('198.18', 'scan')).toHaveLength(1);
});

it('offers every page before anything is typed, then those that begin so', () => {
  expect(destinations('').map(({ title }) => title)).toEqual([
    'Scans',
    'Discovery',
    'Hosts',
    'Devices',
    'Suggestions',
    'Groups',
    'Tags',
    'Sites',
    'Networks',
    'Schedules',
    'Profiles',
    'Workers',
    'Settings',
    'New scan',
  ]);
  expect(destinations(' N').map(({ title }) => title)).toEqual(['Networks', 'New scan']);
});
