import { pagesOf } from '#cli/arguments/pages.js';
import { note } from '#cli/arguments/print-notice.js';
import { printResult } from '#cli/arguments/print-result.js';
import { printResultOf, showList } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import { writeDocument } from '#cli/output/json.js';
import { type Row, renderFacts } from '#cli/output/table.js';
import { type Paint } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import type { WorkerView } from '#contract/workers/worker.js';
import { grouped } from '#domain/text/count-text.js';
import { lastWorkerText, type WorkerState } from '#domain/workers/worker.js';

const WORKER_ARGUMENT = {
  name: 'worker',
  help: 'the name of the worker, or its id, as `workers list` shows them',
  required: true,
} as const;

function parseWorker({ args }: CommandInput): string {
  const [arg = ''] = args;
  if (arg.trim() === '') throw usage('A worker is named by its name or its id.');
  return arg;
}

const STATE_PAINTS: Readonly<Record<WorkerState, Paint>> = {
  active: 'green',
  draining: 'yellow',
  drained: 'yellow',
  lost: 'red',
  stopped: 'dim',
};

const ANY_SITE = '(any without workers)';

function workerRow(worker: WorkerView): Row {
  const { name, site, state, version, running_shards: shards, concurrency } = worker;
  return [
    name,
    site ?? ANY_SITE,
    { text: state, paint: STATE_PAINTS[state] },
    version,
    `${shards}/${concurrency}`,
    enginesText(worker),
    localTime(worker.heartbeat_at),
  ];
}

function enginesText({ engines }: WorkerView): string {
  const names = engines.filter(({ available }) => available).map(({ name }) => name);
  return names.length === 0 ? 'none' : names.join(',');
}

export function runListWorkers(all: boolean, context: Context): Promise<ExitCode> {
  return showList<WorkerView>(
    {
      pages: (client) =>
        pagesOf({
          keyOf: ({ id }) => id,
          load: (query) => client.workers(all ? { ...query, all: 'true' } : query),
        }),
      heads: ['NAME', 'SITE', 'STATE', 'VERSION', 'RUNS', 'ENGINES', 'HEARD OF'],
      row: workerRow,
      none: all ? 'No workers.' : 'No workers are running.',
    },
    context,
  );
}

export function runShowWorker(arg: string, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const worker = await client.worker(arg);
    if (globals.json !== 'off') await writeDocument(io.stdout, worker);
    else await io.stdout.write(renderFacts(workerFacts(worker), io.stdout.color));
    return EXIT.done;
  });
}

function workerFacts(worker: WorkerView): (readonly [string, string])[] {
  const missing = worker.engines.filter(({ available }) => !available);
  return [
    ['Worker', worker.name],
    ['Id', worker.id],
    ['Site', worker.site ?? 'every site that has no worker of its own'],
    ['State', worker.drain_reason === null ? worker.state : `${worker.state}: ${worker.drain_reason}`],
    ['Version', `${worker.version}, schema ${worker.schema_version}`],
    ['Engines', enginesText(worker)],
    ...missing.map(({ name, reason }): readonly [string, string] => ['', `not ${name}: ${reason ?? ''}`]),
    ['Runs', `${grouped(worker.running_shards)} of ${worker.concurrency} parts of scans at once`],
    ...worker.running_scans.map((id): readonly [string, string] => ['', id]),
    ['Started', localTime(worker.started_at)],
    ['Heard of', localTime(worker.heartbeat_at)],
    ...(worker.stopped_at === null ? [] : [['Stopped', localTime(worker.stopped_at)] as const]),
  ];
}

function runDrainWorker(arg: string, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    const drained = await client.drainWorker(arg);
    const { name } = drained;
    const given = await printResult(
      context,
      drained,
      `The worker ${name} takes no more work, and hands over what it runs.`,
    );
    if (!drained.replaced)
      await note(context, `${lastWorkerText(drained)}, or \`scanorama workers resume ${name}\`.`);
    return given;
  });
}

export const workersCommands = [
  defineCommand<boolean>({
    path: ['workers', 'list'],
    summary: 'list workers',
    flags: [{ flags: '--all', help: 'also lost and stopped workers' }],
    examples: [['workers list', 'who runs scans, of which site, and with what']],
    json: 'stream',
    place: 'any',
    parse: ({ flags }) => flags.on('all'),
    run: runListWorkers,
  }),
  defineCommand<string>({
    path: ['workers', 'show'],
    summary: 'show a worker with its engines and shards',
    arguments: [WORKER_ARGUMENT],
    examples: [['workers show scan1/4711-9f3c2a', 'by its name']],
    json: 'document',
    place: 'any',
    parse: parseWorker,
    run: runShowWorker,
  }),
  defineCommand<string>({
    path: ['workers', 'drain'],
    summary: 'stop a worker from taking work and hand over its shards',
    arguments: [WORKER_ARGUMENT],
    examples: [['workers drain scan1/4711-9f3c2a', 'before its machine is taken away']],
    json: 'document',
    place: 'any',
    parse: parseWorker,
    run: runDrainWorker,
  }),
  defineCommand<string>({
    path: ['workers', 'resume'],
    summary: 'resume a drained worker',
    arguments: [WORKER_ARGUMENT],
    examples: [['workers resume scan1/4711-9f3c2a', 'undoes a drain']],
    json: 'document',
    place: 'any',
    parse: parseWorker,
    run: (arg, context) =>
      printResultOf(
        context,
        (client) => client.resumeWorker(arg),
        ({ name, drain_reason: reason }) =>
          reason === null
            ? `The worker ${name} takes work again.`
            : `The worker ${name} is draining: ${reason}`,
      ),
  }),
  defineCommand<string>({
    path: ['workers', 'remove'],
    summary: 'remove a worker that is gone',
    arguments: [WORKER_ARGUMENT],
    examples: [['workers remove scan1/4711-9f3c2a', 'when its machine will not come back']],
    json: 'document',
    place: 'any',
    parse: parseWorker,
    run: (arg, context) =>
      printResultOf(
        context,
        async (client) => {
          await client.removeWorker(arg);
          return { name: arg, removed: true };
        },
        ({ name }) => `The worker ${name} is forgotten.`,
      ),
  }),
];
