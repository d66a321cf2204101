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

/** A worker as others are told of it. */
interface Standing {
  readonly id: string;
  /** Null: every site that has no workers of its own. */
  readonly site: string | null;
  readonly state: WorkerState;
}

/** Whether one of these takes work where this one took it. */
export function isReplacedAmong({ id, site }: Standing, others: readonly Standing[]): boolean {
  return others.some((other) => other.id !== id && other.site === site && other.state === 'active');
}

/** What it comes to that none does. */
export function lastWorkerText({ site }: Pick<Standing, 'site'>): string {
  const whose = site === null ? 'for sites without workers of their own' : `of the site ${site}`;
  return `It was the last one ${whose} that takes work; scans there wait until another one is there`;
}

/** Most shards that one worker runs at once: each takes memory, and a connection while it stores. */
export const MAX_WORKER_CONCURRENCY = 64;
