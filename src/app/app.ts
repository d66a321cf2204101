import { connect } from '#app/connect.js';
import type { App } from '#app/interface.js';

/** Everything the command line can ask of Scanorama. */
export function createApp(): App {
  return {
    connect,
    // Loaded when they are asked for: other commands start faster without.
    serve: async (...probed) => (await import('#app/serve/serve.js')).serve(...probed),
    doctor: async (...probed) => (await import('#app/doctor.js')).doctor(...probed),
    migrate: async (...probed) => (await import('#app/database/migrate.js')).migrateDatabase(...probed),
    backup: async (...probed) => (await import('#app/database/backup.js')).backupDatabase(...probed),
    restore: async (...probed) => (await import('#app/database/restore.js')).restoreDatabase(...probed),
    compareReports: async (...probed) => (await import('#app/compare-reports.js')).compareReports(...probed),
    torture: async (input, io) => (await import('#app/torture/torture.js')).torture(input, io),
  };
}
