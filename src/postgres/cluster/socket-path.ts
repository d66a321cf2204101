import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataDirUnusable, errnoOf } from '#postgres/cluster/data-dir.js';
import { canEnter, type ServerOwner } from '#postgres/cluster/owner.js';

/** What sockaddr_un holds, less its closing zero byte. */
export const SOCKET_PATH_LIMIT_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * A path for a Unix socket that belongs to the data directory: inside it, or, where that would be too long
 * for the kernel, in a directory under the system's temporary one that only the data directory's owner can
 * enter. The same data directory and TMPDIR give the same path. Throws `data_dir_unusable`.
 */
export async function privateSocketPath(dataDir: string, name: string): Promise<string> {
  const inside = join(dataDir, name);
  if (fits(inside)) return inside;
  const owner = await stat(dataDir);
  return join(await outsideDirectory({ dataDir, purpose: 'local', name, owner }), name);
}

export interface SocketDirectoryRequest {
  readonly dataDir: string;
  /** The directory to use when its path is short enough. It exists. */
  readonly inside: string;
  readonly name: string;
  readonly owner: ServerOwner;
}

/** The directory for the server's socket `name`, which `owner` can enter. */
export async function socketDirectory(request: SocketDirectoryRequest): Promise<string> {
  if (fits(join(request.inside, request.name))) return request.inside;
  return outsideDirectory({ ...request, purpose: 'postgres' });
}

interface Outside {
  readonly dataDir: string;
  readonly purpose: string;
  readonly name: string;
  readonly owner: ServerOwner;
}

async function outsideDirectory({ dataDir, purpose, name, owner }: Outside): Promise<string> {
  const key = createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 16);
  for (const parent of new Set([tmpdir(), '/tmp'])) {
    const directory = join(parent, `scanorama-${purpose}-${key}`);
    if (!fits(join(directory, name)) || !(await reachable(parent, owner))) continue;
    await makePrivate(directory, { dataDir, owner });
    return directory;
  }
  throw dataDirUnusable(dataDir, `The path ${dataDir} is too long for a local socket.`);
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= SOCKET_PATH_LIMIT_BYTES;
}

async function reachable(directory: string, owner: ServerOwner): Promise<boolean> {
  try {
    return owner.uid === process.geteuid?.() || (await canEnter(await realpath(directory), owner));
  } catch {
    return false;
  }
}

/** Any user can create names in the temporary directory, so an existing one is used only if no other user owns it. */
async function makePrivate(
  directory: string,
  { dataDir, owner }: { dataDir: string; owner: ServerOwner },
): Promise<void> {
  const refuse = (why: string, cause?: unknown) =>
    dataDirUnusable(
      dataDir,
      `The path ${dataDir} is too long for a local socket, and ${directory} ${why}.`,
      cause,
    );
  await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw refuse('cannot be made', error);
  });
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const handle = await open(directory, flags).catch((error: unknown) => {
    throw refuse('is not a private directory', error);
  });
  try {
    const me = process.geteuid?.();
    const found = await handle.stat();
    if ((found.mode & 0o077) !== 0) throw refuse('is open to others');
    if (found.uid === owner.uid) return;
    if (found.uid !== me) throw refuse('belongs to another user');
    if (me === 0) await handle.chown(owner.uid, owner.gid);
  } finally {
    await handle.close();
  }
}
