import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Binaries } from '#postgres/cluster/binaries.js';
import { dataDirUnusable, errnoOf, reasonOf } from '#postgres/cluster/data-dir.js';
import { handOver } from '#postgres/cluster/handover.js';
import { type Layout, layoutOf } from '#postgres/cluster/layout.js';
import { chooseCreator, identityFor, type ServerOwner } from '#postgres/cluster/owner.js';
import { writePassword } from '#postgres/cluster/password.js';
import { unsupported } from '#postgres/cluster/platform.js';
import { initdbArguments, SERVER_ENVIRONMENT } from '#postgres/cluster/settings.js';

const run = promisify(execFile);

const WORKSHOP_PREFIX = 'postgres.new-';
const NO_ACCOUNT = /could not look up effective user ID/;
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;

export interface Creation {
  readonly layout: Layout;
  readonly owner: ServerOwner;
  readonly binaries: Binaries;
  readonly signal: AbortSignal;
}

/** Whether there is a cluster. Throws `data_dir_unusable` when another major version of PostgreSQL created it. */
export async function clusterExists(layout: Layout, major?: string): Promise<boolean> {
  const text = await readFile(join(layout.cluster, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw dataDirUnusable(layout.dataDir, `${layout.root} cannot be read: ${reasonOf(error)}.`, error);
  });
  if (text === undefined) return false;
  if (major !== undefined && text.trim() !== major) {
    const why = `The database in ${layout.root} was made by PostgreSQL ${text.trim()}, and this is PostgreSQL ${major}.`;
    throw dataDirUnusable(layout.dataDir, why);
  }
  return true;
}

/**
 * Creates cluster, password and settings in a separate directory and moves them into place by one rename. Returns
 * false when another program was first, and removes its own copy. An abort or an error leaves nothing behind.
 */
export async function createCluster(creation: Creation): Promise<boolean> {
  const { layout, owner } = creation;
  let workshop: Layout | undefined;
  try {
    workshop = layoutOf(layout.dataDir, await mkdtemp(join(layout.dataDir, WORKSHOP_PREFIX)));
    await fillWorkshop(workshop, creation);
    handOver(workshop.root, owner);
    await moveIntoPlace(workshop, layout);
    return true;
  } catch (error) {
    creation.signal.throwIfAborted();
    if (await clusterExists(layout)) return false;
    throw creationFailed(layout, error);
  } finally {
    if (workshop !== undefined) await rm(workshop.root, REMOVAL);
  }
}

/**
 * Repairs what copying, restoring and killed creators leave behind: a cluster that belongs to root (PostgreSQL
 * refuses it), missing empty directories, and temporary directories of unfinished creations. A creator that still
 * works in such a directory has already lost, and detects it.
 */
export async function mendCluster(
  layout: Layout,
  owner: ServerOwner,
  warn: (message: string) => void,
): Promise<void> {
  const abandoned = (await readdir(layout.dataDir)).filter((name) => name.startsWith(WORKSHOP_PREFIX));
  for (const name of abandoned) await rm(join(layout.dataDir, name), REMOVAL).catch(() => undefined);
  try {
    for (const directory of [layout.run, layout.log]) {
      if ((await mkdir(directory, { recursive: true, mode: 0o700 })) !== undefined)
        handOver(directory, owner);
    }
    if ((await stat(layout.cluster)).uid === owner.uid) return;
    handOver(layout.root, owner);
  } catch (error) {
    const why = `The database in ${layout.root} could not be given to uid ${owner.uid}, which must run it: ${reasonOf(error)}.`;
    throw dataDirUnusable(layout.dataDir, why, error);
  }
  warn(`The database in ${layout.root} belonged to root; it was given to uid ${owner.uid}, which runs it.`);
}

async function fillWorkshop(workshop: Layout, { owner, binaries, signal }: Creation): Promise<void> {
  const creator = await chooseCreator(owner);
  for (const directory of [workshop.cluster, workshop.run, workshop.log]) {
    await mkdir(directory, { mode: 0o700 });
  }
  await writePassword(workshop.password);
  for (const path of [workshop.root, workshop.cluster, workshop.password]) {
    await chown(path, creator.uid, creator.gid);
  }
  const options = {
    cwd: workshop.cluster,
    env: SERVER_ENVIRONMENT,
    signal,
    ...identityFor(creator),
  };
  try {
    await run(binaries.initdb, initdbArguments(), options);
  } catch (error) {
    if (!NO_ACCOUNT.test(reasonOf(error))) throw error;
    // A uid without an account, as in containers: a user namespace maps it to uid 65534, which has an account.
    const borrowed = ['--user', '--map-user=65534', '--map-group=65534', '--', binaries.initdb];
    await run('unshare', [...borrowed, ...initdbArguments()], options).catch(() => {
      throw error;
    });
  }
}

async function moveIntoPlace(workshop: Layout, layout: Layout): Promise<void> {
  await rename(workshop.root, layout.root);
  const directory = await open(layout.dataDir, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function creationFailed(layout: Layout, error: unknown): ScanoramaError {
  const code = errnoOf(error) ?? '';
  if (process.geteuid?.() === 0 && ['EPERM', 'EINVAL'].includes(code)) {
    const why = `PostgreSQL refuses to run as root, and root may not give files in ${layout.dataDir} to another user here: ${reasonOf(error)}.`;
    return new ScanoramaError('data_dir_unusable', why, {
      at: layout.dataDir,
      hint: 'Run as an ordinary user, choose a --data-dir on a local disk, or pass --database-url.',
      cause: error,
    });
  }
  if (NO_ACCOUNT.test(reasonOf(error))) {
    return unsupported('PostgreSQL creates a database only for a user whom /etc/passwd names.', error);
  }
  const occupied = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code);
  const why = occupied ? `${layout.root} is there already and holds no database` : lastLine(error);
  return dataDirUnusable(
    layout.dataDir,
    `The database could not be created in ${layout.dataDir}: ${why}.`,
    error,
  );
}

/** initdb reports the error in its last line. The lines before report progress. */
function lastLine(error: unknown): string {
  const lines = reasonOf(error).trim().split('\n');
  const specified = lines.filter((line) => line.includes('error:') || line.includes('FATAL'));
  return (specified.at(-1) ?? lines.at(-1) ?? '').replace(/^.*?(?:FATAL|error):\s*/, '').replace(/\.$/, '');
}
