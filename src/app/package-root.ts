import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the package: this file is in a folder of src below it, and what the build makes of it in one of dist. */
export const PACKAGE_ROOT: string = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const MIGRATIONS_DIRECTORY: string = join(PACKAGE_ROOT, 'migrations');
export const WEB_DIRECTORY: string = join(PACKAGE_ROOT, 'dist', 'web');

export async function packageVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(PACKAGE_ROOT, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return typeof version === 'string' ? version : 'unknown';
}
