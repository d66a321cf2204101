import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** The same for the same sources and libraries, so that a build can be made again. */
export function buildId(): string {
  const hash = createHash('sha256');
  for (const file of [
    'package-lock.json',
    'vite.config.ts',
    ...globSync('src/**/*.ts', { cwd: ROOT }).toSorted(),
  ])
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}
