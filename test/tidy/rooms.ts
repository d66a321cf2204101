/**
 * The rooms of the house and what each may import, written out in full: a new arrow is a change of one line here.
 * A room is a folder of `src/`, or `web`. Any room may import itself. ARCHITECTURE.md says what each is for.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  contract: ['domain'],
  telemetry: ['domain'],
  config: ['domain', 'telemetry'],
  postgres: ['domain', 'telemetry'],

  packet: ['domain', 'telemetry'],
  native: ['domain', 'telemetry'],
  send: ['domain', 'telemetry', 'packet'],
  probe: ['domain', 'telemetry', 'packet', 'native', 'send'],
  scan: ['domain', 'telemetry', 'packet', 'native', 'send', 'probe', 'report'],
  discover: ['domain', 'telemetry', 'packet', 'native', 'send', 'probe'],
  enrich: ['domain', 'telemetry', 'send', 'probe'],
  prober: ['domain', 'telemetry', 'packet', 'native', 'send', 'probe', 'scan', 'discover', 'enrich'],
  report: ['domain', 'telemetry'],

  identify: ['domain'],
  store: ['domain', 'telemetry'],
  work: ['domain', 'telemetry', 'send', 'probe', 'scan', 'report', 'identify', 'store'],
  jobs: ['domain', 'telemetry', 'send', 'probe', 'scan', 'store', 'work'],
  torture: ['domain', 'contract', 'telemetry', 'store', 'work'],
  api: ['domain', 'contract', 'telemetry', 'store', 'work'],

  app: [
    'domain',
    'contract',
    'telemetry',
    'config',
    'postgres',
    'send',
    'probe',
    'scan',
    'native',
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
