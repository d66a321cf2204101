import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From a checkout the sources run as they are; in the build this is part of a larger file, which lies as deep below `dist`. */
const EXTENSION = extname(import.meta.url);

/** What Node.js has to be told to run such a file. */
export const SOURCE_CONDITIONS: readonly string[] = EXTENSION === '.ts' ? ['--conditions=source'] : [];

/** A file that is run by itself, by its name below `src`; the build leaves these where they are (`vite.config.ts`). */
export function programFile(name: 'app/torture-guard-main' | 'prober/main' | 'scan/raw/raw-thread'): string {
  return fileURLToPath(new URL(`../${name}${EXTENSION}`, import.meta.url));
}
