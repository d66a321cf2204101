import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { openConfiguredDatabase, upgradeOptions } from '#app/database/database.js';
import { nothingStored } from '#app/database/stored-data.js';
import type { AppIo, RunningWorker } from '#app/interface.js';
import { MIGRATIONS_DIRECTORY, packageVersion, WEB_DIRECTORY } from '#app/package-root.js';
import { openProber } from '#app/serve/prober.js';
import type { Releasers } from '#app/serve/releasers.js';
import { keepTime, type Service, surveyOf, takeShards, visit } from '#app/serve/roles.js';
import { createWorkContext } from '#app/serve/work-context.js';
import type { Settings } from '#config/settings.js';
import type { ShardQueue } from '#jobs/queue.js';
import { systemClock } from '#net/send/system-clock.js';
import type { CircuitBreaker } from '#store/database/breaker.js';
import type { Database } from '#store/database/database.js';
import { isAway, isTransient } from '#store/database/failure.js';
import { createStore } from '#store/database/store.js';
import { subscribeToEvents } from '#store/events/announcements.js';
import { appliedMigrations } from '#store/migrations/applied-migrations.js';
import { setProgramVersion } from '#store/migrations/installation.js';
import { migrate, readMigrations } from '#store/migrations/migrate.js';
import { createLog } from '#telemetry/log.js';
import type { WorkContext } from '#work/context/context.js';
import { VerifyRuns } from '#work/health/verify-runs.js';
import { letAbandonedScansWait } from '#work/scans/end-scan.js';
import { refuseSkew } from '#work/workers/workers.js';

/** A `Service`, or a command in process, which runs only the scans it starts: on a `look` it makes no schema where there is none. */
export type InstallationMode = Service | 'visit' | 'look';

export interface Installation {
  readonly context: WorkContext;
  /** Makes the web interface and API, which does not listen yet. */
  readonly openServer: () => Promise<FastifyInstance>;
  /** Makes what tells the metrics of a program without that; it does not listen yet either. */
  readonly openMetrics: () => Promise<FastifyInstance>;
  /** Begins to take work: what its roles are when serving, only the scans it starts itself on a visit. */
  readonly startWork: () => Promise<RunningWorker | null>;
}

/** Opens everything one program needs, in the order the releasers undo. */
export async function openInstallation(
  settings: Settings,
  io: AppIo,
  { mode, releasers }: { readonly mode: InstallationMode; readonly releasers: Releasers },
): Promise<Installation> {
  const service = mode === 'visit' || mode === 'look' ? undefined : mode;
  let breaker: CircuitBreaker | undefined;
  // That the database is away is told once, by the breaker, and not by everybody who meets it.
  const isReported = (error: unknown) => isTransient(error) && breaker !== undefined && breaker.isAway();
  const log = createLog(settings.logLevel ?? (service === undefined ? 'silent' : 'info'), { isReported });
  let loading: ReturnType<typeof loadLibraries> | undefined;
  const { address, database, embedded } = await openConfiguredDatabase(settings, io, {
    releasers,
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection broke and is replaced'),
    onWait() {
      loading ??= loadLibraries(service);
      // A database that cannot be opened is the first failure and the one that is told.
      loading.catch(() => undefined);
    },
  });
  breaker = database.breaker;
  const version = await packageVersion();
  const onTrouble = (what: string) => (error: Error) => {
    if (isAway(error)) database.breaker.suspect();
    log.warn({ err: error }, what);
  };
  // Connects beside what is done to the schema, whose failure is told first.
  const hearing = subscribeToEvents(address, onTrouble('announcements are interrupted'));
  hearing.catch(() => undefined);
  releasers.add(async () => (await hearing.catch(() => undefined))?.close());
  const schemaVersion = await prepareSchema(database, {
    settings,
    io,
    service,
    version,
    mustStand: mode === 'look',
  });
  const announcements = await hearing;
  const { createMetrics } = await (loading ?? loadLibraries(service));
  const metrics = createMetrics();
  database.breaker.onChange((isOpen) => {
    if (isOpen) log.error('the database is away: requests are refused, and what is to be stored is held');
    else log.info('the database is back');
  });
  let opening: Promise<ShardQueue> | undefined;
  const queue = () =>
    (opening ??= import('#jobs/queue.js').then(({ openQueue }) =>
      openQueue({
        address,
        supervise: service !== undefined,
        onError: onTrouble('the queue met an error and goes on'),
      }),
    ));
  // A command in process opens it when it starts a scan, as most start none. A failure is told where it is awaited, after
  // the server was made beside it.
  if (service !== undefined) queue().catch(() => undefined);
  releasers.add(async () => (await opening?.catch(() => undefined))?.close());

  const prober = await openProber(settings.prober, log);
  releasers.add(() => prober.close());
  const ownScans = new Set<string>();
  const context = createWorkContext(settings.work, {
    store: createStore(database, metrics),
    post: { kind: service === undefined ? 'visitor' : 'none' },
    log,
    metrics,
    prober,
    enqueueShards: async (executor, scanUid, shardIds) => {
      await (await queue()).enqueue(executor, shardIds);
      ownScans.add(scanUid);
    },
  });
  // Found out while the server is made: it takes a process of its own a moment to say.
  const surveying = service?.roles.includes('worker') === true ? surveyOf(prober, log) : undefined;
  surveying?.catch(() => undefined);

  const verifyRuns = new VerifyRuns(context);
  const open = async (face: 'createServer' | 'createMetricsServer'): Promise<FastifyInstance> => {
    const faces = await import('#api/server.js');
    const server = await faces[face]({
      work: context,
      verifyRuns,
      version,
      embeddedDatabase: embedded,
      webRoot: service === undefined ? null : await webRoot(),
      announcements,
      startedAtMs: systemClock.now(),
    });
    releasers.add(async () => server.close());
    return server;
  };
  const startWork = async (): Promise<RunningWorker | null> => {
    await letAbandonedScansWait(context);
    if (service === undefined) {
      visit({ context, announcements, releasers }, ownScans);
      return null;
    }
    const parts = { context, announcements, queue: await queue(), releasers };
    if (service.roles.includes('scheduler')) keepTime(parts, verifyRuns);
    if (surveying === undefined) return null;
    return takeShards(parts, { service, survey: await surveying, version, schemaVersion });
  };
  const openServer = () => open('createServer');
  const openMetrics = () => open('createMetricsServer');
  return { context, openServer, openMetrics, startWork };
}

/**
 * The libraries that take longest to load. Nothing else is done meanwhile, so that it is best begun once PostgreSQL is spawned
 * and busy with its own start: on two busy cores the database was then ready 75 to 140 ms after the settings were read, and
 * 210 to 270 where they were loaded before.
 */
async function loadLibraries(service: Service | undefined) {
  const hasWeb = service === undefined || service.roles.includes('web');
  const [metrics] = await Promise.all([
    import('#telemetry/metrics.js'),
    hasWeb ? import('#api/server.js') : undefined,
    service === undefined ? undefined : import('#jobs/queue.js'),
  ]);
  return metrics;
}

interface Preparation {
  readonly settings: Settings;
  readonly io: AppIo;
  readonly service: Service | undefined;
  readonly version: string;
  /** Nothing is made where nothing is. */
  readonly mustStand: boolean;
}

/**
 * Brings the schema up to date; a worker alone leaves that to the server, and is refused where it does not fit
 * (`worker_version_skew`, `database_empty`), and who only looks finds nothing in a database without one (`not_found`). Gives the newest migration that this program knows.
 */
async function prepareSchema(
  database: Database,
  { settings, io, service, version, mustStand }: Preparation,
): Promise<number> {
  const migrations = await readMigrations(MIGRATIONS_DIRECTORY);
  const { executor } = database;
  if (mustStand && (await appliedMigrations(executor)).length === 0) throw nothingStored(settings);
  if (service !== undefined && service.roles.every((role) => role === 'worker')) {
    const input = { version, schemaVersion: migrations.length };
    const standing = (await appliedMigrations(executor)).length;
    await refuseSkew({ store: createStore(database) }, input, standing);
  } else {
    await migrate(database, migrations, await upgradeOptions(settings, io));
    if (service !== undefined) await setProgramVersion(executor, version);
  }
  return migrations.length;
}

async function webRoot(): Promise<string | null> {
  return stat(join(WEB_DIRECTORY, 'index.html')).then(
    () => WEB_DIRECTORY,
    () => null,
  );
}
