import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dataDirUnusable, reasonOf } from '#postgres/cluster/data-dir.js';
import type { Layout } from '#postgres/cluster/layout.js';

const PASSWORD_BYTES = 32;

/** Creates the password of a new cluster, which is on disk before the cluster is in place. */
export async function writePassword(path: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(randomBytes(PASSWORD_BYTES).toString('hex'));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file belongs to the server's user: a link in its place is not followed. */
export async function readPassword(layout: Layout): Promise<string> {
  try {
    const handle = await open(layout.password, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return (await handle.readFile('utf8')).trim();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const why = `The password of the database in ${layout.root} cannot be read: ${reasonOf(error)}.`;
    throw dataDirUnusable(layout.dataDir, why, error);
  }
}
