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

  send: ['domain', 'telemetry'],
  probe: ['domain', 'telemetry', 'send'],
  scan: ['domain', 'telemetry', 'send', 'probe'],

  store: ['domain', 'telemetry'],
  work: ['domain', 'telemetry', 'send', 'probe', 'scan', 'store'],
  jobs: ['domain', 'telemetry', 'send', 'probe', 'scan', 'store', 'work'],
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
    'store',
    'work',
    'jobs',
    'api',
  ],
  cli: ['domain', 'contract', 'app'],
  web: ['domain', 'contract'],
};
