import { createHmac } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { isSameHash, type RandomBytes } from '#work/access/secrets.js';
import type { Actor } from '#work/context/context.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The value of `LOCAL_HEADER` that makes a request the given actor's. */
    trustLocal(actor: Actor): string;
  }
}

export const LOCAL_HEADER = 'x-scanorama-local';
const SECRET_BYTES = 32;

/**
 * Lets code of this very process vouch for a request: one that it injects, or that came in through
 * the private socket of the data directory, which only the user who owns the data can open.
 *
 * The voucher is the actor's name with a MAC of it, under a random secret that is made at start, is
 * written nowhere and never leaves the process. A client on the network can send the header, but
 * not a value that passes, and a voucher for one actor cannot be turned into another's.
 */
export class LocalTrust {
  readonly #secret: Uint8Array;

  constructor(random: RandomBytes) {
    this.#secret = random(SECRET_BYTES);
  }

  voucher(actor: Actor): string {
    return `${Buffer.from(actor).toString('base64url')}.${this.#mac(actor).toString('base64url')}`;
  }

  /** Whom a voucher names; undefined when it is not one of ours. */
  actorOf(voucher: string): Actor | undefined {
    const [name = '', mac = ''] = voucher.split('.', 2);
    const actor = Buffer.from(name, 'base64url').toString();
    return isSameHash(this.#mac(actor), Buffer.from(mac, 'base64url')) ? actor : undefined;
  }

  #mac(actor: Actor): Buffer {
    return createHmac('sha256', this.#secret).update(actor).digest();
  }
}

/** The headers that make an injected request, or one from the private socket, the given actor's. */
export function localHeaders(server: FastifyInstance, actor: Actor): Record<string, string> {
  return { [LOCAL_HEADER]: server.trustLocal(actor) };
}
