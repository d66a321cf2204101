import { lookup } from 'node:dns/promises';
import { ScanoramaError } from '#domain/errors/error.js';
import type { NameResolver } from '#work/context/context.js';

const LOOKUP_TIMEOUT_MS = 10_000;

/** Asks the system's resolver, as every program on the machine does (hosts file, then DNS). */
export const resolveBySystem: NameResolver = async (name, signal) => {
  try {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(LOOKUP_TIMEOUT_MS)]);
    const found = await Promise.race([lookup(name, { all: true }), rejectedBy(timeout)]);
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    signal.throwIfAborted();
    throw new ScanoramaError('name_not_resolved', `The name "${name}" could not be resolved to an address.`, {
      hint: 'Check the spelling, or give the address itself.',
      at: name,
      cause: error,
    });
  }
};

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
