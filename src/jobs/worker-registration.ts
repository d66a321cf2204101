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
  /** Called once when the worker takes no more work, because it does not fit the database or its row was deleted. */
  readonly onEnd: (reason: ScanoramaError) => void;
}

/**
 * Sends the heartbeats of a worker, and acts on the responses: a drain, its end, other workers that started to serve
 * a site. It sends one at once after an event about workers, otherwise at the next interval. Returns a function that
 * ends this and signs the worker off.
 */
export function keepPost(context: WorkContext, keeping: PostKeeping): () => Promise<void> {
  const { post, input, worker, announcements } = keeping;
  let isReported = false;
  /**
   * Sent with each heartbeat. It follows the lease setting one heartbeat late, so that no heartbeat is expected too
   * early.
   */
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
        context.log.warn({ err: error }, 'the heartbeat of this worker could not be sent; will be retried'),
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
      context.log.warn({ err: error }, 'this worker could not sign off, and will be reported as lost'),
    );
  };
}

function forgotten(name: string): ScanoramaError {
  return new ScanoramaError('conflict', `The worker ${name} was lost, and is no longer registered.`, {
    at: name,
    hint: 'Start it again.',
  });
}
