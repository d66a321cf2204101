import { localHeaders } from '#api/auth/local.js';
import { openInstallation } from '#app/installation.js';
import type { AppIo, Connection, PlaceFlags } from '#app/interface.js';
import { findLocalServer, localActor } from '#app/local-server.js';
import { Releasers } from '#app/releasers.js';
import { httpTransport, inProcessTransport, socketTransport } from '#app/transport.js';
import { readSettings, type Settings } from '#config/settings.js';
import { createClient } from '#contract/client.js';

/**
 * The nearest way to speak the contract: the server that was named, else the one on the same data
 * directory, else this very program with the database opened in process.
 */
export async function connect(flags: PlaceFlags, io: AppIo): Promise<Connection> {
  const settings = readSettings(flags);
  if (settings.server !== undefined) {
    const client = createClient(httpTransport(settings.server, settings.apiKey));
    return { client, where: 'remote', serverUrl: settings.server, close: () => Promise.resolve() };
  }
  // A database named on the command line is meant, whatever the server on the data directory uses.
  const local = flags.databaseUrl === undefined ? await findLocalServer(settings.dataDir) : undefined;
  if (local !== undefined) {
    const client = createClient(socketTransport(local.socketPath));
    return { client, where: 'local-server', serverUrl: local.url, close: () => Promise.resolve() };
  }
  return connectInProcess(settings, io);
}

async function connectInProcess(settings: Settings, io: AppIo): Promise<Connection> {
  const releasers = new Releasers();
  try {
    const { server, startWork } = await openInstallation(settings, io, { mode: 'visit', releasers });
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
