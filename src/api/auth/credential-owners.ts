import type { FastifyRequest } from 'fastify';
import { type Credential, ownerOfCredential } from '#api/auth/credential.js';
import type { ApiContext } from '#api/context.js';
import { answerOrAway } from '#api/http/database-guard.js';
import type { Owner } from '#store/access/access.js';

/** How long a key that was good may still read health and metrics of a server whose database is away. */
export const REMEMBER_KEY_MS = 600_000;
/** Keys remembered at once; the one remembered longest is forgotten first. */
export const MAX_REMEMBERED_KEYS = 64;

interface Remembered {
  readonly owner: Owner;
  readonly untilMs: number;
}

/**
 * Whose a credential is, asked of the database at every request. While that is away, routes that do without it take
 * a key that was good a short while ago: whoever watches the server learns of the outage from the server itself.
 */
export class Owners {
  readonly #context: ApiContext;
  readonly #remembered = new Map<string, Remembered>();

  constructor(context: ApiContext) {
    this.#context = context;
  }

  /** Undefined when it is nobody's; throws `database_unavailable`. */
  async of(request: FastifyRequest, credential: Credential): Promise<Owner | undefined> {
    const { store } = this.#context.work;
    if (credential.kind === 'local') return ownerOfCredential(store.read, credential);
    try {
      const owner = await answerOrAway(store.breaker, ownerOfCredential(store.read, credential));
      this.#remember(credential, owner);
      return owner;
    } catch (error) {
      const known = this.#recall(credential);
      if (known === undefined || !store.breaker.isOpen || request.routeOptions.config.database !== 'unneeded')
        throw error;
      return known;
    }
  }

  #remember(credential: Credential, owner: Owner | undefined): void {
    if (credential.kind !== 'key') return;
    const name = nameOf(credential);
    this.#remembered.delete(name);
    if (owner === undefined) return;
    this.#remembered.set(name, { owner, untilMs: this.#nowMs() + REMEMBER_KEY_MS });
    const [longest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED_KEYS && longest !== undefined)
      this.#remembered.delete(longest);
  }

  #recall(credential: Credential): Owner | undefined {
    const known = credential.kind === 'key' ? this.#remembered.get(nameOf(credential)) : undefined;
    return known !== undefined && known.untilMs > this.#nowMs() ? known.owner : undefined;
  }

  #nowMs(): number {
    return this.#context.work.clock.monotonic();
  }
}

/** The hash of the whole key is part of it: a prefix alone is no secret. */
function nameOf({ prefix, hash }: Extract<Credential, { kind: 'key' }>): string {
  return `${prefix}.${hash.toString('hex')}`;
}
