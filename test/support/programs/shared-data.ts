import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = process.env['SCANORAMA_SHARED'] ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared');

/** A folder of files that other people's programs wrote, kept beside the checkout; undefined, loudly, where it is not. */
export function sharedData(name: string): string | undefined {
  const folder = join(ROOT, 'data', name);
  if (existsSync(folder)) return folder;
  console.warn(
    `NO SHARED DATA: tests with real files of ${name} are left out (SCANORAMA_SHARED says where they are).`,
  );
  return undefined;
}
