/** Things to let go of, in the reverse order of taking them. */
export class Releasers {
  readonly #releases: (() => Promise<void>)[] = [];
  #releasing: Promise<void> | undefined;

  add(release: () => Promise<void>): void {
    this.#releases.push(release);
  }

  /**
   * Lets go of everything, also when one of them fails; then throws the first failure. Asked again, it
   * answers with the same promise: whoever waits for it waits until all is gone.
   */
  release(): Promise<void> {
    this.#releasing ??= this.#releaseAll();
    return this.#releasing;
  }

  async #releaseAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.#releases.pop(); next !== undefined; next = this.#releases.pop()) {
      await next().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
