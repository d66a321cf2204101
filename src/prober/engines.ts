import type { EngineMakers, EngineParts } from '#prober/engine-needs.js';
import { createConnectEngine } from '#scan/connect-engine.js';
import type { Engine } from '#scan/engine.js';
import { createNativeConnectEngine } from '#scan/native-engines.js';

/** The engines of the prober process. One more engine is one more line here. */
export const ENGINE_MAKERS: EngineMakers = {
  connect: createBestConnectEngine,
};

function createBestConnectEngine({ clock, facts }: EngineParts): Engine {
  const descriptorLimit = facts.descriptorLimit ?? undefined;
  if (facts.platform !== 'linux') return createConnectEngine({ clock, descriptorLimit });
  try {
    return createNativeConnectEngine({ clock });
  } catch {
    // A Linux without the GNU C library.
    return createConnectEngine({ clock, descriptorLimit });
  }
}
