import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '#postgres/cluster/data-dir.js';
import { stopServer } from '#postgres/process/postmaster.js';
import { within } from '#postgres/process/server-process.js';
import { serverState } from '#postgres/process/server-state.js';
import type { Site } from '#postgres/process/start.js';
import { joinServer } from '#postgres/use/join.js';
import type { Presence } from '#postgres/use/presence.js';

/** After a lost connection the server may be recovering. */
const RETURN_TIMEOUT_MS = 3_000;
/** A killed server's connections end at nearly the same time as the server. */
const DEATH_NOTICE_MS = 300;

/** Ends this program's presence, and stops the server if no other program is present. */
export async function leaveServer(site: Site, presence: Presence): Promise<void> {
  try {
    if (await alone(site, presence)) await stop(site, presence);
  } finally {
    await presence.end();
  }
}

/** Stops a server on which this program has no presence, if it runs and no program uses it. */
export async function stopUnused(site: Site): Promise<void> {
  try {
    const presence = await comeBack(site);
    if (presence !== undefined) await leaveServer(site, presence);
  } catch (error) {
    site.warn(`The database in ${site.layout.root} may still be running: ${reasonOf(error)}.`);
  }
}

async function comeBack(site: Site): Promise<Presence | undefined> {
  let presence: Presence | undefined;
  const deadline = AbortSignal.timeout(RETURN_TIMEOUT_MS);
  await within(RETURN_TIMEOUT_MS, async () => {
    const state = await serverState(site.layout);
    if (state.kind !== 'ready') return state.kind !== 'changing';
    const joined = await joinServer(site, state.socketDirectory, deadline);
    if (typeof joined === 'object') presence = joined.presence;
    return joined !== 'busy';
  });
  return presence;
}

async function alone(site: Site, presence: Presence): Promise<boolean> {
  try {
    return await presence.leave();
  } catch (error) {
    site.warn(`The database was gone before it could be left: ${reasonOf(error)}.`);
    return false;
  }
}

async function stop({ layout, routine, warn }: Site, presence: Presence): Promise<void> {
  const state = await serverState(layout);
  if (state.kind === 'absent') return;
  if (state.kind === 'stale') {
    const died = await Promise.race([presence.ended.then(() => true), sleep(DEATH_NOTICE_MS, false)]);
    if (!died)
      warn(`The database in ${layout.root} runs where it cannot be seen from here; it goes on running.`);
    return;
  }
  if (await stopServer(state.pid, layout.cluster, warn)) routine(`Stopped the database in ${layout.root}.`);
  else warn(`The database in ${layout.root} (process ${state.pid}) could not be stopped.`);
}
