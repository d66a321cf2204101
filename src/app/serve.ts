import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { makeDataDir } from '#app/database.js';
import { openInstallation } from '#app/installation.js';
import type { AppIo, RunningServer, ServeFlags } from '#app/interface.js';
import { announceAddress, listenLocally, localActor } from '#app/local-server.js';
import { Releasers } from '#app/releasers.js';
import { type ListenAddress, readSettings } from '#config/settings.js';
import { ScanoramaError } from '#domain/error.js';
import { createSignInLink, ensureAdministratorKey } from '#work/api-keys.js';
import type { WorkContext } from '#work/context.js';

const ADMINISTRATOR_KEY_FILE = 'administrator.key';

/** Web, API and worker in one program, until it is closed or the signal aborts. */
export async function serve(flags: ServeFlags, io: AppIo): Promise<RunningServer> {
  const settings = readSettings(flags);
  const releasers = new Releasers();
  const { promise: stopped, resolve: markStopped } = Promise.withResolvers<void>();
  const close = async (): Promise<void> => releasers.release().finally(markStopped);
  try {
    await makeDataDir(settings.dataDir);
    const { context, server, startWork } = await openInstallation(settings, io, { mode: 'serve', releasers });
    releasers.add(await listenLocally(settings.dataDir, server));
    const url = await listen(server, settings.listen);
    await announceAddress(settings.dataDir, url);
    const firstStart = await welcome(context, settings.dataDir);
    // Last: a server that is refused its address has sent nothing.
    await startWork();
    io.signal.addEventListener('abort', () => void close().catch(() => undefined), { once: true });
    return {
      url,
      adminKeyFile: firstStart?.keyFile ?? null,
      signInLink: firstStart === undefined ? null : `${url}/sign-in?token=${firstStart.token}`,
      stopped,
      close,
    };
  } catch (error) {
    await releasers.release().catch(() => undefined);
    throw error;
  }
}

async function listen(server: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new ScanoramaError('port_in_use', `Another program already listens on ${host}:${port}.`, {
        hint: `Choose another port, for example --listen ${port === 65_535 ? port - 1 : port + 1}.`,
      });
    }
    throw new ScanoramaError(
      'invalid_configuration',
      `It is not possible to listen on ${host}:${port} (${String(code)}).`,
      {
        hint: 'Give an address of this machine, and a port you may use.',
        at: '--listen',
        cause: error,
      },
    );
  }
  const address = server.server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return `http://${shownHost}:${boundPort}`;
}

/** On the first start: the administrator key, in a file that only its owner may read, and a link to sign in once. */
async function welcome(
  context: WorkContext,
  dataDir: string,
): Promise<{ keyFile: string; token: string } | undefined> {
  const keyFile = join(dataDir, ADMINISTRATOR_KEY_FILE);
  const isFirst = await ensureAdministratorKey(context, localActor(), (key) =>
    writePrivately(keyFile, `${key}\n`),
  );
  if (!isFirst) return undefined;
  const { token } = await createSignInLink(context, { actor: localActor(), apiKeyId: null });
  return { keyFile, token };
}

/** Whole or not at all, and readable by its owner alone whatever was there before. */
async function writePrivately(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await writeFile(unfinished, text, { mode: 0o600, flag: 'wx' });
    await rename(unfinished, file);
  } catch (error) {
    throw new ScanoramaError('data_dir_unusable', `The administrator key cannot be written to ${file}.`, {
      hint: 'Name another data directory with --data-dir, or make room in this one.',
      cause: error,
    });
  }
}
