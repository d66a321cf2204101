import type { ErrorCode, ScanoramaError } from '#domain/error.js';

/** A place of ours where something can be done about a failure. */
interface Remedy {
  readonly path: string;
  readonly title: string;
}

export interface PageHint {
  readonly hint?: string | undefined;
  readonly remedy?: Remedy | undefined;
}

type Told = Pick<ScanoramaError, 'at' | 'facts' | 'hint'>;

/** What a hint that speaks of the command line comes to on the page, by the code of its error. */
const OF_CODE: Readonly<Partial<Record<ErrorCode, (error: Told) => PageHint>>> = {
  outside_scope: ({ facts }) => ({
    hint: 'Widen the scope of the site, or say as an administrator that it does not count.',
    remedy: sitePlace(facts?.['site']),
  }),
  confirmation_required: ({ facts }) => ({
    hint: 'Start it where you are asked about it first, or give the site a scope.',
    remedy: facts?.['site'] === undefined ? { path: '/scans', title: 'Scans' } : sitePlace(facts['site']),
  }),
  built_in_profile: () => ({
    hint: 'Clone it, and change the copy.',
    remedy: { path: '/profiles', title: 'Profiles' },
  }),
  idle_setting: () => ({ hint: 'Leave it empty, or choose such a type.' }),
  privilege_missing: ({ at }) => ({
    hint:
      at === 'detect_os'
        ? 'Run Scanorama as root, or leave the systems of the hosts out.'
        : 'Run Scanorama as root or with CAP_NET_RAW, or choose the type connect.',
  }),
  engine_unavailable: ({ at, hint = '' }) => {
    if (at === '--live-hosts') return { hint: 'Leave “Live hosts alone” out: then all of them are asked.' };
    if (hint.includes('--type connect')) return { hint: 'Choose the type connect.' };
    return { hint: 'What each worker lacks is told there.', remedy: { path: '/workers', title: 'Workers' } };
  },
  engine_failed: ({ hint = '' }) => ({
    hint: hint.includes('gateway')
      ? 'Choose the type connect, or do not exclude the gateway.'
      : 'Choose the type connect for these targets.',
  }),
};

/** The same by the field that a request was refused for. */
const OF_FIELD: Readonly<Record<string, string>> = {
  resolver: 'Give its address in the field Resolver; the resolver of the server is never asked by itself.',
};

/** The page that does what the commands of a noun do. */
const PLACES: Readonly<Record<string, Remedy>> = {
  scans: { path: '/scans', title: 'Scans' },
  discover: { path: '/discovery', title: 'Discovery' },
  hosts: { path: '/hosts', title: 'Hosts' },
  devices: { path: '/devices', title: 'Devices' },
  groups: { path: '/groups', title: 'Groups' },
  tags: { path: '/tags', title: 'Tags' },
  networks: { path: '/networks', title: 'Networks' },
  exclusions: { path: '/networks', title: 'Networks' },
  sites: { path: '/sites', title: 'Sites' },
  schedules: { path: '/schedules', title: 'Schedules' },
  profiles: { path: '/profiles', title: 'Profiles' },
  workers: { path: '/workers', title: 'Workers' },
  settings: { path: '/settings', title: 'Settings' },
};

function sitePlace(name: unknown): Remedy {
  if (typeof name !== 'string') return { path: '/sites', title: 'Sites' };
  return { path: `/sites/${encodeURIComponent(name)}`, title: `The site ${name}` };
}

const COMMAND = /`scanorama ([a-z]+)[^`]*`/;
const FLAG = /(?:^|[\s(`])--[a-z]|on the command line/;

/** What the page says in place of a hint: its own words, where it can do itself what the hint has a command for. */
export function pageHint(error: Pick<ScanoramaError, 'code' | 'at' | 'facts' | 'hint'>): PageHint {
  const { code, hint, at } = error;
  if (hint === undefined) return {};
  const command = COMMAND.exec(hint);
  if (command === null && !FLAG.test(hint)) return { hint };
  const ofCode = OF_CODE[code]?.(error);
  if (ofCode !== undefined) return ofCode;
  const ofField = at === undefined ? undefined : OF_FIELD[at];
  if (ofField !== undefined) return { hint: ofField };
  const remedy = PLACES[command?.[1] ?? ''];
  // What no page does is done by its command.
  return remedy === undefined ? { hint } : { hint: before(hint, command?.index ?? 0), remedy };
}

/** What a hint says before its command, such as `Stop it first`; nothing where the command is its subject. */
function before(hint: string, index: number): string | undefined {
  const said = hint
    .slice(0, index)
    .replace(/(?: with)? $/, '')
    .replace(/[\s,:;.(]+$/, '');
  const whole = said.replace(/[:;] .*$/, '');
  return whole === '' ? undefined : `${whole}.`;
}
