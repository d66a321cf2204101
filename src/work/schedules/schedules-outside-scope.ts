import { parseRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { beyondThisMachine, outsideScope } from '#domain/targets/scope.js';
import { parseExclusions, parseTargets } from '#domain/targets/targets.js';
import type { Executor } from '#store/database/database.js';
import { enabledNetworkCidrs, networksCalled } from '#store/networks/networks.js';
import { type ScheduledTargets, scheduledGrounds } from '#store/schedules/schedules.js';
import { siteScopeOf } from '#store/sites/site-scopes.js';

/**
 * The schedules of a site that go on and whose runs its scope refuses as it is now. Names of hosts are not looked up for it,
 * so what only they mean is not told.
 */
export async function schedulesBeyondScope(executor: Executor, siteId: number): Promise<readonly string[]> {
  const { cidrs, isAccepted } = await siteScopeOf(executor, siteId);
  const scope = AddressSet.parse(cidrs);
  const refused: string[] = [];
  for (const schedule of await scheduledGrounds(executor, siteId)) {
    const { name, enabled, ignoresScope, confirmUnscoped } = schedule;
    if (!enabled || ignoresScope) continue;
    // Without a scope somebody has to have said yes.
    if (cidrs.length === 0 && (isAccepted || confirmUnscoped)) continue;
    const probed = beyondThisMachine(await addressesOf(executor, siteId, schedule));
    if (outsideScope(probed, scope).size > 0n) refused.push(name);
  }
  return refused;
}

async function addressesOf(
  executor: Executor,
  siteId: number,
  { targets, exclude }: ScheduledTargets,
): Promise<AddressSet> {
  const { addresses, networks, names } = parseTargets(targets);
  const called = await networksCalled(executor, siteId, [...networks, ...names]);
  const cidrs =
    targets.length === 0 ? await enabledNetworkCidrs(executor, siteId) : called.map(({ cidr }) => cidr);
  const stored = AddressSet.of(cidrs.flatMap((cidr) => parseRange(cidr) ?? []));
  return addresses.union(stored).subtract(parseExclusions(exclude));
}
