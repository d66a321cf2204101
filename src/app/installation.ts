import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { openConfiguredDatabase, upgradeOptions } from '#app/database.js';
import type { AppIo } from '#app/interface.js';
import { MIGRATIONS_DIRECTORY, packageVersion, WEB_DIRECTORY } from '#app/package-root.js';
import { openProber } from '#app/prober.js';
import type { Releasers } from '#app/releasers.js';
import { createWorkContext } from '#app/work-context.js';
import type { Settings } from '#config/settings.js';
import { keepVerified } from '#jobs/daily-verify.js';
import { keepIdentified } from '#jobs/devices.js';
import { keepMaintained } from '#jobs/maintenance.js';
import { createWorker } from '#jobs/worker.js';
import { systemClock } from '#send/system-clock.js';
import { hearAnnouncements } from '#store/announcements.js';
import { migrate, readMigrations } from '#store/migrate.js';
import { createStore } from '#store/store.js';
import { createLog, type Log, type LogLevel } from '#telemetry/log.js';
import type { WorkContext } from '#work/context.js';
import { letAbandonedScansWait } from '#work/settle-scan.js';
import { VerifyRuns } from '#work/verify-runs.js';

/** `serve`: takes all work there is. `visit`: a command in process, which runs only the scans it starts. */
export type InstallationMode = 'serve' | 'visit';

export interface Installation {
  readonly context: WorkContext;
  readonly server: FastifyInstance;
  readonly log: Log;
  /** Begins to take work: all there is when serving, only the scans it starts itself on a visit. */
  readonly startWork: () => Promise<void>;
}

/** Opens everything one program needs, in the order the releasers undo. */
export async function openInstallation(
  settings: Settings,
  io: AppIo,
  { mode, releasers }: { readonly mode: InstallationMode; readonly releasers: Releasers },
): Promise<Installation> {
  const log = createLog(settings.logLevel ?? DEFAULT_LOG_LEVELS[mode]);
  // The two libraries that take longest to load do so while the database starts: 150 of 520 ms until ready.
  const modules = Promise.all([
    import('#api/server.js'),
    import('#jobs/queue.js'),
    import('#telemetry/metrics.js'),
  ]);
  // A database that cannot be opened is the first failure and the one that is told.
  modules.catch(() => undefined);
  const { address, database, embedded } = await openConfiguredDatabase(settings, io, {
    releasers,
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection broke and is replaced'),
  });
  await migrate(database, await readMigrations(MIGRATIONS_DIRECTORY), await upgradeOptions(settings, io));
  const announcements = await hearAnnouncements(address, (error) =>
    log.warn({ err: error }, 'announcements are interrupted'),
  );
  releasers.add(() => announcements.close());
  const [{ createServer }, { openQueue }, { createMetrics }] = await modules;
  const metrics = createMetrics();
  database.breaker.onChange((isOpen) => {
    if (isOpen) log.error('the database is away: requests are refused, and what is to be stored is held');
    else log.info('the database is back');
  });
  const openingQueue = openQueue({ address, log, supervise: mode === 'serve' });
  // Told where it is awaited, after the server was made beside it.
  openingQueue.catch(() => undefined);
  releasers.add(async () => (await openingQueue.catch(() => undefined))?.close());

  const prober = await openProber(settings.prober, log);
  releasers.add(() => prober.close());
  const ownScans = new Set<string>();
  const context = createWorkContext(settings.work, {
    store: createStore(database, metrics),
    log,
    metrics,
    prober,
    enqueueShards: async (executor, scanUid, shardIds) => {
      await (await openingQueue).enqueue(executor, shardIds);
      ownScans.add(scanUid);
    },
  });
  const worker = createWorker(context, announcements);
  releasers.add(() => worker.close());

  const verifyRuns = new VerifyRuns(context);
  const server = await createServer({
    work: context,
    verifyRuns,
    version: await packageVersion(),
    embeddedDatabase: embedded,
    webRoot: await webRoot(),
    announcements,
    startedAtMs: systemClock.now(),
  });
  releasers.add(async () => server.close());
  const queue = await openingQueue;
  const startWork = async (): Promise<void> => {
    await letAbandonedScansWait(context);
    if (mode === 'serve') {
      await queue.consume((shardIds) => worker.offer(shardIds));
      releasers.add(keepMaintained(context));
      releasers.add(keepVerified(context, verifyRuns));
      releasers.add(keepIdentified(context));
    }
    worker.sweepForever(mode === 'serve' ? undefined : ownScans);
  };
  return { context, server, log, startWork };
}

const DEFAULT_LOG_LEVELS: Readonly<Record<InstallationMode, LogLevel>> = { serve: 'info', visit: 'silent' };

async function webRoot(): Promise<string | null> {
  return stat(join(WEB_DIRECTORY, 'index.html')).then(
    () => WEB_DIRECTORY,
    () => null,
  );
}
