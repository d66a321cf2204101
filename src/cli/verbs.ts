import { apikeysVerbs } from '#cli/commands/apikeys.js';
import { completionVerb } from '#cli/commands/completion.js';
import { deletionVerbs } from '#cli/commands/delete.js';
import { doctorVerb } from '#cli/commands/doctor.js';
import { hostsVerbs } from '#cli/commands/hosts.js';
import { importVerb } from '#cli/commands/import.js';
import { migrateVerbs } from '#cli/commands/migrate.js';
import { scanVerb } from '#cli/commands/scan.js';
import { scansVerbs } from '#cli/commands/scans.js';
import { serveVerb } from '#cli/commands/serve.js';
import { settingsVerbs } from '#cli/commands/settings.js';
import { verifyVerb } from '#cli/commands/verify.js';
import { versionVerb } from '#cli/commands/version.js';
import type { Verb } from '#cli/verb.js';

/** Every verb there is, in the order the help shows them. */
export const VERBS: readonly Verb[] = [
  serveVerb,
  scanVerb,
  ...scansVerbs,
  ...hostsVerbs,
  ...deletionVerbs,
  importVerb,
  ...apikeysVerbs,
  ...settingsVerbs,
  verifyVerb,
  doctorVerb,
  ...migrateVerbs,
  completionVerb,
  versionVerb,
];

/** What the words mean that stand before another verb. */
export const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  scans: 'list, show, stop, resume and delete scans',
  hosts: 'list, show and delete the hosts that were seen',
  settings: 'how long everything is kept',
  apikeys: 'make, list and revoke API keys, and sign a browser in',
  migrate: 'the schema of the database',
};
