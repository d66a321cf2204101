import type { ServerActivity } from '#store/database/server-facts.js';
import type { WorkContext } from '#work/context/context.js';

/** All metrics in the text format of Prometheus; `activity` is undefined when the database does not answer. */
export async function describeMetrics(
  { metrics, store }: WorkContext,
  activity: ServerActivity | undefined,
): Promise<string> {
  const { inUse, idle, waiting, limit } = store.connections();
  metrics.breakerOpen.set(store.breaker.isOpen ? 1 : 0);
  metrics.poolConnections.set({ state: 'in_use' }, inUse);
  metrics.poolConnections.set({ state: 'idle' }, idle);
  metrics.poolWaiting.set(waiting);
  metrics.poolLimit.set(limit);
  if (activity !== undefined) {
    // Counted by PostgreSQL, which may begin anew after a crash: each time its own figure is told.
    metrics.serverTransactions.reset();
    metrics.serverTransactions.inc({ outcome: 'committed' }, activity.committed);
    metrics.serverTransactions.inc({ outcome: 'rolled_back' }, activity.rolledBack);
    metrics.serverDeadlocks.reset();
    metrics.serverDeadlocks.inc(activity.deadlocks);
  }
  return metrics.registry.metrics();
}
