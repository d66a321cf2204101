import type { Address, AddressFamily } from '#domain/addresses/address.js';
import { formatRange } from '#domain/addresses/address-range.js';
import { type UnreachableCause, unreachableText } from '#domain/scans/unreachable.js';
import type { DiscoveryWarning } from '#domain/scans/warning.js';

/** Collects the addresses of one block that this machine could not probe, by reason. */
export class UnprobedAddresses {
  readonly #values: Record<AddressFamily, Map<UnreachableCause, Set<bigint>>> = {
    4: new Map(),
    6: new Map(),
  };

  add(unreachable: UnreachableCause, { family, value }: Address): void {
    const known = this.#values[family].get(unreachable);
    if (known === undefined) this.#values[family].set(unreachable, new Set([value]));
    else known.add(value);
  }

  get warnings(): DiscoveryWarning[] {
    return ([4, 6] as const).flatMap((family) =>
      [...this.#values[family]].map(([subject, values]) => ({
        kind: 'not-probed' as const,
        subject,
        detail: rangeText(family, values),
        counts: null,
      })),
    );
  }

  /** Why the scan could not probe everything, in one sentence; undefined when all addresses were probed. */
  get sentence(): string | undefined {
    const unreachable = [...this.#values[4].keys(), ...this.#values[6].keys()][0];
    return unreachable && `Not all addresses could be probed from here: ${unreachableText(unreachable)}.`;
  }
}

/** The complete range where no address in it was probed, otherwise only the first address. */
function rangeText(family: AddressFamily, values: ReadonlySet<bigint>): string {
  let [first = 0n] = values;
  let last = first;
  for (const value of values) {
    if (value < first) first = value;
    if (value > last) last = value;
  }
  const isComplete = last - first + 1n === BigInt(values.size);
  return formatRange({ family, first, last: isComplete ? last : first });
}
