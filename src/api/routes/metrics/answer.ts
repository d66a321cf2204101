import type { FastifyReply } from 'fastify';
import { answerOrAway } from '#api/database-guard.js';
import { inTime } from '#api/in-time.js';
import { findServerActivity } from '#store/server-facts.js';
import type { WorkContext } from '#work/context.js';
import { describeMetrics } from '#work/describe-metrics.js';

/** What Prometheus reads, also while the database is away. */
export async function answerMetrics(
  work: WorkContext,
  reply: Pick<FastifyReply, 'header' | 'type'>,
): Promise<string> {
  const { read, breaker } = work.store;
  const activity = await inTime(answerOrAway(breaker, findServerActivity(read)));
  reply.header('cache-control', 'no-store');
  reply.type(work.metrics.registry.contentType);
  return describeMetrics(work, activity);
}
