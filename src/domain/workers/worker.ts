/** What a program that serves does: web interface and API, shards of scans, and what only time brings. */
export const ROLES = ['web', 'worker', 'scheduler'] as const;
export type Role = (typeof ROLES)[number];

/**
 * How a worker stands: `active` takes work; `draining` takes none and hands over what it has, `drained` has handed all
 * over; `lost` has not been heard of in time; `stopped` said goodbye.
 */
export const WORKER_STATES = ['active', 'draining', 'drained', 'lost', 'stopped'] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** Whether a program is there, whatever it does. */
export function isAlive(state: WorkerState): boolean {
  return state !== 'lost' && state !== 'stopped';
}

/** What it comes to that no other worker takes the work of one; null is every site that has no workers of its own. */
export function lastWorkerText({ site }: { readonly site: string | null }): string {
  const whose = site === null ? 'for sites without workers of their own' : `of the site ${site}`;
  return `It was the last one ${whose} that takes work; scans there wait until another one is there`;
}

/** Most shards that one worker runs at once: each takes memory, and a connection while it stores. */
export const MAX_WORKER_CONCURRENCY = 64;
