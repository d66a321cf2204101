import { connect } from '#app/connect.js';
import { doctor } from '#app/doctor.js';
import type { App } from '#app/interface.js';
import { migrateDatabase } from '#app/migrate.js';
import { serve } from '#app/serve.js';

/** Everything the command line can ask of Scanorama. */
export function createApp(): App {
  return {
    connect,
    serve,
    doctor,
    migrate: migrateDatabase,
    // Alone here: what it needs takes a while to load, and nothing else needs it.
    torture: async (wish, io) => (await import('#app/torture.js')).torture(wish, io),
  };
}
