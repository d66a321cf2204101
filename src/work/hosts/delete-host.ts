import { takeDeviceLock } from '#store/devices/device-lock.js';
import { noteNeighbors } from '#store/devices/device-queue.js';
import { recordHostEvents } from '#store/events/events.js';
import { lockHostToDelete, removeHost, setHostDeleted, siteOfHost } from '#store/hosts/host-deletion.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { LINK_RULES } from '#work/devices/fold-devices.js';
import { identifyAfterScan } from '#work/devices/identify-devices.js';
import { purgeSerially } from '#work/retention/purge.js';

/**
 * Marks a host as deleted, as a fact of its history: lists show it no more, and nothing of it is removed. A scan that sees
 * it later brings it back. Doing it twice is no error; `not_found`.
 */
export async function deleteHost(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  await setDeleted(context, uid, { isDeleted: true, actor });
}

/** Takes the deletion back; `not_found` when there is no such host any more. False for one that was not deleted. */
export function restoreHost(context: WorkContext, uid: string, actor: Actor): Promise<boolean> {
  return setDeleted(context, uid, { isDeleted: false, actor });
}

async function setDeleted(
  context: WorkContext,
  uid: string,
  { isDeleted, actor }: { readonly isDeleted: boolean; readonly actor: Actor },
): Promise<boolean> {
  const at = new Date(context.clock.now());
  const isChanged = await context.store.transaction(async (executor) => {
    const host = await lockHostToDelete(executor, uid);
    if (host.isDeleted === isDeleted) return false;
    await setHostDeleted(executor, { hostId: host.id, isDeleted, actor, at });
    const kind = isDeleted ? 'host.deleted' : 'host.restored';
    const payload = { host: uid, address: host.address, actor };
    await recordHostEvents(executor, [{ kind, jobId: null, payload }]);
    return true;
  });
  if (isChanged) context.log.info({ host: uid, actor }, isDeleted ? 'host deleted' : 'host restored');
  return isChanged;
}

/**
 * Removes a host for ever, with its ports, history and the raw rows of scans; what scans asked of its address, and that
 * they asked it, stays. If it is seen again it is a new host. Throws `not_found`.
 */
export async function purgeHost(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  await purgeSerially(context, { what: 'host', uid, actor }, async (executor) => {
    await takeDeviceLock(executor, await siteOfHost(executor, uid));
    const host = await lockHostToDelete(executor, uid);
    await noteNeighbors(executor, host.id, LINK_RULES);
    await removeHost(executor, host.id);
    return { address: host.address };
  });
  // Others may have been one device by it alone.
  await identifyAfterScan(context);
}
