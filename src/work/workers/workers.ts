import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { isAlive } from '#domain/workers/worker.js';
import type { ProberSurvey } from '#scan/engine/prober.js';
import { recordWorkerEvent } from '#store/events/events.js';
import { findProgramVersion } from '#store/migrations/installation.js';
import { siteIdByName } from '#store/sites/sites.js';
import { findWorkerView, lockWorker, type WorkerView } from '#store/workers/worker-views.js';
import {
  beatWorker,
  deleteWorker,
  drainWorker,
  type Heartbeat,
  insertWorker,
  isReplaced,
  markLostWorkers,
  forgetWorkers as removeForgotten,
  setCapabilities,
  stopWorker,
  takeAutoDrainLock,
  undrainWorker,
} from '#store/workers/workers.js';
import type { Actor, Post, WorkContext } from '#work/context/context.js';
import { abilitiesOf } from '#work/shards/capabilities.js';

/** How often a worker says that it is there; with a shorter lease, as often as its lease is long. */
const HEARTBEAT_MS = 5_000;
/** What is known of a worker that is gone is kept so long. */
export const GONE_WORKERS_KEPT_MS = 7 * 24 * 3_600_000;

/** A program as it presents itself. */
export interface WorkerInput {
  /** By name; undefined: every site that has no workers of its own. */
  readonly site: string | undefined;
  readonly concurrency: number;
  readonly version: string;
  /** The newest migration that it knows. */
  readonly schemaVersion: number;
}

export type WorkerPost = Extract<Post, { readonly kind: 'worker' }>;

/** Writes a worker down, with what its machine can do, and gives what it may take. Throws `not_found` for its site. */
export async function registerWorker(
  context: WorkContext,
  input: WorkerInput,
  survey: ProberSurvey,
): Promise<WorkerPost> {
  const uid = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
  const { site, concurrency, version, schemaVersion } = input;
  return context.store.transaction(async (executor) => {
    const siteId = site === undefined ? null : await siteIdByName(executor, site);
    const name = context.owner;
    const heartbeatMs = heartbeatMsOf(context);
    const facts = {
      uid,
      name,
      siteId,
      version,
      schemaVersion,
      concurrency,
      heartbeatMs,
      capabilities: survey,
    };
    const workerId = await insertWorker(executor, facts);
    await recordWorkerEvent(executor, { kind: 'worker.started', worker: { uid, name, site: site ?? null } });
    return { kind: 'worker', workerId, siteId, abilities: abilitiesOf(survey) };
  });
}

/** Writes down what the machine of a worker can do by now, and takes work by it from here on. */
export async function renewSurvey(
  { store }: Pick<WorkContext, 'store'>,
  post: WorkerPost,
  survey: ProberSurvey,
): Promise<void> {
  await setCapabilities(store.read, post.workerId, survey);
  post.abilities = abilitiesOf(survey);
}

/** How often a worker of this lease says that it is there. Milliseconds. */
export function heartbeatMsOf({ leaseMs }: Pick<WorkContext, 'leaseMs'>): number {
  return Math.min(HEARTBEAT_MS, leaseMs);
}

export interface Beat extends Heartbeat {
  /** Why it takes no work any more for good: the database or the server is of another version. */
  readonly skew: ScanoramaError | undefined;
}

/**
 * Says that a worker is there, and how soon it will say so again; gives what it has to heed, and undefined when its row was
 * removed.
 */
export async function sendHeartbeat(
  context: WorkContext,
  { workerId }: WorkerPost,
  input: WorkerInput & { readonly heartbeatMs?: number },
): Promise<Beat | undefined> {
  return context.store.transaction(async (executor) => {
    const { concurrency, heartbeatMs = heartbeatMsOf(context) } = input;
    const given = { workerId, concurrency, heartbeatMs };
    const first = await beatWorker(executor, given);
    if (first === undefined) return undefined;
    // One that waited for whoever resumed this worker read the schema as it was before: it must not drain it once more.
    const isSure = skewOf(input, first) === undefined || first.isDraining;
    const beat = isSure
      ? first
      : { ...first, ...(await beatWorker(executor, given)), wasLost: first.wasLost };
    const skew = skewOf(input, beat);
    if (beat.wasLost) {
      const worker = await findWorkerView(executor, context.owner);
      await recordWorkerEvent(executor, { kind: 'worker.returned', worker });
    }
    if (skew !== undefined && !beat.isDraining && (await drainWorker(executor, workerId, skew.message))) {
      const worker = await findWorkerView(executor, context.owner);
      await recordWorkerEvent(executor, {
        kind: 'worker.draining',
        worker,
        payload: { reason: skew.message },
      });
    }
    return { ...beat, skew };
  });
}

/** `worker_version_skew` where a worker does not fit the database or the server, `database_empty` where there is no schema. */
export function skewOf(
  { version, schemaVersion }: Pick<WorkerInput, 'version' | 'schemaVersion'>,
  found: { readonly schemaVersion: number; readonly serverVersion: string | null },
): ScanoramaError | undefined {
  const facts = { worker_version: version, server_version: found.serverVersion };
  if (found.schemaVersion === 0) {
    return new ScanoramaError('database_empty', 'The database has no schema yet, and a worker makes none.', {
      hint: 'Start `scanorama serve` on this database first, or `scanorama migrate up`.',
    });
  }
  if (found.schemaVersion !== schemaVersion) {
    return new ScanoramaError(
      'worker_version_skew',
      `The database has schema version ${found.schemaVersion}, and this worker works with version ${schemaVersion} alone.`,
      {
        hint:
          found.schemaVersion > schemaVersion
            ? 'Install the Scanorama of the server on this machine, and start the worker again.'
            : 'Start the server of this version first: it upgrades the database.',
        facts: { ...facts, schema_version: found.schemaVersion, known_schema_version: schemaVersion },
      },
    );
  }
  if (found.serverVersion === null || found.serverVersion === version) return undefined;
  return new ScanoramaError(
    'worker_version_skew',
    `The server is Scanorama ${found.serverVersion}, and this worker is ${version}.`,
    { hint: 'Install the Scanorama of the server on this machine, and start the worker again.', facts },
  );
}

/** Throws what `skewOf` finds of a worker that does not fit. */
export async function refuseSkew(
  context: Pick<WorkContext, 'store'>,
  input: Pick<WorkerInput, 'version' | 'schemaVersion'>,
  schemaVersion: number,
): Promise<void> {
  const serverVersion = schemaVersion === 0 ? null : await findProgramVersion(context.store.read);
  const skew = skewOf(input, { schemaVersion, serverVersion });
  if (skew !== undefined) throw skew;
}

/** Says goodbye. */
export async function signOff(context: WorkContext, { workerId }: WorkerPost): Promise<void> {
  await context.store.transaction(async (executor) => {
    if (!(await stopWorker(executor, workerId))) return;
    const worker = await findWorkerView(executor, context.owner);
    await recordWorkerEvent(executor, { kind: 'worker.stopped', worker });
  });
}

/** A worker that is to take no more work. */
export interface DrainedWorker {
  readonly worker: WorkerView;
  /** Whether another one takes work where it took it. */
  readonly isReplaced: boolean;
}

/** Lets a worker take no work any more and hand over what it has. Asked again, it changes nothing. */
export async function drain(context: WorkContext, text: string, actor: Actor): Promise<DrainedWorker> {
  const drained = await context.store.transaction(async (executor) => {
    await takeAutoDrainLock(executor);
    const worker = await lockWorker(executor, text);
    if (worker.state === 'stopped') throw hasStopped(worker);
    if (await drainWorker(executor, worker.id, `${actor} asked for it.`)) {
      await recordWorkerEvent(executor, { kind: 'worker.draining', worker, payload: { actor } });
      context.log.info({ worker: worker.name, actor }, 'a worker is to take no more work');
    }
    return findWorkerView(executor, text);
  });
  // Committed by now, so that of two that are drained, or drain themselves, one at least hears that none is left.
  return { worker: drained, isReplaced: await isReplaced(context.store.read, drained.id) };
}

/** Lets a drained worker take work again. Asked again, it changes nothing. */
export async function undrain(context: WorkContext, text: string, actor: Actor): Promise<WorkerView> {
  return context.store.transaction(async (executor) => {
    const worker = await lockWorker(executor, text);
    if (worker.state === 'stopped') throw hasStopped(worker);
    if (await undrainWorker(executor, worker.id)) {
      await recordWorkerEvent(executor, { kind: 'worker.resumed', worker, payload: { actor } });
      context.log.info({ worker: worker.name, actor }, 'a worker may take work again');
    }
    return findWorkerView(executor, text);
  });
}

function hasStopped({ name }: WorkerView): ScanoramaError {
  return new ScanoramaError('invalid_transition', `The worker ${name} has stopped.`, {
    at: name,
    hint: 'Start it again on its machine: it comes under another name.',
  });
}

/**
 * Forgets a worker that is gone. When it was the last of its site, programs without a site of their own serve that site
 * again. `conflict` while it is there.
 */
export async function removeWorker(context: WorkContext, text: string, actor: Actor): Promise<void> {
  await context.store.transaction(async (executor) => {
    const worker = await lockWorker(executor, text);
    if (isAlive(worker.state)) {
      throw new ScanoramaError('conflict', `The worker ${worker.name} is there, and is not forgotten.`, {
        at: worker.name,
        hint: `Stop it on its machine; \`scanorama workers drain ${worker.name}\` lets it take no more work.`,
      });
    }
    await deleteWorker(executor, worker.id);
    await recordWorkerEvent(executor, { kind: 'worker.removed', worker, payload: { actor } });
  });
}

/** Notices who fell silent, and forgets who is gone for long. */
export async function noticeLostWorkers(context: WorkContext): Promise<void> {
  const lost = await context.store.transaction(async (executor) => {
    const workers = await markLostWorkers(executor);
    for (const worker of workers) await recordWorkerEvent(executor, { kind: 'worker.lost', worker });
    return workers;
  });
  for (const { name, site, heartbeatAt } of lost)
    context.log.warn({ worker: name, site, heartbeatAt }, 'a worker was not heard of in time');
  await removeForgotten(context.store.read, GONE_WORKERS_KEPT_MS);
}
