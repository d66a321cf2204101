import type { RunningServer, RunningWorker } from '#app/interface.js';
import { commaListOf, countOf, listenOf, oneOf } from '#cli/arguments/flag-parsers.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { appIo, noteInterrupt } from '#cli/arguments/print-notice.js';
import { usage } from '#cli/arguments/usage.js';
import { writeDocument } from '#cli/output/json.js';
import { renderFacts } from '#cli/output/table.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { spokenAs } from '#cli/program/program-name.js';
import { checkSiteName } from '#domain/targets/site-name.js';
import { MAX_WORKER_CONCURRENCY, ROLES, type Role } from '#domain/workers/worker.js';

export interface ServePlan {
  readonly listen: string | undefined;
  readonly roles: readonly Role[] | undefined;
  readonly site: string | undefined;
  readonly concurrency: number | undefined;
  readonly metricsListen?: string;
}

export function parseServe({ flags }: CommandInput): ServePlan {
  const listen = flags.text('listen');
  const roles = rolesOf(flags.text('roles'));
  const worker = parseWorkerFlags(flags);
  if (roles !== undefined && !roles.includes('worker')) refuseFlag(flags, ['site', 'concurrency'], 'worker');
  if (roles !== undefined && !roles.includes('web')) refuseFlag(flags, ['listen'], 'web');
  return { listen: listen === undefined ? undefined : listenOf(listen), roles, ...worker };
}

function rolesOf(text: string | undefined): readonly Role[] | undefined {
  if (text === undefined) return undefined;
  const args = commaListOf('roles', [text]);
  for (const arg of args) oneOf('roles', arg, ROLES);
  return ROLES.filter((role) => args.includes(role));
}

function refuseFlag(flags: FlagValues, names: readonly string[], role: Role): void {
  const [given] = flags.givenOf(names);
  if (given !== undefined) throw usage(`${given} is for the role ${role}, which --roles leaves out.`);
}

export function parseWorkerFlags(flags: FlagValues): Pick<ServePlan, 'site' | 'concurrency'> {
  const site = flags.text('site');
  const concurrency = countOf('concurrency', flags.text('concurrency'));
  if (concurrency !== undefined && concurrency > MAX_WORKER_CONCURRENCY)
    throw usage(`A worker runs at most ${MAX_WORKER_CONCURRENCY} shards at once.`, {
      at: String(concurrency),
    });
  return { site: site === undefined ? undefined : checkSiteName(site), concurrency };
}

/** Serves until it is stopped, which is the normal end: exit 0. */
export async function runServe(plan: ServePlan, context: Context): Promise<ExitCode> {
  const shown = Promise.withResolvers<void>();
  const starting = new AbortController();
  let started = false;
  const release = context.io.interrupts.takeOver(() => {
    noteInterrupt(context, 'Stopping. Press Ctrl-C again to leave at once.');
    // Started, the server is stopped by its `close` alone, which is waited for.
    if (!started) starting.abort();
    shown.resolve();
  });
  try {
    const server = await startServer(plan, context, starting.signal);
    started = true;
    if (server !== undefined) await serveUntil(shown.promise, server, context);
  } finally {
    release();
  }
  return EXIT.done;
}

/** Returns undefined if it was stopped before it had started: a failure to start is expected then. */
async function startServer(
  plan: ServePlan,
  context: Context,
  signal: AbortSignal,
): Promise<RunningServer | undefined> {
  const app = await context.loadApp();
  const io = appIo(context, signal);
  // A server starts and stops seldom, and what it prints is its log.
  const shown = { ...io, routine: (message: string) => io.notice(message) };
  try {
    return await app.serve({ ...context.globals.place, ...plan }, shown);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function serveUntil(shown: Promise<void>, server: RunningServer, context: Context): Promise<void> {
  try {
    await printServer(context, server);
    await Promise.race([shown, server.stopped]);
  } finally {
    await server.close();
  }
  await server.stopped;
}

async function printServer(context: Context, server: RunningServer): Promise<void> {
  const { globals, io } = context;
  const { url, metricsUrl, adminKeyFile, signInLink, worker } = server;
  if (globals.json !== 'off') {
    const web = { url, admin_key_file: adminKeyFile, sign_in_link: signInLink };
    await writeDocument(io.stdout, {
      ...web,
      ...(metricsUrl === null ? {} : { metrics_url: metricsUrl }),
      worker,
    });
    return;
  }
  const facts: (readonly [string, string])[] = [
    ...(url === null ? [] : [['Address', url] as const]),
    ...(adminKeyFile === null ? [] : [['Administrator key', `in ${adminKeyFile}`] as const]),
    ...(url === null ? [] : [['Sign in', signInLink ?? linkSentence(context)] as const]),
    // The default, a server with all roles for all sites, needs no mention.
    ...(worker === null || (url !== null && worker.site === null) ? [] : workerFacts(worker)),
    ...(metricsUrl === null ? [] : [['Metrics', metricsUrl] as const]),
  ];
  const what = url === null ? (worker === null ? 'The scheduler' : 'The worker') : 'Scanorama';
  await io.stdout.write(`${what} is running.\n${renderFacts(facts, io.stdout.color)}Press Ctrl-C to stop.\n`);
}

function workerFacts({ name, site }: RunningWorker): readonly (readonly [string, string])[] {
  return [
    ['Worker', name],
    ['Site', site ?? 'every site that has no worker of its own'],
  ];
}

/** How to get in, for a start that made no link. */
function linkSentence({ io }: Context): string {
  return spokenAs(io, '`scanorama api-keys link` signs a browser in');
}

export const WORKER_FLAGS: readonly FlagSpec[] = [
  {
    flags: '--site <name>',
    help: 'run only scans of this site (default: scans of every site that has no worker of its own)',
  },
  {
    flags: '--concurrency <n>',
    help: 'number of shards at once (default: the setting worker.shards)',
  },
];

export const serveCommand = defineCommand<ServePlan>({
  path: ['serve'],
  summary: 'run the server: web app, API and scans',
  flags: [
    { flags: '-l, --listen <host:port>', help: 'where to listen; a bare port listens on loopback alone' },
    { flags: '--roles <list>', help: `roles of this process: ${ROLES.join(',')} (default: all)` },
    ...WORKER_FLAGS,
  ],
  examples: [
    ['serve', 'on this machine alone, with an embedded database'],
    ['serve --listen 0.0.0.0:8080', 'accept connections from other machines'],
    ['serve --roles web,scheduler --database-url postgres://db/scanorama', 'workers elsewhere run the scans'],
    ['serve --database-url postgres://scanorama@localhost/scanorama', 'on a PostgreSQL of your own'],
  ],
  json: 'document',
  place: 'local',
  parse: parseServe,
  run: runServe,
});
