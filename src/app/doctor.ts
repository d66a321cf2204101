import { presentDoctor } from '#api/routes/doctor/presenter.js';
import { connectToServer } from '#app/connect.js';
import { openConfiguredDatabase } from '#app/database/database.js';
import type { AppIo, PlaceFlags } from '#app/interface.js';
import { openProber } from '#app/serve/prober.js';
import { Releasers } from '#app/serve/releasers.js';
import { readSettings, type Settings } from '#config/settings.js';
import type { DoctorReport } from '#contract/workers/doctor.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { embeddedVersion } from '#postgres/cluster/platform.js';
import { findServerVersion } from '#store/database/server-facts.js';
import { createLog } from '#telemetry/log.js';
import { type DatabaseFacts, examineMachine, surveyOrDeath } from '#work/health/examine-machine.js';

/** Asks the server there is; without one, looks at this machine itself, and starts no database for it. */
export async function doctor(flags: PlaceFlags, io: AppIo): Promise<DoctorReport> {
  const settings = readSettings(flags);
  const connection = await connectToServer(flags, settings);
  if (connection !== undefined) {
    try {
      return await connection.client.doctor();
    } finally {
      await connection.close();
    }
  }
  const releasers = new Releasers();
  try {
    const prober = await openProber(settings.prober, createLog('silent'));
    releasers.add(() => prober.close());
    const database = await databaseFacts(settings, io, releasers);
    return presentDoctor(examineMachine(await surveyOrDeath(prober), database));
  } finally {
    await releasers.release();
  }
}

async function databaseFacts(settings: Settings, io: AppIo, releasers: Releasers): Promise<DatabaseFacts> {
  const isEmbedded = settings.databaseUrl === undefined;
  try {
    if (isEmbedded) return { isEmbedded, version: await embeddedVersion(), problem: null };
    const { database } = await openConfiguredDatabase(settings, io, { releasers });
    return { isEmbedded, version: await findServerVersion(database.executor), problem: null };
  } catch (error) {
    if (!(error instanceof ScanoramaError)) throw error;
    return { isEmbedded, version: null, problem: { message: error.message, hint: error.hint } };
  }
}
