import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXTENSION = extname(import.meta.url);
/** From here to the root of the sources; in the build this module is part of a file one folder below `dist`. */
const ROOT = EXTENSION === '.ts' ? '../../../' : '../';

/** What Node.js has to be told to run such a file. */
export const SOURCE_CONDITIONS: readonly string[] = EXTENSION === '.ts' ? ['--conditions=source'] : [];

/** A file that is run by itself, by its name below `src`; the build leaves these where they are (`vite.config.ts`). */
export function programFile(
  name: 'app/torture-guard-main' | 'prober/main' | 'scan/raw-engine/raw-thread',
): string {
  return fileURLToPath(new URL(`${ROOT}${name}${EXTENSION}`, import.meta.url));
}
