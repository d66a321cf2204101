/** Disjoint sets of ids that can be joined (union-find). A set is identified by its lowest id. */
export class Clusters {
  readonly #members: Map<number, readonly number[]>;

  constructor(ids: readonly number[]) {
    this.#members = new Map(ids.map((id) => [id, [id]]));
  }

  has(id: number): boolean {
    return this.#members.has(id);
  }

  idOf(id: number): number {
    return this.#membersOf(id).reduce((lowest, member) => Math.min(lowest, member), id);
  }

  join(one: number, other: number): void {
    const [these, those] = [this.#membersOf(one), this.#membersOf(other)];
    if (these === those) return;
    const all = [...these, ...those];
    for (const id of all) this.#members.set(id, all);
  }

  /** Whether something holds for each pair across two sets; for one and the same set it does. */
  everyPair(one: number, other: number, holds: (a: number, b: number) => boolean): boolean {
    const [these, those] = [this.#membersOf(one), this.#membersOf(other)];
    return these === those || these.every((a) => those.every((b) => holds(a, b)));
  }

  all(): readonly (readonly number[])[] {
    return [...new Set(this.#members.values())];
  }

  #membersOf(id: number): readonly number[] {
    return this.#members.get(id) ?? [];
  }
}
