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
    // Loaded when they are asked for: other commands start faster without.
    backup: async (...asked) => (await import('#app/backup.js')).backupDatabase(...asked),
    restore: async (...asked) => (await import('#app/restore.js')).restoreDatabase(...asked),
    compareReports: async (...asked) => (await import('#app/compare-reports.js')).compareReports(...asked),
    torture: async (wish, io) => (await import('#app/torture.js')).torture(wish, io),
  };
}
