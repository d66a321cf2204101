import { apikeysVerbs } from '#cli/access/api-keys.js';
import { backupVerb } from '#cli/database/backup.js';
import { doctorVerb } from '#cli/database/doctor.js';
import { migrateVerbs } from '#cli/database/migrate.js';
import { restoreVerb } from '#cli/database/restore.js';
import { tortureVerb } from '#cli/database/torture.js';
import { verifyVerb } from '#cli/database/verify.js';
import { devicesVerbs } from '#cli/devices/devices.js';
import { diffVerbs } from '#cli/diff/diff.js';
import { discoverVerb } from '#cli/discovery/discover.js';
import { editHostsVerbs } from '#cli/hosts/edit-hosts.js';
import { hostEditsVerbs } from '#cli/hosts/host-edits.js';
import { hostHistoryVerb } from '#cli/hosts/host-history.js';
import { hostsVerbs } from '#cli/hosts/hosts.js';
import { ignoreVerbs } from '#cli/hosts/ignore-hosts.js';
import { fieldsVerbs } from '#cli/labels/fields.js';
import { groupsVerbs } from '#cli/labels/groups.js';
import { ownersVerbs } from '#cli/labels/owners.js';
import { tagScansVerbs } from '#cli/labels/tag-scans.js';
import { tagsVerbs } from '#cli/labels/tags.js';
import { exclusionsVerbs } from '#cli/networks/exclusions.js';
import { networksVerbs } from '#cli/networks/networks.js';
import { sitesVerbs } from '#cli/networks/sites.js';
import { profilesVerbs } from '#cli/profiles/profiles.js';
import type { Verb } from '#cli/program/command.js';
import { completionVerb } from '#cli/program/completion.js';
import { versionVerb } from '#cli/program/version.js';
import { deletionVerbs } from '#cli/scans/delete.js';
import { importVerb } from '#cli/scans/import.js';
import { scanVerb } from '#cli/scans/scan.js';
import { scansVerbs } from '#cli/scans/scans.js';
import { editSchedulesVerbs } from '#cli/schedules/edit-schedules.js';
import { schedulesVerbs } from '#cli/schedules/schedules.js';
import { smartScanVerbs } from '#cli/schedules/smart-scan.js';
import { searchVerb } from '#cli/search/search.js';
import { settingsVerbs } from '#cli/settings/settings.js';
import { serveVerb } from '#cli/workers/serve.js';
import { workerVerb } from '#cli/workers/worker.js';
import { workersVerbs } from '#cli/workers/workers.js';

/** Every verb there is, in the order the help shows them. */
export const VERBS: readonly Verb[] = [
  serveVerb,
  workerVerb,
  scanVerb,
  discoverVerb,
  ...scansVerbs,
  ...tagScansVerbs,
  ...diffVerbs,
  ...profilesVerbs,
  ...schedulesVerbs,
  ...editSchedulesVerbs,
  ...smartScanVerbs,
  ...hostsVerbs,
  hostHistoryVerb,
  ...editHostsVerbs,
  ...hostEditsVerbs,
  ...ignoreVerbs,
  ...deletionVerbs,
  ...devicesVerbs,
  ...tagsVerbs,
  ...groupsVerbs,
  ...ownersVerbs,
  ...fieldsVerbs,
  ...networksVerbs,
  ...exclusionsVerbs,
  ...sitesVerbs,
  ...workersVerbs,
  searchVerb,
  importVerb,
  ...apikeysVerbs,
  ...settingsVerbs,
  verifyVerb,
  backupVerb,
  restoreVerb,
  doctorVerb,
  tortureVerb,
  ...migrateVerbs,
  completionVerb,
  versionVerb,
];

/** What the words mean that stand before another verb. */
export const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  scans: 'list, show, stop, resume, compare and delete scans',
  profiles: 'keep ways of scanning under a name',
  schedules: 'scan, look for hosts, verify and tidy at times of cron',
  'smart-scan': 'find out what is not known of hosts yet',
  hosts:
    'list, show, edit, ignore and delete the hosts that were seen, now or at an instant, and their history',
  devices: 'what is behind the addresses: list, show, merge and split devices',
  tags: 'words that hosts are marked with',
  groups: 'hosts that belong together',
  owners: 'whose hosts and networks are',
  fields: 'define what else is kept of hosts',
  networks: 'store networks, and scan them by name',
  exclusions: 'say which addresses get no packet',
  sites: 'keep places apart, and say what may be scanned there',
  workers: 'list the programs that run scans, and drain them',
  settings: 'how long everything is kept, how fast scans are by default, and how workers share them',
  apikeys: 'make, list and revoke API keys, and sign a browser in',
  migrate: 'the schema of the database',
};
