import { ScanoramaError } from '#domain/errors/error.js';
import { repeat } from '#jobs/repeat.js';
import type { Worker } from '#jobs/worker.js';
import type { Announcements } from '#store/events/announcements.js';
import type { WorkContext } from '#work/context/context.js';
import {
  type Beat,
  heartbeatMsOf,
  sendHeartbeat,
  signOff,
  type WorkerInput,
  type WorkerPost,
} from '#work/workers/workers.js';

export interface PostKeeping {
  readonly worker: Pick<Worker, 'pause' | 'goOn' | 'letGo'>;
  readonly announcements: Announcements;
  readonly post: WorkerPost;
  readonly input: WorkerInput;
  /** Told once when the worker takes no work any more: it does not fit the database, or was forgotten. */
  readonly onEnd: (reason: ScanoramaError) => void;
}

/**
 * Says again and again that a worker is there, and heeds what is said to it: a drain, its end, other workers that came to
 * serve a site. At once when something is announced of workers, else with the next heartbeat. Gives what ends it, which
 * says goodbye.
 */
export function keepPost(context: WorkContext, keeping: PostKeeping): () => Promise<void> {
  const { post, input, worker, announcements } = keeping;
  let isReported = false;
  /** Told with each heartbeat. It follows the lease from one that had its time to the next, so that none is waited for too early. */
  let everyMs = heartbeatMsOf(context);
  let beating: Promise<void> = Promise.resolve();

  function heed(beat: Beat | undefined): void {
    const reason = beat === undefined ? forgotten(context.owner) : beat.skew;
    if (reason !== undefined && !isReported) {
      isReported = true;
      context.log.error({ code: reason.code }, `${reason.message} It takes no more work.`);
      keeping.onEnd(reason);
    }
    if (beat === undefined || beat.isDraining || beat.skew !== undefined) worker.pause();
    else {
      worker.goOn();
      worker.letGo(beat.foreignShards);
    }
  }

  /** One at a time, and never rejects. */
  function beat(): Promise<void> {
    beating = beating
      .then(() =>
        context.store.breaker.isOpen
          ? undefined
          : sendHeartbeat(context, post, { ...input, heartbeatMs: everyMs }).then(heed),
      )
      .catch((error: unknown) =>
        context.log.warn({ err: error }, 'that this worker is there could not be said, and is said later'),
      );
    return beating;
  }

  const unsubscribe = announcements.subscribe(({ kind }) => {
    if (kind === 'worker.draining' || kind === 'worker.resumed' || kind === 'worker.started') void beat();
  });
  const beatInTime = (): Promise<void> => {
    everyMs = heartbeatMsOf(context);
    return beat();
  };
  const stop = repeat(beatInTime, { firstMs: everyMs, everyMs: () => everyMs });
  return async () => {
    unsubscribe();
    await stop();
    await beating;
    await signOff(context, post).catch((error: unknown) =>
      context.log.warn({ err: error }, 'this worker could not say goodbye, and will be called lost'),
    );
  };
}

function forgotten(name: string): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `The worker ${name} was lost, and is on the list of workers no more.`,
    {
      at: name,
      hint: 'Start it again.',
    },
  );
}
