import { lstat, readFile, symlink } from 'node:fs/promises';
import { basename, join, normalize, sep } from 'node:path';
import { z } from 'zod';
import { errnoOf } from '#postgres/cluster/data-dir.js';

/**
 * Creates the library links that the package's install script would have created. Several programs may do it at
 * once. Returns false if the directory cannot be written.
 */
export async function completeLinks(native: string): Promise<boolean> {
  for (const { link, target } of await listedLinks(native)) {
    if (await exists(link)) continue;
    try {
      await symlink(target, link);
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** The package lists its links from the directory above `native`, each beside what it names. */
async function listedLinks(native: string): Promise<{ link: string; target: string }[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return linkList.parse(JSON.parse(text)).flatMap(({ source, target }) => {
    const [top, ...within] = normalize(target).split(sep);
    return top === 'native' ? [{ link: join(native, ...within), target: basename(source) }] : [];
  });
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
