import { setTimeout as sleep } from 'node:timers/promises';
import { type Binaries, readyBinaries } from '#postgres/cluster/binaries.js';
import { clusterExists, createCluster, mendCluster } from '#postgres/cluster/cluster.js';
import type { Layout } from '#postgres/cluster/layout.js';
import { chooseOwner, type ServerOwner } from '#postgres/cluster/owner.js';
import { SOCKET_NAME } from '#postgres/cluster/settings.js';
import { socketDirectory } from '#postgres/cluster/socket-path.js';
import { clearLeftover } from '#postgres/process/leftover.js';
import { launch, type Postmaster } from '#postgres/process/postmaster.js';
import { serverState } from '#postgres/process/server-state.js';
import { takeLock } from '#postgres/use/start-lock.js';

const POLL_MS = 10;

/** One data directory as one program sees it. */
export interface Site {
  readonly layout: Layout;
  readonly binariesDir: string | undefined;
  readonly routine: (message: string) => void;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
  /** Called, once or more often, while a server is starting that is then joined. */
  readonly starting: () => void;
}

export interface StartSignals {
  /** Aborted when the time is up or the program gives up. */
  readonly deadline: AbortSignal;
  /** Aborted when the program gives up: a server that is not ready yet is then stopped. */
  readonly caller: AbortSignal;
}

/**
 * `started`: the spawned server is ready. `busy`: another program is starting it. `failed`: the spawned server
 * ended, with the reason.
 */
export type StartOutcome =
  | { readonly kind: 'started' | 'busy' }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Starts the server, after creating the cluster if there is none and cleaning up after a dead server. With
 * `anyway` it starts even if another program seems to be starting it. A timeout lets a server that is still
 * recovering finish for the next program. An abort by the caller stops it.
 */
export async function startServer(site: Site, signals: StartSignals, anyway: boolean): Promise<StartOutcome> {
  const turn = await takeLock(site.layout.dataDir);
  if (turn === undefined && !anyway) return { kind: 'busy' };
  try {
    const { kind } = await serverState(site.layout);
    if (kind === 'changing' || kind === 'ready') return { kind: 'busy' };
    const { owner, binaries } = await prepareCluster(site, signals.deadline);
    await clearLeftover(site.layout, site.warn);
    const place = { ...site.layout, inside: site.layout.run, name: SOCKET_NAME, owner };
    const postmaster = await launch({
      layout: site.layout,
      owner,
      binaries,
      socketDirectory: await socketDirectory(place),
    });
    site.starting();
    return await untilReady(postmaster, site.layout, signals);
  } finally {
    turn?.release();
  }
}

async function prepareCluster(
  { layout, binariesDir, info, warn }: Site,
  signal: AbortSignal,
): Promise<{ owner: ServerOwner; binaries: Binaries }> {
  const owner = await chooseOwner(layout);
  const binaries = await readyBinaries({ dataDir: layout.dataDir, owner, binariesDir, log: info });
  if (!(await clusterExists(layout, binaries.major))) {
    const created = await createCluster({ layout, owner, binaries, signal });
    if (created) info(`Created a database in ${layout.root}; it runs as uid ${owner.uid}.`);
  }
  const present = await chooseOwner(layout);
  await mendCluster(layout, present, warn);
  return { owner: present, binaries };
}

async function untilReady(
  postmaster: Postmaster,
  layout: Layout,
  { deadline, caller }: StartSignals,
): Promise<StartOutcome> {
  try {
    for (;;) {
      const state = await serverState(layout);
      if (state.kind === 'ready') return { kind: state.pid === postmaster.pid ? 'started' : 'busy' };
      if (postmaster.hasExited()) return { kind: 'failed', reason: await postmaster.reason() };
      if (caller.aborted) postmaster.callOff();
      deadline.throwIfAborted();
      await sleep(POLL_MS);
    }
  } finally {
    postmaster.release();
  }
}
