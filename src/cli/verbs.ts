import { apikeysVerbs } from '#cli/commands/apikeys.js';
import { backupVerb } from '#cli/commands/backup.js';
import { completionVerb } from '#cli/commands/completion.js';
import { deletionVerbs } from '#cli/commands/delete.js';
import { devicesVerbs } from '#cli/commands/devices.js';
import { diffVerbs } from '#cli/commands/diff.js';
import { discoverVerb } from '#cli/commands/discover.js';
import { doctorVerb } from '#cli/commands/doctor.js';
import { editHostsVerbs } from '#cli/commands/edit-hosts.js';
import { editSchedulesVerbs } from '#cli/commands/edit-schedules.js';
import { exclusionsVerbs } from '#cli/commands/exclusions.js';
import { fieldsVerbs } from '#cli/commands/fields.js';
import { groupsVerbs } from '#cli/commands/groups.js';
import { hostEditsVerbs } from '#cli/commands/host-edits.js';
import { hostHistoryVerb } from '#cli/commands/host-history.js';
import { hostsVerbs } from '#cli/commands/hosts.js';
import { ignoreVerbs } from '#cli/commands/ignore-hosts.js';
import { importVerb } from '#cli/commands/import.js';
import { migrateVerbs } from '#cli/commands/migrate.js';
import { networksVerbs } from '#cli/commands/networks.js';
import { ownersVerbs } from '#cli/commands/owners.js';
import { profilesVerbs } from '#cli/commands/profiles.js';
import { restoreVerb } from '#cli/commands/restore.js';
import { scanVerb } from '#cli/commands/scan.js';
import { scansVerbs } from '#cli/commands/scans.js';
import { schedulesVerbs } from '#cli/commands/schedules.js';
import { searchVerb } from '#cli/commands/search.js';
import { serveVerb } from '#cli/commands/serve.js';
import { settingsVerbs } from '#cli/commands/settings.js';
import { sitesVerbs } from '#cli/commands/sites.js';
import { smartScanVerbs } from '#cli/commands/smart-scan.js';
import { tagScansVerbs } from '#cli/commands/tag-scans.js';
import { tagsVerbs } from '#cli/commands/tags.js';
import { tortureVerb } from '#cli/commands/torture.js';
import { verifyVerb } from '#cli/commands/verify.js';
import { versionVerb } from '#cli/commands/version.js';
import { workerVerb } from '#cli/commands/worker.js';
import { workersVerbs } from '#cli/commands/workers.js';
import type { Verb } from '#cli/verb.js';

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
