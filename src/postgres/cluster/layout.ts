import { join } from 'node:path';

/** Where the parts of one embedded database lie. All paths are absolute. */
export interface Layout {
  readonly dataDir: string;
  /** Everything below it appears at once, by one rename, and belongs to the server's user. */
  readonly root: string;
  /** PostgreSQL's own data directory. */
  readonly cluster: string;
  readonly run: string;
  readonly log: string;
  readonly password: string;
  readonly lockFile: string;
}

export function layoutOf(dataDir: string, root = join(dataDir, 'postgres')): Layout {
  const cluster = join(root, 'cluster');
  return {
    dataDir,
    root,
    cluster,
    run: join(root, 'run'),
    log: join(root, 'log'),
    password: join(root, 'password'),
    lockFile: join(cluster, 'postmaster.pid'),
  };
}
