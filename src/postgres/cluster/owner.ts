import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ScanoramaError } from '#domain/errors/error.js';
import { dataDirUnusable, errnoOf } from '#postgres/cluster/data-dir.js';
import type { Layout } from '#postgres/cluster/layout.js';

/** The operating system's user that PostgreSQL runs as and that its files belong to. */
export interface ServerOwner {
  readonly uid: number;
  readonly gid: number;
}

export interface Account extends ServerOwner {
  readonly name: string;
}

/** The user that Scanorama's packages create. It is used when it exists. */
const SERVICE_ACCOUNT = 'scanorama';
/** Below systemd's dynamic users (61184–65519) and inside the 65536 ids that a container maps. */
export const PRIVATE_UIDS = { first: 60_600, last: 61_183 } as const;
const UNKNOWN_UID = 65_534;

/** The accounts in the text of passwd(5). Malformed lines are skipped. */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

/** The ids that group(5) names. */
export function parseGroupIds(text: string): Set<number> {
  const ids = text.split('\n').map((line) => line.split(':')[2] ?? '');
  return new Set(ids.filter((id) => /^\d+$/.test(id)).map(Number));
}

/** An id that no account and no group has. Its place in the range follows from `key`, so that two clusters seldom share one. */
export function privateOwner(key: string, accounts: readonly Account[], groupIds: Set<number>): ServerOwner {
  const taken = new Set([...groupIds, ...accounts.flatMap(({ uid, gid }) => [uid, gid])]);
  const count = PRIVATE_UIDS.last - PRIVATE_UIDS.first + 1;
  const offset = createHash('sha256').update(key).digest().readUInt32BE(0) % count;
  for (let step = 0; step < count; step += 1) {
    const uid = PRIVATE_UIDS.first + ((offset + step) % count);
    if (!taken.has(uid)) return { uid, gid: uid };
  }
  throw noAccount('no free unprivileged user id is left');
}

/**
 * The user that runs the server. PostgreSQL refuses root, so root chooses the owner of an existing cluster, the
 * user `scanorama`, or a private id that no account has. Any other user runs the server as itself.
 */
export async function chooseOwner(layout: Layout): Promise<ServerOwner> {
  const me = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const existing = await ownerOf(layout.root, layout.cluster);
  if (me.uid !== 0) {
    if (existing === undefined || existing.uid === me.uid) return me;
    throw dataDirUnusable(
      layout.dataDir,
      `The database in ${layout.root} belongs to another user (uid ${existing.uid}), not to this one (uid ${me.uid}).`,
    );
  }
  if (existing !== undefined && existing.uid !== 0) {
    return { uid: existing.uid, gid: existing.gid === 0 ? existing.uid : existing.gid };
  }
  const accounts = await readAccounts();
  const service = accounts.find(({ name, uid }) => name === SERVICE_ACCOUNT && uid !== 0);
  if (service !== undefined) return { uid: service.uid, gid: service.gid };
  return privateOwner(layout.dataDir, accounts, parseGroupIds(await readOptional('/etc/group')));
}

/**
 * The user that runs initdb. initdb looks its user up by name and cannot run under a private id, so this is a user
 * with an account. The files that it creates change owner to the server's user afterwards.
 */
export async function chooseCreator(owner: ServerOwner): Promise<ServerOwner> {
  if (process.geteuid?.() !== 0) return owner;
  const accounts = await readAccounts();
  const unprivileged = accounts.filter(({ uid }) => uid !== 0);
  const creator =
    unprivileged.find(({ uid }) => uid === owner.uid) ??
    unprivileged.find(({ uid, name }) => uid === UNKNOWN_UID || name === 'nobody') ??
    unprivileged[0];
  if (creator === undefined) throw noAccount('/etc/passwd names no user but root');
  return creator.uid === owner.uid ? owner : { uid: creator.uid, gid: creator.gid };
}

/** The part of spawn's options that switches to `owner`; empty for a user other than root. */
export function identityFor(owner: ServerOwner): { uid?: number; gid?: number } {
  return process.geteuid?.() === 0 ? { uid: owner.uid, gid: owner.gid } : {};
}

/** Whether `owner`, with no further groups, may pass through `directory` and all above it. */
export async function canEnter(directory: string, owner: ServerOwner): Promise<boolean> {
  const { mode, uid, gid } = await stat(directory);
  const shift = uid === owner.uid ? 6 : gid === owner.gid ? 3 : 0;
  if (((mode >> shift) & 0o1) === 0) return false;
  const above = dirname(directory);
  return above === directory || canEnter(above, owner);
}

async function ownerOf(root: string, cluster: string): Promise<ServerOwner | undefined> {
  try {
    const { uid, gid } = await stat(cluster);
    return { uid, gid };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (errnoOf(error) !== 'EACCES') throw dataDirUnusable(root, `${root} cannot be read.`, error);
    const { uid, gid } = await stat(root).catch(() => ({ uid: 0, gid: 0 }));
    return { uid, gid };
  }
}

async function readAccounts(): Promise<Account[]> {
  return parsePasswd(await readOptional('/etc/passwd'));
}

async function readOptional(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function noAccount(why: string): ScanoramaError {
  return new ScanoramaError(
    'embedded_unsupported',
    `PostgreSQL refuses to run as root, and another user could not be chosen: ${why}.`,
    { hint: 'Add a system user named scanorama, run as an ordinary user, or pass --database-url.' },
  );
}
