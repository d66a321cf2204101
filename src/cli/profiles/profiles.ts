import { oneOf } from '#cli/arguments/flag-parsers.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { printResult } from '#cli/arguments/print-result.js';
import { showList, showOne } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import { CLEAR_DESCRIPTION_FLAG, descriptionChange } from '#cli/networks/description-flags.js';
import type { Row } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import { parseSettings, SETTING_FLAG_NAMES, SETTING_FLAGS } from '#cli/profiles/scan-setting-flags.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection, withStored } from '#cli/program/connection.js';
import type { ExitCode } from '#cli/program/exit.js';
import { settingFacts } from '#cli/reports/setting-facts.js';
import { scanArgumentOf, scanIdOf } from '#cli/scans/scan-arguments.js';
import type {
  Profile,
  ProfileChange,
  ProfileClone,
  ProfileRequest,
  ProfileStats,
} from '#contract/profiles/profile.js';
import { checkProfileName } from '#domain/profiles/profile.js';
import { SCAN_TYPES, type ScanType } from '#domain/scans/scan-type.js';
import { grouped } from '#domain/text/count-text.js';
import { humanDuration } from '#domain/time/duration.js';

/** The profile that is meant, by its name or id. */
function labelOf({ args }: CommandInput): string {
  const arg = (args[0] ?? '').trim();
  if (arg === '') throw usage('The name of the profile is empty.');
  return arg;
}

export interface ListProfilesPlan {
  readonly scanType: ScanType | undefined;
}

const PORTS_SHOWN = 24;

export function runListProfiles({ scanType }: ListProfilesPlan, context: Context): Promise<ExitCode> {
  const filter = scanType === undefined ? {} : { scan_type: scanType };
  return showList<Profile>(
    {
      pages: (client) =>
        pagesOf({ keyOf: ({ id }) => id, load: (query) => client.profiles({ ...query, ...filter }) }),
      heads: ['NAME', 'KIND', 'TYPE', 'PORTS', 'DESCRIPTION'],
      row: profileRow,
      none: 'No profiles.',
    },
    context,
  );
}

function profileRow({ name, built_in, scan_type, ports, description }: Profile): Row {
  const shown =
    ports === null ? '-' : ports.length > PORTS_SHOWN ? `${ports.slice(0, PORTS_SHOWN - 1)}…` : ports;
  return [name, built_in ? { text: 'built in', paint: 'dim' } : 'own', scan_type, shown, description ?? '-'];
}

export function runShowProfile(arg: string, context: Context): Promise<ExitCode> {
  return showOne(context, async (client) => {
    const profile = await client.profile(arg);
    return { document: profile, facts: profileFacts(profile) };
  });
}

function profileFacts(profile: Profile): (readonly [string, string])[] {
  const {
    name,
    id,
    description,
    ports,
    created_at: createdAt,
    created_by: by,
    updated_at: updatedAt,
  } = profile;
  return [
    ['Profile', name],
    ...(profile.built_in ? [['Kind', 'built in: clone it to change it'] as const] : [['Id', id] as const]),
    ['About', description ?? '-'],
    ['Ports', ports ?? 'as usual for the type'],
    ...settingFacts(profile),
    ...(createdAt === null ? [] : [['Created', `${localTime(createdAt)} by ${by ?? '-'}`] as const]),
    ...(updatedAt === createdAt ? [] : [['Changed', localTime(updatedAt)] as const]),
  ];
}

export function parseCreateProfile({ args, flags }: CommandInput): ProfileRequest {
  const description = flags.text('description');
  const fromScan = flags.text('from-scan');
  return {
    name: checkProfileName(args[0] ?? ''),
    ...(description === undefined ? {} : { description }),
    ...(fromScan === undefined ? {} : { from_scan: scanArgumentOf(fromScan) }),
    ...parseSettings(flags),
  };
}

export function runCreateProfile(request: ProfileRequest, context: Context): Promise<ExitCode> {
  return withConnection(context, async ({ client }) => {
    const { from_scan: arg } = request;
    const fromScan = arg === undefined ? {} : { from_scan: await scanIdOf(client, arg) };
    const profile = await client.createProfile({ ...request, ...fromScan });
    return printResult(
      context,
      profile,
      `The profile ${profile.name} is stored; \`scan --profile\` takes it.`,
    );
  });
}

export interface EditProfilePlan {
  readonly term: string;
  readonly change: ProfileChange;
}

export function parseEditProfile(input: CommandInput): EditProfilePlan {
  const { flags } = input;
  if (flags.givenOf(['name', 'description', 'clear-description', ...SETTING_FLAG_NAMES]).length === 0)
    throw usage('There is nothing to change.', {
      hint: 'Like `scanorama profiles edit NAME --ports 22,80`.',
    });
  const name = flags.text('name');
  const change = {
    ...(name === undefined ? {} : { name: checkProfileName(name) }),
    ...descriptionChange(flags),
    ...parseSettings(flags),
  };
  return { term: labelOf(input), change };
}

export function runEditProfile({ term: arg, change }: EditProfilePlan, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    const profile = await client.changeProfile(arg, change);
    return printResult(
      context,
      profile,
      `The profile ${profile.name} is changed; scans keep what they ran with.`,
    );
  });
}

export interface CloneProfilePlan {
  readonly term: string;
  readonly clone: ProfileClone;
}

export function parseCloneProfile(input: CommandInput): CloneProfilePlan {
  const description = input.flags.text('description');
  const name = checkProfileName(input.args[1] ?? '');
  return { term: labelOf(input), clone: { name, ...(description === undefined ? {} : { description }) } };
}

export function runCloneProfile({ term: arg, clone }: CloneProfilePlan, context: Context): Promise<ExitCode> {
  return withConnection(context, async ({ client }) => {
    const profile = await client.cloneProfile(arg, clone);
    return printResult(context, profile, `The profile ${profile.name} is stored, as ${arg} is now.`);
  });
}

export function runRemoveProfile(arg: string, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    const { id, name } = await client.profile(arg);
    await client.removeProfile(id);
    const sentence = `The profile ${name} is removed; its scans stay, and \`profiles add --from-scan\` brings it back.`;
    return printResult(context, { id, name, removed: true }, sentence);
  });
}

export function runProfileStats(arg: string, context: Context): Promise<ExitCode> {
  return showOne(context, async (client) => {
    const { id, name } = await client.profile(arg);
    const stats = await client.profileStats(id);
    return { document: { profile: name, ...stats }, facts: statsFacts(name, stats) };
  });
}

function statsFacts(name: string, stats: ProfileStats): (readonly [string, string])[] {
  const { hosts_found_mean: hosts, duration_median_seconds: seconds } = stats;
  return [
    ['Profile', name],
    [
      'Scans',
      `${grouped(stats.scans)}, ${grouped(stats.completed)} completed, ${grouped(stats.failed)} failed`,
    ],
    ['Last used', localTime(stats.last_used_at)],
    ['Hosts found', hosts === null ? '-' : `${hosts.toFixed(1)} on average`],
    ['Takes', seconds === null ? '-' : `${humanDuration(seconds * 1_000)}, the median`],
  ];
}

const PROFILE_ARGUMENT = { name: 'profile', help: 'the name or id of the profile', required: true } as const;
const NEW_NAME_ARGUMENT = { name: 'name', help: 'what it is to be called', required: true } as const;
const DESCRIPTION_FLAG = { flags: '--description <text>', help: 'when to use it' } as const;
const OF_ONE = { arguments: [PROFILE_ARGUMENT], json: 'document', place: 'any', parse: labelOf } as const;

export const profilesCommands = [
  defineCommand<ListProfilesPlan>({
    path: ['profiles', 'list'],
    summary: 'list the profiles, the built-in ones first',
    flags: [{ flags: '-t, --type <type>', help: 'only those of this scan type', choices: SCAN_TYPES }],
    examples: [['profiles list', 'every profile, and when to use it']],
    json: 'stream',
    place: 'any',
    parse: ({ flags }) => ({ scanType: oneOf('type', flags.text('type'), SCAN_TYPES) }),
    run: runListProfiles,
  }),
  defineCommand<string>({
    ...OF_ONE,
    path: ['profiles', 'show'],
    summary: 'show all settings of a profile',
    examples: [['profiles show fragile', 'the settings of the profile']],
    run: runShowProfile,
  }),
  defineCommand<ProfileRequest>({
    path: ['profiles', 'add'],
    aliases: ['create'],
    summary: 'add a profile',
    arguments: [NEW_NAME_ARGUMENT],
    flags: [
      DESCRIPTION_FLAG,
      {
        flags: '--from-scan <id>',
        help: 'copy the settings of a scan (or last); other options override them',
      },
      ...SETTING_FLAGS,
    ],
    examples: [
      ['profiles add nightly -p top-100 --rate 500', '`scan --profile nightly` uses it'],
      ['profiles add again --from-scan 01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47', 'as a scan was made'],
    ],
    json: 'document',
    place: 'any',
    parse: parseCreateProfile,
    run: runCreateProfile,
  }),
  defineCommand<EditProfilePlan>({
    path: ['profiles', 'edit'],
    summary: 'edit a profile; past scans keep their settings',
    arguments: [PROFILE_ARGUMENT],
    flags: [
      { flags: '--name <name>', help: 'the new name' },
      DESCRIPTION_FLAG,
      CLEAR_DESCRIPTION_FLAG,
      ...SETTING_FLAGS,
    ],
    examples: [['profiles edit nightly --rate 200 --ports unset', 'slower, and the usual ports again']],
    json: 'document',
    place: 'any',
    parse: parseEditProfile,
    run: runEditProfile,
  }),
  defineCommand<CloneProfilePlan>({
    path: ['profiles', 'clone'],
    summary: 'copy a profile',
    arguments: [PROFILE_ARGUMENT, NEW_NAME_ARGUMENT],
    flags: [DESCRIPTION_FLAG],
    examples: [
      ['profiles clone fragile printers', 'a built-in one as one of your own'],
      ['profiles clone fragile printers --description "Old ones"', 'with a description, which is not copied'],
    ],
    json: 'document',
    place: 'any',
    parse: parseCloneProfile,
    run: runCloneProfile,
  }),
  defineCommand<string>({
    ...OF_ONE,
    path: ['profiles', 'remove'],
    summary: 'remove a profile; its scans are kept',
    examples: [['profiles remove nightly', 'scans by it can be repeated by --from-scan']],
    run: runRemoveProfile,
  }),
  defineCommand<string>({
    ...OF_ONE,
    path: ['profiles', 'stats'],
    summary: 'show the number and results of the scans of a profile',
    examples: [['profiles stats standard', 'as of now']],
    run: runProfileStats,
  }),
];
