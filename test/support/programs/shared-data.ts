import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = process.env['SCANORAMA_SHARED'] ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared');

/** A folder of files written by other programs, kept beside the checkout; undefined, with a warning, where it is missing. */
export function sharedData(name: string): string | undefined {
  const folder = join(ROOT, 'data', name);
  if (existsSync(folder)) return folder;
  console.warn(
    `NO SHARED DATA: tests with real files of ${name} are skipped (SCANORAMA_SHARED is their directory).`,
  );
  return undefined;
}
