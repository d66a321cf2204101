import { dataDirUnusable, reasonOf } from '#postgres/cluster/data-dir.js';
import { readPassword } from '#postgres/cluster/password.js';
import { DATABASE, PORT, SUPERUSER } from '#postgres/cluster/settings.js';
import type { Site } from '#postgres/process/start.js';
import { type Connection, type NoPresence, Presence } from '#postgres/use/presence.js';

export interface Joined {
  readonly presence: Presence;
  readonly connection: Connection;
}

/**
 * Joins the server whose socket is in `host`, or returns why it cannot be joined now. Throws `data_dir_unusable`
 * when the server refuses the connection permanently.
 */
export async function joinServer(
  site: Site,
  host: string,
  signal: AbortSignal,
): Promise<Joined | NoPresence> {
  const password = await readPassword(site.layout);
  const connection = { host, port: PORT, user: SUPERUSER, password, database: DATABASE };
  try {
    const presence = await Presence.join(connection, signal);
    return typeof presence === 'string' ? presence : { presence, connection };
  } catch (error) {
    signal.throwIfAborted();
    const why = `The database in ${site.layout.root} refuses us: ${reasonOf(error)}.`;
    throw dataDirUnusable(site.layout.dataDir, why, error);
  }
}
