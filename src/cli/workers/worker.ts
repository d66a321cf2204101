import { listenOf } from '#cli/arguments/flag-parsers.js';
import { defineCommand } from '#cli/program/command.js';
import { parseWorkerFlags, runServe, type ServePlan, WORKER_FLAGS } from '#cli/workers/serve.js';

/** A server that only runs scans. */
export const workerCommand = defineCommand<ServePlan>({
  path: ['worker'],
  summary: 'run scans for a server on the same PostgreSQL',
  flags: [
    ...WORKER_FLAGS,
    {
      flags: '--metrics-listen <port>',
      help: 'serve metrics for Prometheus on this port of loopback, with an API key (default: no)',
    },
  ],
  examples: [
    [
      'worker --site branch --database-url postgres://scanorama@db/scanorama',
      'the scans of a site, from a machine that stands there',
    ],
    ['worker --concurrency 4 --database-url postgres://db/scanorama', 'a second machine beside the server'],
  ],
  json: 'document',
  place: 'local',
  parse: ({ flags }) => {
    const metricsListen = flags.text('metrics-listen');
    return {
      listen: undefined,
      roles: ['worker'],
      ...parseWorkerFlags(flags),
      ...(metricsListen === undefined ? {} : { metricsListen: listenOf(metricsListen, 'metrics-listen') }),
    };
  },
  run: runServe,
});
