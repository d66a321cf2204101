import { apiKeysCommands } from '#cli/access/api-keys.js';
import { backupCommand } from '#cli/database/backup.js';
import { doctorCommand } from '#cli/database/doctor.js';
import { migrateCommands } from '#cli/database/migrate.js';
import { restoreCommand } from '#cli/database/restore.js';
import { tortureCommand } from '#cli/database/torture.js';
import { verifyCommand } from '#cli/database/verify.js';
import { devicesCommands } from '#cli/devices/devices.js';
import { diffCommands } from '#cli/diff/diff.js';
import { discoverCommand } from '#cli/discovery/discover.js';
import { editHostsCommands } from '#cli/hosts/edit-hosts.js';
import { hostEditsCommands } from '#cli/hosts/host-edits.js';
import { hostHistoryCommand } from '#cli/hosts/host-history.js';
import { hostsCommands } from '#cli/hosts/hosts.js';
import { ignoreCommands } from '#cli/hosts/ignore-hosts.js';
import { fieldsCommands } from '#cli/labels/fields.js';
import { groupsCommands } from '#cli/labels/groups.js';
import { ownersCommands } from '#cli/labels/owners.js';
import { tagScansCommands } from '#cli/labels/tag-scans.js';
import { tagsCommands } from '#cli/labels/tags.js';
import { exclusionsCommands } from '#cli/networks/exclusions.js';
import { networksCommands } from '#cli/networks/networks.js';
import { sitesCommands } from '#cli/networks/sites.js';
import { profilesCommands } from '#cli/profiles/profiles.js';
import type { CliCommand } from '#cli/program/command.js';
import { completionCommand } from '#cli/program/completion.js';
import { versionCommand } from '#cli/program/version.js';
import { deletionCommands } from '#cli/scans/delete.js';
import { importCommand } from '#cli/scans/import.js';
import { scanCommand } from '#cli/scans/scan.js';
import { scansCommands } from '#cli/scans/scans.js';
import { editSchedulesCommands } from '#cli/schedules/edit-schedules.js';
import { schedulesCommands } from '#cli/schedules/schedules.js';
import { smartScanCommands } from '#cli/schedules/smart-scan.js';
import { searchCommand } from '#cli/search/search.js';
import { settingsCommands } from '#cli/settings/settings.js';
import { serveCommand } from '#cli/workers/serve.js';
import { workerCommand } from '#cli/workers/worker.js';
import { workersCommands } from '#cli/workers/workers.js';

/** Every verb there is, in the order the help shows them. */
export const COMMANDS: readonly CliCommand[] = [
  serveCommand,
  workerCommand,
  scanCommand,
  discoverCommand,
  ...scansCommands,
  ...tagScansCommands,
  ...diffCommands,
  ...profilesCommands,
  ...schedulesCommands,
  ...editSchedulesCommands,
  ...smartScanCommands,
  ...hostsCommands,
  hostHistoryCommand,
  ...editHostsCommands,
  ...hostEditsCommands,
  ...ignoreCommands,
  ...deletionCommands,
  ...devicesCommands,
  ...tagsCommands,
  ...groupsCommands,
  ...ownersCommands,
  ...fieldsCommands,
  ...networksCommands,
  ...exclusionsCommands,
  ...sitesCommands,
  ...workersCommands,
  searchCommand,
  importCommand,
  ...apiKeysCommands,
  ...settingsCommands,
  verifyCommand,
  backupCommand,
  restoreCommand,
  doctorCommand,
  tortureCommand,
  ...migrateCommands,
  completionCommand,
  versionCommand,
];

/** What the words mean that stand before another verb. */
export const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  scans: 'list, show, stop, resume, compare and delete scans',
  profiles: 'manage named scan settings',
  schedules: 'scan, discover, verify and apply retention at cron times',
  'smart-scan': 'find out what is not known about hosts yet',
  hosts: 'list, show, edit, ignore and delete hosts, now or as of a past time, with their history',
  devices: 'list, show, merge and split devices, each with one or more addresses',
  tags: 'manage tags of hosts and scans',
  groups: 'manage groups of hosts',
  owners: 'manage owners of hosts and networks',
  fields: 'define custom fields of hosts',
  networks: 'manage networks that are scanned by name',
  exclusions: 'manage addresses that must not be probed',
  sites: 'manage sites and what may be scanned there',
  workers: 'list and drain workers',
  settings: 'show and change retention, default rates and worker settings',
  'api-keys': 'create, list and revoke API keys, and create sign-in links',
  migrate: 'migrate the schema of the database',
};

/** Other names of groups, accepted and not shown in help: those of the Go program. */
export const GROUP_ALIASES: Readonly<Record<string, readonly string[]>> = {
  'api-keys': ['apikeys', 'apikey', 'keys'],
};
