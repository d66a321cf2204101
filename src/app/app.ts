import { connect } from '#app/connect.js';
import type { App } from '#app/interface.js';

/** Everything the command line can ask of Scanorama. */
export function createApp(): App {
  return {
    connect,
    // Loaded when they are asked for: other commands start faster without.
    serve: async (...asked) => (await import('#app/serve/serve.js')).serve(...asked),
    doctor: async (...asked) => (await import('#app/doctor.js')).doctor(...asked),
    migrate: async (...asked) => (await import('#app/database/migrate.js')).migrateDatabase(...asked),
    backup: async (...asked) => (await import('#app/database/backup.js')).backupDatabase(...asked),
    restore: async (...asked) => (await import('#app/database/restore.js')).restoreDatabase(...asked),
    compareReports: async (...asked) => (await import('#app/compare-reports.js')).compareReports(...asked),
    torture: async (wish, io) => (await import('#app/torture/torture.js')).torture(wish, io),
  };
}
