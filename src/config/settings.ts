import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { readVariable } from '#config/variables.js';
import { readWorkSettings, type WorkSettings } from '#config/work-settings.js';
import { isLoopback, parseAddress } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { LOG_LEVELS, type LogLevel } from '#telemetry/log-levels.js';

/** Options of the command line; the environment supplies what is missing. */
export interface SettingFlags {
  readonly dataDir?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly server?: string | undefined;
  readonly apiKey?: string | undefined;
}

export interface Settings {
  /** Absolute. */
  readonly dataDir: string;
  /** Whether a person named it, and not the platform. */
  readonly dataDirNamed: boolean;
  readonly databaseUrl: string | undefined;
  /** Base address of a remote Scanorama. */
  readonly server: string | undefined;
  readonly apiKey: string | undefined;
  readonly logLevel: LogLevel | undefined;
  readonly prober: ProberSettings;
  readonly work: WorkSettings;
  /** What child processes of ours inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export const PROBER_MODES = ['process', 'in-process'] as const;
export type ProberMode = (typeof PROBER_MODES)[number];

export interface ProberSettings {
  /** Where probing runs: in a child process (Linux), or in this program with the portable engine alone. */
  readonly mode: ProberMode;
  /** Absolute path of the Node.js that the child process runs with; undefined for the one of this program. */
  readonly nodePath: string | undefined;
  /** All that the child process gets to see of the environment; no secret is in it. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_LISTEN: ListenAddress = { host: '127.0.0.1', port: 8080 };

/** The environment and the flags, checked; `invalid_configuration` names what is wrong. The only reader of process.env. */
export function readSettings(flags: SettingFlags, environment: NodeJS.ProcessEnv = process.env): Settings {
  const namedDataDir = flags.dataDir ?? readVariable(environment, 'SCANORAMA_DATA_DIR');
  return {
    dataDir: resolve(namedDataDir ?? defaultDataDir(environment)),
    dataDirNamed: namedDataDir !== undefined,
    databaseUrl: checkedDatabaseUrl(flags.databaseUrl ?? readVariable(environment, 'DATABASE_URL')),
    server: checkedServer(flags.server ?? readVariable(environment, 'SCANORAMA_SERVER')),
    apiKey: flags.apiKey ?? readVariable(environment, 'SCANORAMA_API_KEY'),
    logLevel: checkedLogLevel(readVariable(environment, 'SCANORAMA_LOG_LEVEL')),
    prober: readProberSettings(environment),
    work: readWorkSettings(environment),
    environment,
  };
}

/** To find nmap, and the libraries of a Node.js that is not where the system looks. */
const PROBER_VARIABLES = ['PATH', 'LD_LIBRARY_PATH'];

function readProberSettings(environment: NodeJS.ProcessEnv): ProberSettings {
  const nodePath = readVariable(environment, 'SCANORAMA_PROBER_NODE');
  return {
    mode: checkedProberMode(readVariable(environment, 'SCANORAMA_PROBER')),
    nodePath: nodePath === undefined ? undefined : resolve(nodePath),
    environment: Object.fromEntries(
      PROBER_VARIABLES.flatMap((name) => {
        const value = present(environment[name]);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  };
}

/** Elsewhere than on Linux the child process would have no engine that this program has not. */
function checkedProberMode(mode: string | undefined): ProberMode {
  if (mode === undefined) return platform() === 'linux' ? 'process' : 'in-process';
  const known = PROBER_MODES.find((word) => word === mode);
  if (known !== undefined) return known;
  throw new ScanoramaError('invalid_configuration', `"${mode}" is no way to run the prober.`, {
    hint: `The ways are ${PROBER_MODES.join(' and ')}.`,
    at: 'SCANORAMA_PROBER',
  });
}

function present(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

/** The platform's place for application data; for root a place that the database's own user can reach. */
function defaultDataDir(environment: NodeJS.ProcessEnv): string {
  if (platform() === 'win32') return join(present(environment['LOCALAPPDATA']) ?? homedir(), 'Scanorama');
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Scanorama');
  if (process.getuid?.() === 0) return '/var/lib/scanorama';
  return join(present(environment['XDG_DATA_HOME']) ?? join(homedir(), '.local', 'share'), 'scanorama');
}

function checkedDatabaseUrl(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol === 'postgres:' || protocol === 'postgresql:') return url;
  // The address may hold a password, so it is not repeated.
  throw new ScanoramaError('invalid_configuration', 'The database address is not a PostgreSQL URL.', {
    hint: 'It looks like postgresql://user:password@host:5432/database.',
    at: '--database-url',
  });
}

function checkedServer(server: string | undefined): string | undefined {
  if (server === undefined) return undefined;
  const protocol = URL.canParse(server) ? new URL(server).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return server.replace(/\/+$/, '');
  throw new ScanoramaError('invalid_configuration', `"${server}" is not the address of a Scanorama server.`, {
    hint: 'It looks like http://127.0.0.1:8080.',
    at: '--server',
  });
}

function checkedLogLevel(level: string | undefined): LogLevel | undefined {
  if (level === undefined) return undefined;
  const known = LOG_LEVELS.find((word) => word === level);
  if (known !== undefined) return known;
  throw new ScanoramaError('invalid_configuration', `"${level}" is not a log level.`, {
    hint: `The levels are ${LOG_LEVELS.join(', ')}.`,
    at: 'SCANORAMA_LOG_LEVEL',
  });
}

const LISTEN_PATTERN = /^(?:(?<host>\[[0-9a-f:]+\]|[^:[\]\s]+):)?(?<port>\d{1,5})$/i;

/** Where a server listens. Apart from the rest: a wrong SCANORAMA_LISTEN is nothing to a program that does not serve. */
export function readListenAddress(
  flag: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): ListenAddress {
  if (flag !== undefined) return parseListen(flag, '--listen');
  const text = readVariable(environment, 'SCANORAMA_LISTEN');
  return text === undefined ? DEFAULT_LISTEN : parseListen(text, 'SCANORAMA_LISTEN');
}

/** Where metrics are served without the API: only on loopback, where no one else can read the key. */
export function readMetricsAddress(flag: string): ListenAddress {
  const address = parseListen(flag, '--metrics-listen');
  if (address.host.toLowerCase() === 'localhost') return { ...address, host: DEFAULT_LISTEN.host };
  const literal = parseAddress(address.host);
  if (literal !== undefined && isLoopback(literal)) return address;
  throw new ScanoramaError(
    'invalid_configuration',
    `Metrics are served only on loopback, not on ${address.host}.`,
    {
      hint: 'Give a port, or let the program serve the API as well (--roles web,worker --listen ADDRESS).',
      at: '--metrics-listen',
    },
  );
}

/** `8081`, `127.0.0.1:8081`, `[::1]:8081`. A port alone means loopback: nothing listens beyond it unless configured. */
function parseListen(text: string, at: string): ListenAddress {
  const groups = LISTEN_PATTERN.exec(text)?.groups;
  const port = Number(groups?.['port']);
  if (groups === undefined || port > 65_535) {
    throw new ScanoramaError('invalid_configuration', `"${text}" is not an address to listen on.`, {
      hint: `Give ${at} a port (8081) or an address and a port (127.0.0.1:8081).`,
      at,
    });
  }
  const host = groups['host']?.replace(/^\[|\]$/g, '') ?? DEFAULT_LISTEN.host;
  return { host, port };
}
