import type { Executor } from '#store/database/database.js';
import { connectedHosts } from '#store/devices/device-component.js';
import { type Projection, readProjection } from '#store/devices/device-projection.js';
import { haveWork, hostSlice } from '#store/devices/device-queue.js';
import type { CheckOutcome } from '#store/integrity/outcomes.js';
import { FAULT_EXAMPLES, type LendTime } from '#store/integrity/question.js';
import { LINK_RULES, projectPart } from '#work/devices/fold-devices.js';

/** The check that is not only a database query. */
export const DEVICES_CHECK = 'devices equal evidence and decisions';

/** Hosts of one slice, before connected hosts are added. */
const VERIFY_SLICE_HOSTS = 500;

/**
 * Recomputes every device and compares the result with the stored one. Each slice is read at a different time. Hosts
 * with findings that are not computed yet are skipped.
 */
export async function checkDevices(lend: LendTime): Promise<CheckOutcome> {
  const faults = new Set<string>();
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after;
    after = await lend(async (executor) => {
      const slice = await hostSlice(executor, { after: from, limit: VERIFY_SLICE_HOSTS });
      for (const [siteId, hosts] of Map.groupBy(slice, (host) => host.siteId)) {
        const hostIds = hosts.filter(({ hasDevice }) => hasDevice).map(({ id }) => id);
        for (const fault of await faultsOf(executor, { siteId, hostIds })) faults.add(fault);
      }
      return slice.at(-1)?.id ?? null;
    });
  }
  return {
    name: DEVICES_CHECK,
    description: 'Every device equals the result of computing it again from evidence and decisions.',
    faults: faults.size,
    examples: [...faults].slice(0, FAULT_EXAMPLES),
  };
}

interface Probed {
  readonly siteId: number;
  readonly hostIds: readonly number[];
}

async function faultsOf(executor: Executor, { siteId, hostIds }: Probed): Promise<readonly string[]> {
  if (hostIds.length === 0) return [];
  const part = { siteId, hostIds: await connectedHosts(executor, { siteId, hostIds }, LINK_RULES) };
  if (await haveWork(executor, part.hostIds)) {
    // A host that is not computed yet may be connected with only some of them.
    const [only, ...more] = hostIds;
    if (only === undefined || more.length === 0) return [];
    const faults: string[] = [];
    for (const hostId of hostIds) faults.push(...(await faultsOf(executor, { siteId, hostIds: [hostId] })));
    return faults;
  }
  const expected = await projectPart(executor, part);
  if (expected === undefined) return [`host ${hostIds[0]}: a MAC address seen there has no address binding`];
  const stored = new Set(linesOf(await readProjection(executor, part.hostIds)));
  const computed = new Set(linesOf(expected));
  return [
    ...[...stored].filter((line) => !computed.has(line)).map((line) => `stored: ${line}`),
    ...[...computed].filter((line) => !stored.has(line)).map((line) => `missing: ${line}`),
  ];
}

function linesOf({ devices, held, suggestions }: Projection): readonly string[] {
  return [
    ...devices.map(({ id, kind }) => `device ${id} is ${kind}`),
    ...held.map(
      (own) => `host ${own.hostId} since ${own.sinceMs}: binding ${own.bindingId} of device ${own.deviceId}`,
    ),
    ...suggestions.map((near) => {
      const { oneId, otherId, score, reasons, veto } = near;
      return `device ${oneId} may be ${otherId}: ${score}, ${reasons.join(', ')}, ${veto}`;
    }),
  ];
}
