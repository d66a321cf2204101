import type { RunningWorker } from '#app/interface.js';
import type { Releasers } from '#app/serve/releasers.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Role } from '#domain/workers/worker.js';
import { keepSurveyed } from '#jobs/capability-survey.js';
import { keepVerified } from '#jobs/daily-verify.js';
import { keepIdentified } from '#jobs/identify-devices.js';
import { keepMaintained } from '#jobs/maintenance.js';
import type { ShardQueue } from '#jobs/queue.js';
import { keepScheduled } from '#jobs/scheduler.js';
import { createWorker } from '#jobs/worker.js';
import { keepPost } from '#jobs/worker-registration.js';
import { watchFleet } from '#jobs/worker-watch.js';
import type { Prober, ProberSurvey } from '#scan/engine/prober.js';
import type { Announcements } from '#store/events/announcements.js';
import type { Log } from '#telemetry/log.js';
import type { WorkContext } from '#work/context/context.js';
import { surveyOrDeath } from '#work/health/examine-machine.js';
import type { VerifyRuns } from '#work/health/verify-runs.js';
import { applyRetention } from '#work/retention/apply-retention.js';
import { unableSurvey } from '#work/shards/capabilities.js';
import { registerWorker } from '#work/workers/workers.js';

/** What a program that serves is for. */
export interface Service {
  readonly roles: readonly Role[];
  readonly site: string | undefined;
  readonly concurrency: number | undefined;
  /** Told once when its worker will take no work again. */
  readonly onWorkerEnd: (reason: ScanoramaError) => void;
}

export interface WorkParts {
  readonly context: WorkContext;
  readonly announcements: Announcements;
  readonly queue: ShardQueue;
  readonly releasers: Releasers;
}

/** Runs the scans that this very program starts. */
export function visit(
  { context, announcements, releasers }: Omit<WorkParts, 'queue'>,
  ownScans: ReadonlySet<string>,
): void {
  const worker = createWorker(context, announcements);
  releasers.add(() => worker.close());
  worker.runMaintenance(ownScans);
}

/** What only time brings, once for the installation however many programs have this role. */
export function keepTime({ context, releasers }: WorkParts, verifyRuns: VerifyRuns): void {
  releasers.add(keepMaintained(context));
  releasers.add(keepVerified(context, verifyRuns));
  releasers.add(keepScheduled(context, { tools: { verifyRuns, applyRetention } }));
  releasers.add(keepIdentified(context));
  releasers.add(watchFleet(context));
}

interface Shift {
  readonly service: Service;
  readonly survey: ProberSurvey;
  readonly version: string;
  readonly schemaVersion: number;
}

/** Registers this program as a worker, and takes the shards that are for it. */
export async function takeShards(
  { context, announcements, queue, releasers }: WorkParts,
  { service, survey, version, schemaVersion }: Shift,
): Promise<RunningWorker> {
  const { site, concurrency, onWorkerEnd: onEnd } = service;
  const input = {
    site,
    version,
    schemaVersion,
    /** As it is set at each heartbeat. */
    get concurrency() {
      return concurrency ?? context.settings.shardsAtOnce;
    },
  };
  const post = await registerWorker(context, input, survey);
  const posted: WorkContext = {
    ...context,
    post,
    // Copied by its value it would not follow the setting.
    get leaseMs() {
      return context.leaseMs;
    },
  };
  const worker = createWorker(posted, announcements, { concurrency });
  const leave = keepPost(context, { worker, announcements, post, input, onEnd });
  // It says goodbye when all is handed over.
  releasers.add(leave);
  releasers.add(() => worker.close());
  // A prober that dies of being asked is found out by what it is asked next; until then it is what it was.
  const poll = () => context.prober.survey({ anew: true });
  releasers.add(keepSurveyed(context, { post, first: survey, poll }));
  await queue.consume((shardIds) => worker.offer(shardIds));
  worker.runMaintenance();
  return { name: context.owner, site: site ?? null };
}

/** A prober that dies of being asked makes a worker that can do nothing, and says so. */
export async function surveyOf(prober: Prober, log: Log): Promise<ProberSurvey> {
  const survey = await surveyOrDeath(prober);
  if (!(survey instanceof ScanoramaError)) return survey;
  log.error({ code: survey.code }, survey.message);
  return unableSurvey(survey.message);
}
