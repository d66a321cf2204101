import type { AddressSet } from '#domain/addresses/address-set.js';
import { parseExclusions, parseTargets, type TargetList } from '#domain/targets/targets.js';
import { exclusionsInForce } from '#store/networks/exclusions.js';
import type { ResolvedName } from '#store/scans/scan-jobs.js';
import { siteIdByName } from '#store/sites/sites.js';
import { addressesOf } from '#work/batches/excluded-addresses.js';
import type { WorkContext } from '#work/context/context.js';
import { mustConfirmScope } from '#work/scans/scan-scope.js';
import { findTargets } from '#work/scans/scan-targets.js';

/** What a wish says of addresses. */
export interface TargetInput {
  readonly site: string;
  readonly targets: readonly string[];
  readonly exclude: readonly string[];
  /** An administrator says that the scope of the site does not count. */
  readonly outsideScope: boolean;
  /** Stored networks are meant also while they are disabled: of what is only checked, and scanned later. */
  readonly disabledToo?: boolean | undefined;
}

/** The addresses that a wish means. */
export interface ScanTargets {
  readonly siteId: number;
  /** What the targets name, with what the scan leaves out itself. */
  readonly named: AddressSet;
  readonly targets: AddressSet;
  /** The targets that nothing stored excludes now, and so would get packets: what is asked may be less or more when it runs. */
  readonly probed: AddressSet;
  readonly excluded: AddressSet;
  readonly resolved: readonly ResolvedName[];
  /** The one stored network that the targets name; null for none or several. */
  readonly networkId: number | null;
  /** Their site has no scope, and nobody has said yet that none is needed. */
  readonly needsScopeConfirmation: boolean;
}

/** A wish whose words were read, and whose names are still to be looked up. */
export interface TargetsDraft extends TargetInput {
  readonly excluded: AddressSet;
  readonly listed: TargetList;
}

/** Throws for what is misspelt or may not be scanned; asks nobody. */
export function readTargets({
  site,
  targets,
  exclude,
  outsideScope,
  disabledToo,
}: TargetInput): TargetsDraft {
  const excluded = parseExclusions(exclude);
  return { site, targets, exclude, outsideScope, disabledToo, excluded, listed: parseTargets(targets) };
}

/** Finds the addresses; asks the resolver for names and sends nothing else. Throws what is wrong with them. */
export async function resolveTargets(
  context: WorkContext,
  read: TargetsDraft,
  signal: AbortSignal,
): Promise<ScanTargets> {
  const { site, outsideScope, disabledToo, excluded, listed } = read;
  const siteId = await siteIdByName(context.store.read, site);
  const found = await findTargets(context, { siteId, site, listed, disabledToo }, signal);
  const targets = found.addresses.subtract(excluded);
  const needsScopeConfirmation = await mustConfirmScope(context.store.read, {
    siteId,
    targets,
    outsideScope,
  });
  const networkId = found.networkIds.length === 1 ? (found.networkIds[0] ?? null) : null;
  return {
    siteId,
    named: found.addresses,
    targets,
    probed: targets.subtract(addressesOf(await exclusionsInForce(context.store.read, siteId))),
    excluded,
    resolved: found.resolved,
    networkId,
    needsScopeConfirmation,
  };
}
