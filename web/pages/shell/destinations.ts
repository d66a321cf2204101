import type { Found, SearchResults } from '#contract/hosts/search.js';
import { addressHeads } from '#domain/addresses/address-prefix.js';
import { printFilter } from '#domain/filter/print.js';

/** Somewhere to go. */
export interface Destination {
  readonly kind: string;
  readonly title: string;
  readonly detail: string | null;
  /** A path of ours, one of a kind. */
  readonly path: string;
}

/** The pages of the navigation, in its order. */
export const ROOMS = [
  ['/scans', 'Scans'],
  ['/discovery', 'Discovery'],
  ['/hosts', 'Hosts'],
  ['/devices', 'Devices'],
  ['/suggestions', 'Suggestions'],
  ['/groups', 'Groups'],
  ['/tags', 'Tags'],
  ['/sites', 'Sites'],
  ['/networks', 'Networks'],
  ['/schedules', 'Schedules'],
  ['/profiles', 'Profiles'],
  ['/workers', 'Workers'],
  ['/settings', 'Settings'],
] as const;

const PAGES: readonly Destination[] = [...ROOMS, ['/scans#targets', 'New scan'] as const].map(
  ([path, title]) => ({ kind: 'page', title, detail: null, path }),
);

/** What was found, and before it the pages whose title begins so: all of them where nothing is typed. */
export function destinations(text: string, found?: SearchResults): readonly Destination[] {
  const start = text.trim().toLowerCase();
  const pages = PAGES.filter(({ title }) => title.toLowerCase().startsWith(start));
  return [...pages, ...(found?.data ?? []).flatMap(placeOf), ...allHosts(text.trim(), found?.more ?? [])];
}

/** Where more hosts are found than are shown, the list that has all whose address begins so. */
function allHosts(text: string, more: SearchResults['more']): readonly Destination[] {
  if (!more.some(({ kind }) => kind === 'host') || addressHeads(text).length === 0) return [];
  const filter = printFilter({ kind: 'term', pattern: [text] });
  return [{ kind: 'hosts', title: `All hosts with ${text}`, detail: null, path: hostsPath(filter) }];
}

const hostsPath = (filter: string): string => `/hosts?${new URLSearchParams({ filter }).toString()}`;

function placeOf({ kind, title, detail, id, filter }: Found): readonly Destination[] {
  if (filter !== null) return [{ kind, title, detail, path: hostsPath(filter) }];
  if (id === null) return [];
  return [{ kind, title, detail, path: pathOf(kind, id) }];
}

function pathOf(kind: Found['kind'], id: string): string {
  if (kind === 'profile') return `/profiles#${profileAnchor(id)}`;
  return kind === 'scan' ? `/scans/${id}` : `/hosts/${id}`;
}

/** Marks the row of a profile in the list of all. */
export const profileAnchor = (id: string): string => `profile-${id}`;
