import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppIo, TortureOutcome } from '#app/interface.js';
import { PACKAGE_ROOT } from '#app/package-root.js';
import { findLocalServer } from '#app/serve/local-server.js';
import { Releasers } from '#app/serve/releasers.js';
import { guardTorture } from '#app/torture/torture-guard.js';
import { EmbeddedTorturedDatabase } from '#app/torture/tortured-database.js';
import { socketTransport } from '#app/transport.js';
import { readSettings } from '#config/settings.js';
import { createClient } from '#contract/api/client.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { systemClock } from '#net/send/system-clock.js';
import { type DatabaseAddress, openDatabase } from '#store/database/database.js';
import { pingDatabase } from '#store/database/server-facts.js';
import { createStore } from '#store/database/store.js';
import { createLog } from '#telemetry/log.js';
import { createMetrics } from '#telemetry/metrics.js';
import { FAULTS } from '#torture/faults.js';
import type { Lab } from '#torture/lab.js';
import { runTorture, type TortureOptions, type TortureProgress } from '#torture/run-torture.js';
import { ServerProgram } from '#torture/server-program.js';

/** Short, so that a scan has many batches and a dead server's work is taken over at once. */
const LEASE_TIME = '800ms';
const BATCH_DELAY = '40ms';
const SERVER_NAMES = ['server A', 'server B'];
const REMOVAL = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const;
/** What the servers see of the environment: to run at all, and no place of anybody's data. */
const PASSED_ON = ['PATH', 'HOME', 'LD_LIBRARY_PATH', 'TMPDIR'];

/** Kills real servers on loopback, in a temporary directory of its own with a database of its own. */
export async function torture(input: TortureOptions & TortureProgress, io: AppIo): Promise<TortureOutcome> {
  const releasers = new Releasers();
  const directory = await mkdtemp(join(tmpdir(), 'scanorama-torture-'));
  let isKept = false;
  releasers.add(async () => {
    if (!isKept) await rm(directory, REMOVAL);
  });
  guardTorture(directory, releasers);
  try {
    const lab = await openLab({ directory, signal: io.signal }, releasers);
    const report = await runTorture(lab, FAULTS, input);
    io.signal.throwIfAborted();
    isKept = report.broken !== undefined;
    return { ...report, directory: isKept ? directory : null };
  } catch (error) {
    if (io.signal.aborted)
      throw new ScanoramaError('interrupted', 'The torture was interrupted.', { cause: error });
    throw error;
  } finally {
    await releasers.release();
  }
}

export interface LabOptions {
  /** Empty, and private to its owner. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /** The address of the database for one of the servers, where something is to stand in between. */
  readonly route?: (direct: DatabaseAddress, server: number) => Promise<string>;
  /** For the Node.js of the servers. */
  readonly nodeFlags?: readonly string[];
  /** What the servers see of the environment beside what they need. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Two servers, as anybody starts them, on an embedded database of their own; nothing of it outlives the releasers. */
export async function openLab(options: LabOptions, releasers: Releasers): Promise<Lab> {
  const { directory, route } = options;
  const { database, address, poll } = await openTortured(options, releasers);
  const leaving = new AbortController();
  const signal = AbortSignal.any([options.signal, leaving.signal]);
  const servers: ServerProgram[] = [];
  for (const [index, name] of SERVER_NAMES.entries()) {
    const dataDir = join(directory, name.replace(' ', '-'));
    await mkdir(dataDir, { mode: 0o700 });
    const databaseUrl = route === undefined ? socketUrl(address) : await route(address, index);
    const server = new ServerProgram(launchOf(options), { name, dataDir, databaseUrl });
    releasers.add(() => server.close());
    servers.push(server);
  }
  // Let go of first: a round that found no end may still be bringing back what is about to be taken away.
  releasers.add(async () => leaving.abort());
  return {
    directory,
    servers,
    database,
    poll,
    signal,
    clientOf: async ({ place }) => {
      const local = await findLocalServer(place.dataDir);
      if (local === undefined) throw new ScanoramaError('server_unreachable', `${place.name} does not run.`);
      return createClient(socketTransport(local.socketPath));
    },
  };
}

async function openTortured({ directory, signal }: LabOptions, releasers: Releasers) {
  const dataDir = join(directory, 'database');
  await mkdir(dataDir, { mode: 0o700 });
  const isAnswering = async (): Promise<boolean> => {
    await pingDatabase(direct.executor);
    return true;
  };
  const database = await EmbeddedTorturedDatabase.open({ dataDir, isAnswering, signal });
  releasers.add(() => database.close());
  const address = database.connection;
  const direct = openDatabase(address, () => undefined);
  releasers.add(() => direct.close());
  const metrics = createMetrics();
  const poll = { store: createStore(direct, metrics), clock: systemClock, log: createLog('silent'), metrics };
  return { database, address, poll };
}

function launchOf({ nodeFlags = [], environment = {} }: LabOptions) {
  const ours = readSettings({}).environment;
  const inherited = PASSED_ON.flatMap((name) => {
    const value = ours[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const command = [process.execPath, ...nodeFlags, join(PACKAGE_ROOT, 'bin', 'scanorama.js')] as const;
  return {
    command,
    environment: {
      ...Object.fromEntries(inherited),
      ...environment,
      SCANORAMA_LEASE_TIME: LEASE_TIME,
      SCANORAMA_BATCH_DELAY: BATCH_DELAY,
      SCANORAMA_LOG_LEVEL: 'info',
    },
  };
}

/** As a person would name a PostgreSQL behind a socket. */
function socketUrl({ host = '', port, user = '', password = '', database }: DatabaseAddress): string {
  const account = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const place = new URLSearchParams({ host, port: String(port) });
  return `postgresql://${account}@localhost/${database}?${place.toString()}`;
}
