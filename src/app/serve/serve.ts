import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { makeDataDir } from '#app/database/database.js';
import { openInstallation } from '#app/database/installation.js';
import type { AppIo, RunningServer, ServeFlags } from '#app/interface.js';
import { listen, tryAddress } from '#app/serve/listen-address.js';
import { announceAddress, listenLocally, localActor, refuseSecondServer } from '#app/serve/local-server.js';
import { Releasers } from '#app/serve/releasers.js';
import {
  type ListenAddress,
  readListenAddress,
  readMetricsAddress,
  readSettings,
  type Settings,
} from '#config/settings.js';
import { ROUTES } from '#contract/api/routes.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { ROLES } from '#domain/workers/worker.js';
import { layoutOf } from '#postgres/cluster/layout.js';
import { serverState } from '#postgres/process/server-state.js';
import { createSignInLink, ensureAdministratorKey } from '#work/access/api-keys.js';
import type { WorkContext } from '#work/context/context.js';

const ADMINISTRATOR_KEY_FILE = 'administrator.key';

/** Web and API, worker and scheduler in one program, or what its roles name of them, until it is closed or the signal aborts. */
export async function serve(flags: ServeFlags, io: AppIo): Promise<RunningServer> {
  const settings = readSettings(flags);
  const { roles = ROLES, site, concurrency } = flags;
  if (roles.every((role) => role === 'worker')) await requireServerDatabase(settings);
  const address = roles.includes('web') ? readListenAddress(flags.listen) : undefined;
  const metrics = flags.metricsListen === undefined ? undefined : readMetricsAddress(flags.metricsListen);
  if (address !== undefined) {
    // Both are looked at again below; looked at here too, a server that cannot be makes no database first.
    await refuseSecondServer(settings.dataDir);
    await tryAddress(address);
  }
  const releasers = new Releasers();
  const { promise: stopped, resolve: markStopped, reject: markFailed } = Promise.withResolvers<void>();
  // Whoever runs it may not be listening yet.
  stopped.catch(() => undefined);
  const close = async (): Promise<void> => releasers.release().finally(markStopped);
  const onWorkerEnd = (reason: ScanoramaError): void => {
    // Beside other roles these go on, and the worker only rests.
    if (roles.every((role) => role === 'worker')) void releasers.release().finally(() => markFailed(reason));
  };
  try {
    await makeDataDir(settings.dataDir);
    const mode = { roles, site, concurrency, onWorkerEnd };
    const { context, openServer, openMetrics, startWork } = await openInstallation(settings, io, {
      mode,
      releasers,
    });
    const web =
      address === undefined
        ? NO_WEB
        : await openWeb({ context, server: await openServer(), address, settings, releasers });
    const metricsUrl =
      metrics === undefined ? null : `${await listen(await openMetrics(), metrics)}${ROUTES.metrics}`;
    // Last: a server that is refused its address has sent nothing.
    const worker = await startWork();
    io.signal.addEventListener('abort', () => void close().catch(() => undefined), { once: true });
    return { ...web, metricsUrl, worker, stopped, close };
  } catch (error) {
    await releasers.release().catch(() => undefined);
    throw error;
  }
}

/** A worker makes no database: `database_unavailable` where none was named and none is open in the data directory. */
async function requireServerDatabase({ databaseUrl, dataDir }: Settings): Promise<void> {
  if (databaseUrl !== undefined) return;
  const { kind } = await serverState(layoutOf(dataDir));
  if (kind === 'ready' || kind === 'changing') return;
  throw new ScanoramaError(
    'database_unavailable',
    `A worker needs the database of the server, and no server runs on ${dataDir}.`,
    {
      hint: 'Name that database with --database-url or DATABASE_URL, or on the machine of the server its --data-dir while it runs.',
      at: dataDir,
    },
  );
}

type WebFacts = Pick<RunningServer, 'url' | 'adminKeyFile' | 'signInLink'>;
const NO_WEB: WebFacts = { url: null, adminKeyFile: null, signInLink: null };

interface WebParts {
  readonly context: WorkContext;
  readonly server: FastifyInstance;
  readonly address: ListenAddress;
  readonly settings: Settings;
  readonly releasers: Releasers;
}

async function openWeb({ context, server, address, settings, releasers }: WebParts): Promise<WebFacts> {
  const { dataDir } = settings;
  releasers.add(await listenLocally(dataDir, server));
  const url = await listen(server, address);
  await announceAddress(dataDir, url);
  const firstStart = await welcome(context, dataDir);
  return {
    url,
    adminKeyFile: firstStart?.keyFile ?? null,
    signInLink: firstStart === undefined ? null : `${url}/sign-in?token=${firstStart.token}`,
  };
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
