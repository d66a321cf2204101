import { stat } from 'node:fs/promises';
import type { Settings } from '#config/settings.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { errnoOf } from '#postgres/cluster/data-dir.js';
import { layoutOf } from '#postgres/cluster/layout.js';

/**
 * Whether there is a database to read from. One of the person's own counts as there; whether it holds anything is found
 * when it is opened.
 */
export async function isStored({ databaseUrl, dataDir }: Settings): Promise<boolean> {
  if (databaseUrl !== undefined) return true;
  try {
    await stat(layoutOf(dataDir).root);
    return true;
  } catch (error) {
    // What cannot be looked at, such as what lies beneath a file, is told by whoever opens it.
    return errnoOf(error) !== 'ENOENT';
  }
}

/** For what cannot be answered where nothing is stored. */
export function nothingStored({ databaseUrl, dataDir, dataDirNamed }: Settings): ScanoramaError {
  if (databaseUrl !== undefined) {
    const name = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
    const where = name === '' ? 'that database' : `the database ${name}`;
    return new ScanoramaError('not_found', `There is nothing stored in ${where} yet.`, {
      hint: 'Check --database-url or DATABASE_URL; `scanorama migrate`, `scan` or `serve` begins to store there.',
    });
  }
  const hint = '`scanorama scan 127.0.0.1` or `scanorama serve` begins to store';
  return new ScanoramaError('not_found', `There is nothing stored in ${dataDir} yet.`, {
    hint: dataDirNamed ? `Check --data-dir or SCANORAMA_DATA_DIR; ${hint} there.` : `${hint}.`,
    at: dataDir,
  });
}
