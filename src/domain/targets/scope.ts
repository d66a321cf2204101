import { parseRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';

/** This very machine, which every site may scan. */
const LOOPBACK = AddressSet.of(['127.0.0.0/8', '::1'].flatMap((text) => parseRange(text) ?? []));

/** The targets that lie beyond this machine: what a scope is about. */
export function beyondThisMachine(targets: AddressSet): AddressSet {
  return targets.subtract(LOOPBACK);
}

/** The targets that a scope does not hold. */
export function outsideScope(targets: AddressSet, scope: AddressSet): AddressSet {
  return beyondThisMachine(targets).subtract(scope);
}
