import type { RunningServer } from '#app/interface.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import { appIo, noteInterrupt } from '#cli/note.js';
import { writeDocument } from '#cli/output/json.js';
import { renderFacts } from '#cli/output/table.js';
import { spokenAs } from '#cli/program-name.js';
import { listenOf } from '#cli/values.js';
import { type Context, defineVerb, type VerbInput } from '#cli/verb.js';

export interface ServePlan {
  readonly listen: string | undefined;
}

export function parseServe({ flags }: VerbInput): ServePlan {
  const listen = flags.text('listen');
  return { listen: listen === undefined ? undefined : listenOf(listen) };
}

/** Serves until it is told to stop, which is its ordinary end: exit 0. */
export async function runServe(plan: ServePlan, context: Context): Promise<ExitCode> {
  const told = Promise.withResolvers<void>();
  const starting = new AbortController();
  let started = false;
  const release = context.io.interrupts.takeOver(() => {
    noteInterrupt(context, 'Stopping. Press Ctrl-C again to leave at once.');
    // Started, the server is stopped by its `close` alone, which is waited for.
    if (!started) starting.abort();
    told.resolve();
  });
  try {
    const server = await startServer(plan, context, starting.signal);
    started = true;
    if (server !== undefined) await serveUntil(told.promise, server, context);
  } finally {
    release();
  }
  return EXIT.done;
}

/** Undefined when it was told to stop before it had started: then a failure to start is what was asked for. */
async function startServer(
  plan: ServePlan,
  context: Context,
  signal: AbortSignal,
): Promise<RunningServer | undefined> {
  const app = await context.loadApp();
  const io = appIo(context, signal);
  // A server starts and stops seldom, and what it prints is its log.
  const told = { ...io, routine: (message: string) => io.notice(message) };
  try {
    return await app.serve({ ...context.globals.place, ...plan }, told);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function serveUntil(told: Promise<void>, server: RunningServer, context: Context): Promise<void> {
  try {
    await printServer(context, server);
    await Promise.race([told, server.stopped]);
  } finally {
    await server.close();
  }
  await server.stopped;
}

async function printServer(context: Context, server: RunningServer): Promise<void> {
  const { globals, io } = context;
  const { url, adminKeyFile, signInLink } = server;
  if (globals.json !== 'off') {
    await writeDocument(io.stdout, { url, admin_key_file: adminKeyFile, sign_in_link: signInLink });
    return;
  }
  const facts: (readonly [string, string])[] = [
    ['Address', url],
    ...(adminKeyFile === null ? [] : [['Administrator key', `in ${adminKeyFile}`] as const]),
    ['Sign in', signInLink ?? linkSentence(context)],
  ];
  await io.stdout.write(
    `Scanorama is running.\n${renderFacts(facts, io.stdout.colour)}Press Ctrl-C to stop.\n`,
  );
}

/** How to get in, for a start that made no link. */
function linkSentence({ io }: Context): string {
  return spokenAs(io, '`scanorama apikeys link` signs a browser in');
}

export const serveVerb = defineVerb<ServePlan>({
  path: ['serve'],
  summary: 'run the server: web interface, API and scans',
  flags: [
    { flags: '-l, --listen <host:port>', help: 'where to listen; a bare port listens on loopback alone' },
  ],
  examples: [
    ['serve', 'on this machine alone, with an embedded database'],
    ['serve --listen 0.0.0.0:8080', 'for everybody who reaches this machine'],
    ['serve --database-url postgres://scanorama@localhost/scanorama', 'on a PostgreSQL of your own'],
  ],
  json: 'document',
  place: 'local',
  parse: parseServe,
  run: runServe,
});
