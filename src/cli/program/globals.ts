import type { PlaceFlags } from '#app/interface.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { usage } from '#cli/arguments/usage.js';

export type JsonMode = 'off' | 'document' | 'stream';

/** What every verb understands. */
export interface Globals {
  readonly place: PlaceFlags;
  readonly json: JsonMode;
  readonly color: boolean;
}

/** Properties of a command that decide which global options it accepts. */
export interface CommandNeeds {
  /** The parts of its name: `['scans', 'list']`. */
  readonly path: readonly string[];
  /** `stream`: also one document a line, with `--json=stream`. */
  readonly json: 'none' | 'document' | 'stream';
  /** `local`: works on this machine's data directory or database, never through a server. */
  readonly place: 'any' | 'local' | 'none';
}

export const GLOBAL_FLAGS: readonly FlagSpec[] = [
  { flags: '--data-dir <directory>', help: 'data directory', takesPath: true },
  { flags: '--database-url <url>', help: 'use this PostgreSQL instead of the embedded one' },
  { flags: '--server <url>', help: 'speak to a running Scanorama server' },
  { flags: '--api-key <key>', help: 'the API key for --server' },
  { flags: '--json', help: 'print JSON' },
  { flags: '--json=stream', help: 'print lists as one JSON document a line' },
  { flags: '--no-color', help: 'print without color' },
];

/** Flags of a server that is elsewhere; refused by what works on this machine. */
const REMOTE_FLAGS = ['--server', '--api-key'];

/** The global flags that a verb may be given. */
export function globalFlagsOf(place: CommandNeeds['place']): readonly FlagSpec[] {
  if (place !== 'local') return GLOBAL_FLAGS;
  return GLOBAL_FLAGS.filter(({ flags }) => !REMOTE_FLAGS.some((name) => flags.startsWith(`${name} `)));
}

/** The scheme of each address flag, and what the address is of. */
const URL_FLAGS = [
  { name: 'server', schemes: ['http:', 'https:'], example: 'http://127.0.0.1:8080' },
  {
    name: 'database-url',
    schemes: ['postgres:', 'postgresql:'],
    example: 'postgres://user@localhost/scanorama',
  },
] as const;
const PLACE_FLAGS = ['data-dir', 'database-url', 'server', 'api-key'] as const;
const MAX_KEY_CHARACTERS = 200;

export function parseGlobals(flags: FlagValues, command: CommandNeeds): Globals {
  checkUrls(flags);
  checkPlace(flags, command);
  const key = flags.text('api-key');
  if (key !== undefined && (key.length > MAX_KEY_CHARACTERS || !/^[\x21-\x7e]+$/.test(key))) {
    throw usage('The value of --api-key is not an API key.', {
      hint: 'It is one word, as `scanorama api-keys create` printed it.',
    });
  }
  return {
    place: {
      dataDir: flags.text('data-dir'),
      databaseUrl: flags.text('database-url'),
      server: flags.text('server'),
      apiKey: key,
    },
    json: jsonMode(flags, command),
    color: !flags.on('no-color'),
  };
}

function checkUrls(flags: FlagValues): void {
  for (const { name, schemes, example } of URL_FLAGS) {
    const text = flags.text(name);
    if (text === undefined) continue;
    const url = URL.parse(text);
    if (url === null || !schemes.some((scheme) => scheme === url.protocol)) {
      // Never repeated in the sentence: such an address may hold a password.
      throw usage(`The value of --${name} is not an address that starts with ${schemes[0]}//.`, {
        hint: `Like ${example}.`,
      });
    }
    if (name === 'server' && (url.username !== '' || url.password !== '')) {
      throw usage('The address of --server cannot hold a user name or a password.', {
        hint: 'Give the key with --api-key.',
      });
    }
  }
}

function checkPlace(flags: FlagValues, command: CommandNeeds): void {
  const given = flags.givenOf(PLACE_FLAGS);
  const remote = given.find((flag) => REMOTE_FLAGS.includes(flag));
  if (command.place === 'local' && remote !== undefined) {
    throw usage(
      `${remote} does not go with \`scanorama ${command.path.join(' ')}\`, which works on this machine.`,
      {
        hint: 'Set it with --data-dir or --database-url.',
      },
    );
  }
  const local = given.find((flag) => flag === '--data-dir' || flag === '--database-url');
  if (local !== undefined && given.includes('--server')) {
    throw usage(`--server and ${local} contradict each other.`, { hint: 'Give one of them.' });
  }
}

function jsonMode(flags: FlagValues, command: CommandNeeds): JsonMode {
  const name = `scanorama ${command.path.join(' ')}`;
  if (flags.on('json=stream')) {
    if (command.json === 'stream') return 'stream';
    throw usage(`--json=stream is for lists, and \`${name}\` does not print one.`, { hint: 'Use --json.' });
  }
  if (!flags.on('json')) return 'off';
  if (command.json === 'none') throw usage(`\`${name}\` has nothing to print as JSON.`);
  return 'document';
}
