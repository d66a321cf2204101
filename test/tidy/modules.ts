/**
 * The modules of the program and which modules each may import: a new import direction is a change of one line here.
 * A module is a folder of `src/` or of `src/net/`, or `web`. Any module may import itself. ARCHITECTURE.md describes
 * each.
 */
export const MODULES: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  contract: ['domain'],
  telemetry: ['domain'],
  config: ['domain', 'telemetry'],
  postgres: ['domain', 'telemetry'],

  'net/packet': ['domain', 'telemetry'],
  'net/native': ['domain', 'telemetry'],
  'net/send': ['domain', 'telemetry', 'net/packet'],
  'net/probe': ['domain', 'telemetry', 'net/packet', 'net/native', 'net/send'],
  scan: ['domain', 'telemetry', 'net/packet', 'net/native', 'net/send', 'net/probe', 'report'],
  discovery: ['domain', 'telemetry', 'net/packet', 'net/native', 'net/send', 'net/probe'],
  enrichment: ['domain', 'telemetry', 'net/send', 'net/probe'],
  prober: [
    'domain',
    'telemetry',
    'net/packet',
    'net/native',
    'net/send',
    'net/probe',
    'scan',
    'discovery',
    'enrichment',
  ],
  report: ['domain', 'telemetry'],

  identity: ['domain'],
  store: ['domain', 'telemetry'],
  work: ['domain', 'telemetry', 'net/send', 'net/probe', 'scan', 'report', 'identity', 'store'],
  jobs: ['domain', 'telemetry', 'net/send', 'net/probe', 'scan', 'store', 'work'],
  torture: ['domain', 'contract', 'telemetry', 'store', 'work'],
  api: ['domain', 'contract', 'telemetry', 'store', 'work'],

  app: [
    'domain',
    'contract',
    'telemetry',
    'config',
    'postgres',
    'net/send',
    'net/probe',
    'scan',
    'net/native',
    'prober',
    'store',
    'work',
    'jobs',
    'torture',
    'api',
  ],
  cli: ['domain', 'contract', 'app'],
  web: ['domain', 'contract'],
};
