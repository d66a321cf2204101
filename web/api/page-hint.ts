import type { ErrorCode, ScanoramaError } from '#domain/errors/error.js';

/** A place of ours where something can be done about a failure. */
interface Remedy {
  readonly path: string;
  readonly title: string;
}

export interface PageHint {
  readonly hint?: string | undefined;
  readonly remedy?: Remedy | undefined;
}

type Facts = NonNullable<ScanoramaError['facts']>;

/** What the page says of an error whose hint speaks of flags and of words of the API, by its code and its facts. */
const OF_CODE: Readonly<Partial<Record<ErrorCode, (facts: Facts) => PageHint | undefined>>> = {
  outside_scope: ({ site }) => ({
    hint: 'Widen the scope of the site, or say as an administrator that it does not count.',
    remedy: sitePlace(site),
  }),
  confirmation_required: ({ site }) =>
    site === undefined
      ? {
          hint: 'Start it where you are asked about it first, or name fewer addresses or ports.',
          remedy: { path: '/scans', title: 'Scans' },
        }
      : {
          hint: 'Start it where you are asked about it first, or give the site a scope.',
          remedy: sitePlace(site),
        },
  built_in_profile: () => ({
    hint: 'Clone it, and change the copy.',
    remedy: { path: '/profiles', title: 'Profiles' },
  }),
  idle_setting: () => ({ hint: 'Leave it empty, or choose such a type.' }),
  invalid_request: ({ missing }) =>
    missing === 'resolver'
      ? {
          hint: 'Give its address in the field Resolver; the resolver of the server is never asked by itself.',
        }
      : undefined,
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
  doctor: { path: '/workers', title: 'What each worker lacks' },
  settings: { path: '/settings', title: 'Settings' },
};

function sitePlace(name: unknown): Remedy {
  if (typeof name !== 'string') return { path: '/sites', title: 'Sites' };
  return { path: `/sites/${encodeURIComponent(name)}`, title: `The site ${name}` };
}

const COMMAND = /`scanorama ([a-z]+)[^`]*`/;

/** What the page says in place of a hint: its own words, where it can do itself what the hint has a command for. */
export function pageHint({
  code,
  facts = {},
  hint,
}: Pick<ScanoramaError, 'code' | 'facts' | 'hint'>): PageHint {
  const ofCode = OF_CODE[code]?.(facts);
  if (ofCode !== undefined) return ofCode;
  const command = COMMAND.exec(hint ?? '');
  const remedy = PLACES[command?.[1] ?? ''];
  // What no page does is done by its command.
  if (hint === undefined || command === null || remedy === undefined) return { hint };
  return { hint: before(hint.slice(0, command.index)), remedy };
}

/** What a hint says before its command, such as `Stop it first`; nothing where the command is its subject. */
function before(text: string): string | undefined {
  const given = text.replace(/(?: with)? $/, '').replace(/[\s,:;.(]+$/, '');
  // To the first colon or semicolon that no name in quotes has.
  const complete = /^(?:"[^"]*"|[:;](?! )|[^":;])*/.exec(given)?.[0] ?? '';
  if (complete === '') return undefined;
  return /[?!]$/.test(complete) ? complete : `${complete}.`;
}
