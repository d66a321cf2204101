import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDataDir } from '#app/database.js';
import { openInstallation } from '#app/installation.js';
import type { AppIo, RunningServer, ServeFlags } from '#app/interface.js';
import { listen, tryAddress } from '#app/listen-address.js';
import { announceAddress, listenLocally, localActor, refuseSecondServer } from '#app/local-server.js';
import { Releasers } from '#app/releasers.js';
import { readListenAddress, readSettings } from '#config/settings.js';
import { ScanoramaError } from '#domain/error.js';
import { createSignInLink, ensureAdministratorKey } from '#work/api-keys.js';
import type { WorkContext } from '#work/context.js';

const ADMINISTRATOR_KEY_FILE = 'administrator.key';

/** Web, API and worker in one program, until it is closed or the signal aborts. */
export async function serve(flags: ServeFlags, io: AppIo): Promise<RunningServer> {
  const settings = readSettings(flags);
  const address = readListenAddress(flags.listen);
  // Both are looked at again below; looked at here too, a server that cannot be makes no database first.
  await refuseSecondServer(settings.dataDir);
  await tryAddress(address);
  const releasers = new Releasers();
  const { promise: stopped, resolve: markStopped } = Promise.withResolvers<void>();
  const close = async (): Promise<void> => releasers.release().finally(markStopped);
  try {
    await makeDataDir(settings.dataDir);
    const { context, server, startWork } = await openInstallation(settings, io, { mode: 'serve', releasers });
    releasers.add(await listenLocally(settings.dataDir, server));
    const url = await listen(server, address);
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
    // Left by one of the same process number that was killed here: in a container they are all alike.
    await rm(unfinished, { force: true });
    await writeFile(unfinished, text, { mode: 0o600, flag: 'wx' });
    await rename(unfinished, file);
  } catch (error) {
    throw new ScanoramaError('data_dir_unusable', `The administrator key cannot be written to ${file}.`, {
      hint: 'Name another data directory with --data-dir, or make room in this one.',
      cause: error,
    });
  }
}
