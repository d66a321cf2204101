interface Variable {
  readonly description: string;
  /** What holds without it. */
  readonly fallback: string;
  /** The option that takes precedence. */
  readonly option?: string;
}

/** Every environment variable that is read, which docs/configuration.md is made from. */
export const VARIABLES = {
  SCANORAMA_DATA_DIR: {
    description: 'Directory of the embedded database, the administrator key and automatic backups.',
    fallback: '`/var/lib/scanorama` for root, otherwise `~/.local/share/scanorama`',
    option: '--data-dir',
  },
  DATABASE_URL: {
    description: 'PostgreSQL database (15 or newer) to use in place of the embedded one.',
    fallback: 'the embedded database',
    option: '--database-url',
  },
  SCANORAMA_LISTEN: {
    description: 'Address and port of the server.',
    fallback: '`127.0.0.1:8080`',
    option: '--listen',
  },
  SCANORAMA_SERVER: {
    description: 'Base URL of a remote server that commands use.',
    fallback: 'the server on the data directory, otherwise the database',
    option: '--server',
  },
  SCANORAMA_API_KEY: {
    description: 'API key for that server.',
    fallback: 'none',
    option: '--api-key',
  },
  SCANORAMA_LOG_LEVEL: {
    description: 'Lowest level of log messages.',
    fallback: '`info` for servers and workers, `silent` for other commands',
  },
  SCANORAMA_PROBER: {
    description:
      'Where probes are sent from: `process`, a child process, or `in-process`, with the connect engine only.',
    fallback: '`process` on Linux, otherwise `in-process`',
  },
  SCANORAMA_PROBER_NODE: {
    description: 'Node.js executable of the prober, such as a copy that has CAP_NET_RAW.',
    fallback: 'the executable of the program',
  },
  SCANORAMA_LEASE_TIME: {
    description: 'How long this program keeps its part of a scan without a heartbeat, 250ms to 600s.',
    fallback: 'the setting `worker.lease`',
  },
  SCANORAMA_BATCH_DELAY: {
    description: 'How long results may wait to be stored together, 10ms to 10s.',
    fallback: '500 ms',
  },
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof VARIABLES;

/** The value of a variable; an empty one counts as unset. */
export function readVariable(environment: NodeJS.ProcessEnv, name: VariableName): string | undefined {
  const value = environment[name];
  return value === undefined || value === '' ? undefined : value;
}
