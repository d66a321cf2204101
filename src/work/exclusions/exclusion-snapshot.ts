import type { AddressSet } from '#domain/addresses/address-set.js';
import type { ExclusionView } from '#store/networks/exclusions.js';
import { addressesOf } from '#work/batches/excluded-addresses.js';

/** The exclusions in force at one site; the same object for as long as they are the same. */
export interface InForce {
  readonly exclusions: readonly ExclusionView[];
  readonly addresses: AddressSet;
}

/** Exclusions as of one revision, sorted by site when somebody asks for one. */
export class ExclusionSnapshot {
  readonly revision: string;
  readonly #all: readonly ExclusionView[];
  readonly #bySite = new Map<number, InForce>();

  constructor(revision: string, all: readonly ExclusionView[]) {
    this.revision = revision;
    this.#all = all;
  }

  at(siteId: number): InForce {
    const known = this.#bySite.get(siteId);
    if (known !== undefined) return known;
    const exclusions = this.#all.filter(
      (exclusion) => exclusion.siteId === null || exclusion.siteId === siteId,
    );
    const inForce = { exclusions, addresses: addressesOf(exclusions) };
    this.#bySite.set(siteId, inForce);
    return inForce;
  }
}
