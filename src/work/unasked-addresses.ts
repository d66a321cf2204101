import type { Address } from '#domain/address.js';
import { formatRange } from '#domain/address-range.js';
import { type Obstacle, obstacleText } from '#domain/obstacle.js';
import type { SweepRemark } from '#domain/remark.js';

interface Span {
  first: Address;
  last: Address;
}

/** Gathers, of one block, whom this machine could not ask, from the first to the last address of each obstacle. */
export class UnaskedAddresses {
  readonly #spans = new Map<Obstacle, Span>();

  add(obstacle: Obstacle, address: Address): void {
    const span = this.#spans.get(obstacle);
    if (span === undefined) this.#spans.set(obstacle, { first: address, last: address });
    else if (address.family !== span.first.family) return;
    else if (address.value < span.first.value) span.first = address;
    else if (address.value > span.last.value) span.last = address;
  }

  get remarks(): SweepRemark[] {
    return [...this.#spans].map(([subject, { first, last }]) => ({
      kind: 'not-asked',
      subject,
      detail: formatRange({ family: first.family, first: first.value, last: last.value }),
      counts: null,
    }));
  }

  /** Why the scan could not see everything, in a sentence; undefined when there is none of them. */
  get sentence(): string | undefined {
    const [obstacle] = this.#spans.keys();
    return obstacle && `Not all addresses could be asked from here: ${obstacleText(obstacle)}.`;
  }
}
