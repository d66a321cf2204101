import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '#contract/api/client.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isEnded } from '#domain/scans/scan-status.js';
import type { DatabaseAddress, Executor } from '#store/database/database.js';
import { shardHolder } from '#store/scans/scan-evidence.js';
import { findScanView, type ScanView } from '#store/scans/scan-views.js';
import type { ServerProgram } from '#torture/server-program.js';
import type { VerifyContext } from '#work/health/verify-data.js';

const POLL_MS = 10;
/** The longest anything here may take: a restart, a take-over, the end of a scan. Far beyond what is promised. */
export const PATIENCE_MS = 60_000;

/** A PostgreSQL of the lab's own. */
export interface TorturedDatabase {
  readonly connection: DatabaseAddress;
  /** Of the process that all others of the server come from; undefined while there is none. */
  mainProcess(): Promise<number | undefined>;
  /** SIGKILL to one of its processes, or SIGINT, which ends it in an orderly way. */
  signal(pid: number, name: 'SIGKILL' | 'SIGINT'): Promise<void>;
  /** Says that somebody hurt it. */
  lost(): void;
  /** Settles when it takes statements. */
  ensure(signal: AbortSignal): Promise<void>;
  /** The same between two scans, when it may be opened anew without a scan noticing. */
  refresh(signal: AbortSignal): Promise<void>;
}

/** Two real servers on one real database, all on this machine, and the ways to see and to hurt them. */
export interface Lab {
  /** Everything of it lies below. */
  readonly directory: string;
  readonly servers: readonly ServerProgram[];
  readonly database: TorturedDatabase;
  /** A connection of the lab's own, past whatever stands between the servers and the database. */
  readonly poll: VerifyContext;
  /** Speaks to a server that runs. */
  clientOf(server: ServerProgram): Promise<Client>;
  readonly signal: AbortSignal;
}

/** Asks until there is an answer, through an outage of the database or of a server. */
export async function patiently<Answer>(
  lab: Pick<Lab, 'signal'>,
  what: string,
  probe: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  let failure = '';
  for (;;) {
    lab.signal.throwIfAborted();
    failure = '';
    const answer = await probe().catch((error: unknown) => {
      failure = ` (${error instanceof Error ? error.message : String(error)})`;
      return undefined;
    });
    if (answer !== undefined) return answer;
    if (performance.now() > deadlineMs)
      throw new ScanoramaError('internal', `Not within ${PATIENCE_MS / 1_000} s: ${what}${failure}.`);
    await sleep(POLL_MS);
  }
}

/** The same for a question to the database. */
export function poll<Answer>(
  lab: Lab,
  what: string,
  probe: (executor: Executor) => Promise<Answer | undefined>,
): Promise<Answer> {
  return patiently(lab, what, () => probe(lab.poll.store.read));
}

export function viewOf(lab: Lab, uid: string): Promise<ScanView> {
  return poll(lab, 'the scan is there', (executor) => findScanView(executor, uid));
}

export async function isEndedScan(lab: Lab, uid: string): Promise<boolean> {
  const { status } = await viewOf(lab, uid);
  return isEnded(status);
}

/** The scan once it is completed, failed or cancelled. */
export function awaitEnd(lab: Lab, uid: string): Promise<ScanView> {
  return poll(lab, 'the scan ended', async (executor) => {
    const view = await findScanView(executor, uid);
    return view !== undefined && isEnded(view.status) ? view : undefined;
  });
}

export interface Holder {
  readonly server: ServerProgram;
  readonly token: number;
}

/** The server that runs the scan at this moment; undefined when the scan ended before one did. */
export async function holderOf(lab: Lab, uid: string): Promise<Holder | undefined> {
  const found = await poll(lab, 'a server runs the scan', async (executor): Promise<Found | undefined> => {
    const shard = await shardHolder(executor, uid);
    const server = lab.servers.find(({ processId }) => shard?.owner.includes(`/${processId}-`) === true);
    if (shard !== undefined && server !== undefined) return { holder: { server, token: shard.token } };
    const view = await findScanView(executor, uid);
    return view !== undefined && isEnded(view.status) ? {} : undefined;
  });
  return found.holder;
}

interface Found {
  readonly holder?: Holder;
}

/** Brings back whatever does not run; `ready`: for a scan that has not begun. */
export async function restore(lab: Lab, to: 'ready' | 'running'): Promise<void> {
  if (to === 'ready') await lab.database.refresh(lab.signal);
  else await lab.database.ensure(lab.signal);
  await Promise.all(lab.servers.map((server) => server.start(lab.signal)));
}
