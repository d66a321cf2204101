import { presentEngine } from '#api/routes/doctor/presenter.js';
import type { WorkerView as Worker } from '#contract/workers/worker.js';
import type { WorkerView } from '#store/workers/worker-views.js';
import { enginesOf } from '#work/health/examine-machine.js';
import { readCapabilities } from '#work/shards/capabilities.js';

export function presentWorker(view: WorkerView): Worker {
  const survey = readCapabilities(view.capabilities);
  return {
    id: view.uid,
    name: view.name,
    site: view.site,
    state: view.state,
    version: view.version,
    schema_version: view.schemaVersion,
    concurrency: view.concurrency,
    engines: survey === undefined ? [] : enginesOf(survey).map(presentEngine),
    platform: survey?.facts.platform ?? null,
    raw_packets: survey?.facts.rawPackets ?? false,
    started_at: view.startedAt.toISOString(),
    heartbeat_at: view.heartbeatAt.toISOString(),
    heartbeat_seconds: view.heartbeatMs / 1_000,
    draining_at: view.drainingAt?.toISOString() ?? null,
    drain_reason: view.drainReason,
    stopped_at: view.stoppedAt?.toISOString() ?? null,
    running_shards: view.runningShards,
    running_scans: [...view.runningScans],
  };
}
