import { localHeaders } from '#api/auth/local.js';
import { isStored, nothingStored } from '#app/database/stored-data.js';
import type { Access, AppIo, Connection, PlaceFlags } from '#app/interface.js';
import { findLocalServer, localActor } from '#app/serve/local-server.js';
import { Releasers } from '#app/serve/releasers.js';
import { emptyTransport, httpTransport, inProcessTransport, socketTransport } from '#app/transport.js';
import { readSettings, type Settings } from '#config/settings.js';
import { createClient } from '#contract/api/client.js';

/**
 * The nearest way to speak the contract: the server that was named, else the one on the same data
 * directory, else this very program with the database opened in process. Where nothing is stored, `stored`
 * access finds empty lists in the platform's own data directory, and `not_found` in one that was named.
 */
export async function connect(flags: PlaceFlags, io: AppIo, access: Access): Promise<Connection> {
  const settings = readSettings(flags);
  const server = await connectToServer(flags, settings);
  if (server !== undefined) return server;
  if (access === 'stored' && !(await isStored(settings))) return connectToNothing(settings);
  return connectInProcess(settings, io, access);
}

/** The server that was named, else the one on the same data directory; undefined when there is neither. */
export async function connectToServer(
  flags: PlaceFlags,
  settings: Settings,
): Promise<Connection | undefined> {
  if (settings.server !== undefined) {
    const client = createClient(httpTransport(settings.server, settings.apiKey));
    return { client, where: 'remote', serverUrl: settings.server, close: () => Promise.resolve() };
  }
  // A database named on the command line is meant, whatever the server on the data directory uses.
  const local = flags.databaseUrl === undefined ? await findLocalServer(settings.dataDir) : undefined;
  if (local === undefined) return undefined;
  const client = createClient(socketTransport(local.socketPath));
  return { client, where: 'local-server', serverUrl: local.url, close: () => Promise.resolve() };
}

function connectToNothing(settings: Settings): Connection {
  const failure = nothingStored(settings);
  if (settings.dataDirNamed) throw failure;
  const client = createClient(emptyTransport(failure));
  return { client, where: 'in-process', serverUrl: null, close: () => Promise.resolve() };
}

async function connectInProcess(settings: Settings, io: AppIo, access: Access): Promise<Connection> {
  // Who asks a server needs nothing of it, and is spared about 60 of 260 ms of processor time.
  const { openInstallation } = await import('#app/database/installation.js');
  const releasers = new Releasers();
  try {
    const { openServer, startWork } = await openInstallation(settings, io, {
      mode: access === 'stored' ? 'look' : 'visit',
      releasers,
    });
    const server = await openServer();
    await startWork();
    return {
      client: createClient(inProcessTransport(server, localHeaders(server, localActor()))),
      where: 'in-process',
      serverUrl: null,
      close: () => releasers.release(),
    };
  } catch (error) {
    await releasers.release().catch(() => undefined);
    throw error;
  }
}
