import type { EngineMakers } from '#prober/engine-needs.js';
import { createConnectEngine } from '#scan/connect-engine.js';

/** The engines of the prober process. One more engine is one more line here. */
export const ENGINE_MAKERS: EngineMakers = {
  connect: ({ clock, facts }) =>
    createConnectEngine({ clock, descriptorLimit: facts.descriptorLimit ?? undefined }),
};
