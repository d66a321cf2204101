import { apikeysVerbs } from '#cli/commands/apikeys.js';
import { backupVerb } from '#cli/commands/backup.js';
import { completionVerb } from '#cli/commands/completion.js';
import { deletionVerbs } from '#cli/commands/delete.js';
import { diffVerbs } from '#cli/commands/diff.js';
import { discoverVerb } from '#cli/commands/discover.js';
import { doctorVerb } from '#cli/commands/doctor.js';
import { editHostsVerbs } from '#cli/commands/edit-hosts.js';
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
import { searchVerb } from '#cli/commands/search.js';
import { serveVerb } from '#cli/commands/serve.js';
import { settingsVerbs } from '#cli/commands/settings.js';
import { sitesVerbs } from '#cli/commands/sites.js';
import { smartScanVerbs } from '#cli/commands/smart-scan.js';
import { tagsVerbs } from '#cli/commands/tags.js';
import { tortureVerb } from '#cli/commands/torture.js';
import { verifyVerb } from '#cli/commands/verify.js';
import { versionVerb } from '#cli/commands/version.js';
import type { Verb } from '#cli/verb.js';

/** Every verb there is, in the order the help shows them. */
export const VERBS: readonly Verb[] = [
  serveVerb,
  scanVerb,
  discoverVerb,
  ...scansVerbs,
  ...diffVerbs,
  ...profilesVerbs,
  ...smartScanVerbs,
  ...hostsVerbs,
  hostHistoryVerb,
  ...editHostsVerbs,
  ...hostEditsVerbs,
  ...ignoreVerbs,
  ...deletionVerbs,
  ...tagsVerbs,
  ...groupsVerbs,
  ...ownersVerbs,
  ...fieldsVerbs,
  ...networksVerbs,
  ...exclusionsVerbs,
  ...sitesVerbs,
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
  'smart-scan': 'find out what is not known of hosts yet',
  hosts:
    'list, show, edit, ignore and delete the hosts that were seen, now or at an instant, and their history',
  tags: 'words that hosts are marked with',
  groups: 'hosts that belong together',
  owners: 'whose hosts and networks are',
  fields: 'define what else is kept of hosts',
  networks: 'store networks, and scan them by name',
  exclusions: 'say which addresses get no packet',
  sites: 'keep places apart, and say what may be scanned there',
  settings: 'how long everything is kept',
  apikeys: 'make, list and revoke API keys, and sign a browser in',
  migrate: 'the schema of the database',
};
