import type { Executor } from '#store/database/database.js';
import { connectedHosts } from '#store/devices/device-component.js';
import { type Projection, readProjection } from '#store/devices/device-projection.js';
import { haveWork, hostSlice } from '#store/devices/device-queue.js';
import type { CheckOutcome } from '#store/integrity/outcomes.js';
import { FAULT_EXAMPLES, type LendTime } from '#store/integrity/question.js';
import { LINK_RULES, projectPart } from '#work/devices/fold-devices.js';

/** The check that is no question to the database alone. */
export const DEVICES_CHECK = 'devices equal evidence and decisions';

/** Hosts of one slice, before what they are connected with. */
const VERIFY_SLICE_HOSTS = 500;

/**
 * Computes every device again and compares: what is stored of devices is what evidence and decisions give. Each slice is read
 * at an instant of its own. Hosts of which something was learnt that waits to be computed are left out.
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
    description: 'Every device is what computing it again from what was seen and decided gives.',
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
    // What waits may be connected with a few of them alone.
    const [only, ...more] = hostIds;
    if (only === undefined || more.length === 0) return [];
    const faults: string[] = [];
    for (const hostId of hostIds) faults.push(...(await faultsOf(executor, { siteId, hostIds: [hostId] })));
    return faults;
  }
  const expected = await projectPart(executor, part);
  if (expected === undefined) return [`host ${hostIds[0]}: somebody who was seen there has no stay`];
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
      (own) => `host ${own.hostId} since ${own.sinceMs}: stay ${own.bindingId} of device ${own.deviceId}`,
    ),
    ...suggestions.map((near) => {
      const { oneId, otherId, score, reasons, veto } = near;
      return `device ${oneId} may be ${otherId}: ${score}, ${reasons.join(', ')}, ${veto}`;
    }),
  ];
}
