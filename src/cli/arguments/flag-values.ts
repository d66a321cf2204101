import { usage } from '#cli/arguments/usage.js';
import { clip, quote } from '#domain/text/quote.js';

/** The flags that were given, by their long name without dashes. */
export class FlagValues {
  readonly #given: ReadonlyMap<string, unknown>;

  constructor(given: ReadonlyMap<string, unknown>) {
    this.#given = given;
  }

  /** As if these flags had not been given. */
  without(names: readonly string[]): FlagValues {
    return new FlagValues(new Map([...this.#given].filter(([name]) => !names.includes(name))));
  }

  on(name: string): boolean {
    return this.#given.has(name);
  }

  /** Undefined when absent; throws `usage` for an empty value and for a value that is itself a flag. */
  text(name: string): string | undefined {
    const value = this.#given.get(name);
    return typeof value === 'string' ? meant(name, value) : undefined;
  }

  /** The values of a flag that may be given more than once. */
  list(name: string): readonly string[] {
    const value = this.#given.get(name);
    return Array.isArray(value) ? value.map((item) => meant(name, String(item))) : [];
  }

  /** Those of the named flags that were given, as they are written: for flags that exclude each other. */
  givenOf(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.#given.has(name)).map((name) => `--${name}`);
  }
}

function meant(name: string, value: string): string {
  if (value.trim() === '') throw usage(`The option --${name} was given an empty value.`);
  if (value.startsWith('--')) {
    throw usage(`The option --${name} is followed by ${quote(value)}, which looks like an option itself.`, {
      at: clip(value),
    });
  }
  return value;
}
