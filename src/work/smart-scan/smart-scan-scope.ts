import { parseLiteral } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { REFUSED_ADDRESSES } from '#domain/addresses/refused-ranges.js';
import { beyondThisMachine } from '#domain/targets/scope.js';
import type { Executor } from '#store/database/database.js';
import { exclusionsInForce } from '#store/networks/exclusions.js';
import { siteScopeOf } from '#store/sites/site-scopes.js';
import type { SmartScanHost } from '#store/smart-scan/smart-scan.js';
import { addressesOf } from '#work/batches/excluded-addresses.js';

/** Tells of a host why no packet may go to it; null when one may. */
export type KeptOut = (host: Pick<SmartScanHost, 'siteId' | 'address'>) => Promise<string | null>;

interface SiteTargets {
  readonly excluded: AddressSet;
  /** Null while nobody has said where the site may be scanned. */
  readonly scope: AddressSet | null;
  /** Somebody has said that it may be scanned without a scope. */
  readonly isAccepted: boolean;
}

export interface TargetRules {
  /** Nobody is there who could say that a site without a scope may be scanned. */
  readonly refusesUnscoped: boolean;
}

/** By the exclusions and scopes of this moment, each site read once. */
export function keptOutBy(executor: Executor, { refusesUnscoped }: TargetRules): KeptOut {
  const sites = new Map<number, Promise<SiteTargets>>();
  return async ({ siteId, address }) => {
    const reading = sites.get(siteId) ?? readSite(executor, siteId);
    sites.set(siteId, reading);
    const { excluded, scope, isAccepted } = await reading;
    const literal = parseLiteral(address);
    if (literal === undefined) throw new Error(`no address ${address}`);
    if (REFUSED_ADDRESSES.contains(literal)) return 'No packet may go to such an address.';
    if (excluded.contains(literal)) return 'It is excluded.';
    if (scope === null ? isAccepted || !refusesUnscoped : scope.contains(literal)) return null;
    const range = { family: literal.family, first: literal.value, last: literal.value };
    if (beyondThisMachine(AddressSet.of([range])).size === 0n) return null;
    return scope === null
      ? 'Nobody has said that its site may be scanned.'
      : 'It lies outside the scope of its site.';
  };
}

async function readSite(executor: Executor, siteId: number): Promise<SiteTargets> {
  const { cidrs, isAccepted } = await siteScopeOf(executor, siteId);
  return {
    excluded: addressesOf(await exclusionsInForce(executor, siteId)),
    scope: cidrs.length === 0 ? null : AddressSet.parse(cidrs),
    isAccepted,
  };
}
