import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';
import { pathOf } from '#api/http/request-path.js';
import { ScanoramaError } from '#domain/errors/error.js';

/** Remembers which methods each path serves, so that a wrong method is told from a wrong path. */
export class KnownPaths {
  /** By the source of the pattern. */
  readonly #paths = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  /** Watches the routes that are registered from now on; those for every method lead to a refusal themselves. */
  watch(server: FastifyInstance): void {
    server.addHook('onRoute', ({ url, method }) => {
      const methods = [method].flat();
      const isPage = url.endsWith('*');
      if (!isPage && methods.length < server.supportedMethods.length) this.#add(url, methods);
    });
  }

  #add(url: string, methods: readonly HTTPMethods[]): void {
    const source = `^${url.replaceAll(/:[^/]+/g, '[^/]+').replaceAll('.', String.raw`\.`)}$`;
    const known = this.#paths.get(source);
    if (known === undefined)
      this.#paths.set(source, { pattern: new RegExp(source), methods: new Set(methods) });
    else for (const method of methods) known.methods.add(method);
  }

  /** The error for a request that no route took: `method_not_allowed` or `not_found`. */
  refusal(request: FastifyRequest): ScanoramaError {
    const path = pathOf(request);
    const known = [...this.#paths.values()].find(({ pattern }) => pattern.test(path));
    // A known path that the router passed over all the same: a part of it is longer than any id.
    if (known === undefined || known.methods.has(request.method))
      return new ScanoramaError('not_found', 'There is nothing at this path.');
    const allow = [...known.methods].sort();
    return new ScanoramaError('method_not_allowed', `This path does not take ${request.method}.`, {
      hint: `It takes ${allow.join(', ')}.`,
      facts: { allow },
    });
  }
}
