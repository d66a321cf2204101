import { sql } from 'kysely';
import { HOSTS, MISSES } from '#store/integrity/axes.js';
import type { IntegrityQuestion } from '#store/integrity/question.js';

/** Whether what hosts are held to be away by was told by whole runs. */
export const STATUS_CHECKS: readonly IntegrityQuestion[] = [
  {
    name: 'misses are of whole runs',
    description: 'A host was missed only by a run that is completed and whole, and that did not see it.',
    axis: MISSES,
    faults: (within) => sql`SELECT format('scan %s host %s', missed.job_id, missed.host_id) AS fault
      FROM scan_misses missed LEFT JOIN scan_jobs job ON job.id = missed.job_id LEFT JOIN hosts host ON host.id = missed.host_id
      WHERE ${within('missed.job_id', 'missed.host_id')} AND ((job.status = 'completed' AND NOT job.partial
          AND job.engine <> 'import' AND job.site_id = host.site_id AND missed.probed_at <= host.missed_at) IS NOT TRUE
        OR EXISTS (SELECT FROM scan_hosts seen WHERE (seen.job_id, seen.host_id) = (missed.job_id, missed.host_id)))`,
  },
  {
    name: 'hosts that are away were missed',
    description:
      'The run that made a host down, gone or unknown missed it at that time, after it was last seen.',
    axis: HOSTS,
    faults: (within) => sql`SELECT 'host ' || host.uid AS fault FROM hosts host
      WHERE ${within('host.id')} AND host.status <> 'up' AND (host.last_seen >= host.status_changed_at
        OR host.status_changed_at IS NULL OR EXISTS (SELECT FROM scan_jobs job WHERE job.id = host.status_changed_job_id) AND NOT EXISTS (SELECT FROM scan_misses missed
          WHERE (missed.job_id, missed.host_id, missed.probed_at) = (host.status_changed_job_id, host.id, host.status_changed_at)))`,
  },
];
