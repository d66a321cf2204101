import { ScanoramaError } from '#domain/errors/error.js';
import { prepareDataDir } from '#postgres/cluster/data-dir.js';
import { layoutOf } from '#postgres/cluster/layout.js';
import { requirePlatform } from '#postgres/cluster/platform.js';
import type { Site } from '#postgres/process/start.js';
import { acquire } from '#postgres/use/acquire.js';
import { ServerUse } from '#postgres/use/shared-use.js';

const START_TIMEOUT_MS = 30_000;

export interface EmbeddedOptions {
  /** Absolute. Created if missing. The database is in its directory `postgres`. */
  dataDir: string;
  /** `routine`: what happens each time the database is opened and closed. */
  log: (event: { level: 'routine' | 'info' | 'warn'; message: string }) => void;
  /** Ends the opening. Created files remain. A server that this process spawned is stopped unless others use it. */
  signal: AbortSignal;
  /** Called one or more times while the server is starting. Work that needs no database can run meanwhile. */
  onStarting?: () => void;
  startTimeoutMs?: number;
  /** A directory with PostgreSQL's bin, lib and share, in place of the installed package's. */
  binariesDir?: string;
}

export interface EmbeddedPostgres {
  readonly connection: {
    /** The directory of the server's Unix socket. */
    host: string;
    port: number;
    user: string;
    password: string;
    database: string;
  };
  /** Whether the server was running before: another program started it. */
  readonly joined: boolean;
  /** Ends this use and stops the server if no other program uses it. Close your own connections first. */
  close(): Promise<void>;
}

/**
 * Opens the embedded PostgreSQL of a data directory: creates it, starts it, or joins the one that another
 * program started. While it is open, a server that dies is started again.
 * Throws `embedded_unsupported`, `data_dir_unusable`, `database_unavailable`, `interrupted`.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  await requirePlatform();
  const site: Site = {
    layout: layoutOf(await prepareDataDir(options.dataDir)),
    binariesDir: options.binariesDir,
    routine: (message) => options.log({ level: 'routine', message }),
    info: (message) => options.log({ level: 'info', message }),
    warn: (message) => options.log({ level: 'warn', message }),
    starting: () => options.onStarting?.(),
  };
  const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  try {
    const acquired = await acquire(site, options.signal, timeoutMs);
    const use = new ServerUse(site, acquired, timeoutMs);
    if (options.signal.aborted) await use.close();
    options.signal.throwIfAborted();
    site.routine(`${acquired.started ? 'Started' : 'Joined'} the database in ${site.layout.root}.`);
    return use;
  } catch (error) {
    if (!options.signal.aborted) throw error;
    throw new ScanoramaError('interrupted', 'Opening the database was interrupted.', { cause: error });
  }
}
