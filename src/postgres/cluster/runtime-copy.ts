import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, reasonOf } from '#postgres/cluster/data-dir.js';
import { completeLinks } from '#postgres/cluster/library-links.js';
import { canEnter, type ServerOwner } from '#postgres/cluster/owner.js';
import { unsupported } from '#postgres/cluster/platform.js';

/** Static archives and build files are a sixth of the package and are not used at run time. */
const NOT_COPIED = /(\.a|^pkgconfig|^pg_ctl)$/;
/** Readable by every user, writable by root only. The second is for systems where a service user owns the first. */
const SYSTEM_HOMES = ['/var/lib/scanorama/runtime', '/var/cache/scanorama/runtime'] as const;

export interface RuntimeCopy {
  readonly native: string;
  readonly version: string;
  /** Where copies may live, best first; each copy is a directory of its own there. */
  readonly homes: readonly string[];
  readonly owner: ServerOwner;
  readonly log: (message: string) => void;
}

/** One file of the programs, by its path relative to them. */
interface Part {
  readonly path: string;
  readonly sizeBytes: number;
}

export function runtimeHomes(dataDir: string): readonly string[] {
  return process.geteuid?.() === 0 ? SYSTEM_HOMES : [join(dataDir, 'runtime')];
}

/**
 * A copy of the programs, created once for each version and content and put in place by one rename. A copy that
 * another user could have changed is refused. An incomplete copy, as after a power failure, is created again.
 */
export async function copyRuntime(request: RuntimeCopy): Promise<string> {
  const parts = await partsOf(request.native);
  const name = `${request.version}-${await identityOf(request.native, parts)}`;
  const refusals: string[] = [];
  for (const home of request.homes) {
    try {
      await makeHome(home, request.owner);
      return await copyInto(join(home, name), parts, request);
    } catch (error) {
      refusals.push(reasonOf(error));
    }
  }
  throw unsupported(
    `PostgreSQL lies in ${request.native}, where the user that must run it cannot use it, and no copy could be made: ${refusals.join('; ')}.`,
  );
}

async function copyInto(place: string, parts: readonly Part[], request: RuntimeCopy): Promise<string> {
  if (await isComplete(place, parts)) return place;
  const fresh = `${place}.new-${randomBytes(6).toString('hex')}`;
  await fill(fresh, request.native, parts);
  await putInPlace(fresh, place, parts);
  request.log(`Copied PostgreSQL from ${request.native} to ${place}, where its user can reach it.`);
  return place;
}

async function partsOf(directory: string, below = ''): Promise<Part[]> {
  const parts: Part[] = [];
  for (const entry of await readdir(join(directory, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (NOT_COPIED.test(entry.name)) continue;
    if (entry.isDirectory()) parts.push(...(await partsOf(directory, path)));
    else if (entry.isFile()) parts.push({ path, sizeBytes: (await lstat(join(directory, path))).size });
  }
  return parts.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Every name and size, and the server's bytes: hashing all 55 MB at each start would cost more than the start. */
async function identityOf(native: string, parts: readonly Part[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(parts));
  return hash
    .update(await readFile(join(native, 'bin', 'postgres')))
    .digest('hex')
    .slice(0, 16);
}

/** Creates the home. The parent of root's home is also created, and may be a data directory closed to other users. */
async function makeHome(home: string, owner: ServerOwner): Promise<void> {
  await makeDirectories(home);
  await requireOurs(home);
  if (process.geteuid?.() !== 0) return;
  const parent = dirname(home);
  await requireOurs(parent);
  const { mode } = await stat(parent);
  if ((mode & 0o011) !== 0o011) await chmod(parent, (mode & 0o7777) | 0o011);
  if (!(await canEnter(home, owner))) throw new Error(`uid ${owner.uid} cannot enter ${home}`);
}

async function requireOurs(path: string): Promise<void> {
  const found = await lstat(path);
  const open = (found.mode & 0o022) !== 0;
  if (found.isSymbolicLink() || found.uid !== process.geteuid?.() || open) {
    throw new Error(`${path} is a link, belongs to another user or can be written by others`);
  }
}

async function isComplete(place: string, parts: readonly Part[]): Promise<boolean> {
  const found = await lstat(place).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return false;
  await requireOurs(place);
  for (const part of parts) {
    const path = join(place, part.path);
    const size = await stat(path).then(
      (entry) => entry.size,
      () => -1,
    );
    if (size !== part.sizeBytes) return false;
    await requireOurs(path);
  }
  return true;
}

async function fill(fresh: string, native: string, parts: readonly Part[]): Promise<void> {
  try {
    for (const { path } of parts) {
      const target = join(fresh, path);
      await makeDirectories(dirname(target));
      await copyFile(join(native, path), target, constants.COPYFILE_FICLONE);
      await chmod(target, path.startsWith('bin') ? 0o755 : 0o644);
    }
    await completeLinks(fresh);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}

/** The mode is set after mkdir, because the umask restricts the mode that mkdir sets. */
async function makeDirectories(directory: string): Promise<void> {
  const created = await mkdir(directory, { recursive: true });
  if (created === undefined) return;
  for (let path = directory; path.length >= created.length; path = dirname(path)) await chmod(path, 0o755);
}

/** Moves a damaged copy aside. When another program was first and its copy is complete, removes the new copy. */
async function putInPlace(fresh: string, place: string, parts: readonly Part[]): Promise<void> {
  const damaged = `${fresh}.damaged`;
  try {
    if (!(await isComplete(place, parts))) {
      await rename(place, damaged).catch((error: unknown) => {
        if (errnoOf(error) !== 'ENOENT') throw error;
      });
    }
    await rename(fresh, place);
  } catch (error) {
    if (!(await isComplete(place, parts))) throw error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(damaged, { recursive: true, force: true });
  }
}
