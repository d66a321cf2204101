import { relative } from 'node:path';
import type { Layout } from '#postgres/cluster/layout.js';

export const SUPERUSER = 'scanorama';
export const DATABASE = 'scanorama';
/** Names the socket; nothing listens on a network. */
export const PORT = 5432;
export const SOCKET_NAME = `.s.PGSQL.${PORT}`;

/**
 * The cluster's directory as its own processes name it. A process reaches its working directory through this link
 * without passing its parents, so the server needs no permission on the data directory's parents.
 */
const HERE = '/proc/self/cwd';

/** The server's complete environment: no variable of this process (PGDATA, LD_PRELOAD, …) reaches it. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' } as const;

/** Written into the cluster's postgresql.conf at creation. Afterwards only the operator changes the file. */
const CLUSTER_SETTINGS = {
  shared_buffers: '128MB',
  max_connections: '100',
  // Current disks read at random nearly as fast as in order. With the default of 4 the planner reads complete tables
  // where an index is enough (docs/query-plans.md).
  random_page_cost: '1.1',
  fsync: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'on',
  log_directory: '../log',
  log_filename: 'postgresql-%a.log',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  log_truncate_on_rotation: 'on',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] %a ',
} as const;

/** initdb's arguments; it runs in the cluster's directory, and the password lies beside that. */
export function initdbArguments(): string[] {
  return [
    `--pgdata=${HERE}`,
    `--username=${SUPERUSER}`,
    '--pwfile=../password',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    // Sorts the same as the C library's C.UTF-8, and continues to do so when that library is updated.
    '--locale-provider=builtin',
    '--data-checksums',
    '--no-instructions',
    ...Object.entries(CLUSTER_SETTINGS).map(([name, value]) => `--set=${name}=${value}`),
  ];
}

/** postgres's arguments: its location, and the settings that an edit of postgresql.conf must not change. */
export function serverArguments(layout: Layout, socketDirectory: string): string[] {
  const directory =
    socketDirectory === layout.run
      ? relative(layout.cluster, layout.run)
      : `"${socketDirectory.replaceAll('"', '""')}"`;
  const fixed = {
    listen_addresses: '',
    port: String(PORT),
    unix_socket_directories: directory,
    unix_socket_permissions: '0700',
  };
  return ['-D', HERE, ...Object.entries(fixed).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
