import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ServerOwner } from '#postgres/cluster/owner.js';

/**
 * Changes the owner of a tree to `owner`. The former owner may still have processes. Each directory therefore
 * changes owner before its entries are read, and entries are changed through a descriptor opened without following
 * links, so that no process can replace one of these files by another. A file with a second hard link is refused.
 */
export function handOver(path: string, owner: ServerOwner): void {
  if (lstatSync(path).isSymbolicLink()) {
    lchownSync(path, owner.uid, owner.gid);
    return;
  }
  if (!changeOwner(path, owner)) return;
  for (const entry of readdirSync(path)) handOver(join(path, entry), owner);
}

/** Returns whether it was a directory. */
function changeOwner(path: string, owner: ServerOwner): boolean {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = fstatSync(descriptor);
    if (!found.isDirectory() && (!found.isFile() || found.nlink !== 1)) {
      throw new Error(`${path} is not a plain file with one name`);
    }
    fchownSync(descriptor, owner.uid, owner.gid);
    return found.isDirectory();
  } finally {
    closeSync(descriptor);
  }
}
