import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { completeLinks } from '#postgres/cluster/library-links.js';
import { canEnter, type ServerOwner } from '#postgres/cluster/owner.js';
import { packagedDirectory, packagedVersion, unsupported } from '#postgres/cluster/platform.js';
import { copyRuntime, runtimeHomes } from '#postgres/cluster/runtime-copy.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** PostgreSQL's major version, for example `18`. Undefined when the package does not state it. */
  readonly major: string | undefined;
}

export interface BinariesRequest {
  readonly dataDir: string;
  readonly owner: ServerOwner;
  /** A `native` directory to use in place of the installed package's. */
  readonly binariesDir: string | undefined;
  readonly log: (message: string) => void;
}

/**
 * PostgreSQL's programs, complete and in a place that `owner` can read: those of the installed package, or a copy
 * when `owner` cannot read the package or when it lacks libraries that cannot be added to it.
 */
export async function readyBinaries(request: BinariesRequest): Promise<Binaries> {
  const { dataDir, owner, log } = request;
  const native = await realpath(request.binariesDir ?? packagedDirectory()).catch((error: unknown) => {
    throw unsupported('The PostgreSQL that comes with Scanorama is not where it was installed.', error);
  });
  const version = await packagedVersion(native);
  const inReach = process.geteuid?.() !== 0 || (await canEnter(native, owner));
  const usable = inReach && (await completeLinks(native));
  const home = usable
    ? native
    : await copyRuntime({ native, version, homes: runtimeHomes(dataDir), owner, log });
  return {
    initdb: join(home, 'bin', 'initdb'),
    postgres: join(home, 'bin', 'postgres'),
    major: /^\d+/.exec(version)?.[0],
  };
}
