import type { Connection } from '#app/interface.js';
import { note, noteInterrupt, reportFailure } from '#cli/arguments/print-notice.js';
import { writeDocument } from '#cli/output/json.js';
import { localClock } from '#cli/output/time.js';
import type { Context } from '#cli/program/command.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { ProgressLine } from '#cli/progress/progress.js';
import { scanDocument } from '#cli/reports/scan-report.js';
import { printScan, type ScanView } from '#cli/scans/scan-view.js';
import type { Client } from '#contract/api/client.js';
import type { Scan } from '#contract/scans/scan.js';
import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { isEnded, type ScanStatus } from '#domain/scans/scan-status.js';

export const POLL_INTERVAL_MS = 250;
/** How many questions in a row may fail while the server or its database is away: half a minute. */
export const POLL_FAILURES_MAX = 120;
/** For how long a scan waits before its reason is told. */
const WAITING_NOTICE_AFTER_MS = 3_000;
/** For how long nothing is heard before that is told: a question that failed once is no news. */
const STALLED_NOTICE_AFTER_MS = 1_000;
const PASSING_FAILURES: readonly ErrorCode[] = ['database_unavailable', 'server_unreachable', 'rate_limited'];

export interface ScanJob {
  readonly context: Context;
  readonly connection: Connection;
  readonly view: ScanView;
  readonly detach: boolean;
  /** Starts or resumes the scan; the signal tells that the person wants none any more. */
  begin(signal: AbortSignal): Promise<Scan>;
  /** Shows what it saw; as the view says when absent. */
  readonly print?: (scan: Scan) => Promise<void>;
}

const EXIT_OF_STATUS: Readonly<Record<ScanStatus, ExitCode>> = {
  pending: EXIT.failed,
  running: EXIT.failed,
  completed: EXIT.done,
  failed: EXIT.failed,
  cancelled: EXIT.interrupted,
};

/** One scan from its start to what it saw. The first interruption stops it and keeps what was seen. */
export async function superviseScan(job: ScanJob): Promise<ExitCode> {
  const { context, connection, view } = job;
  if (job.detach) await refuseDetach(connection);
  const stop = new AbortController();
  // Taken over before the scan begins, so that no interruption can leave one running unseen.
  const release = context.io.interrupts.takeOver(() => {
    stop.abort();
    noteInterrupt(context, 'Stopping the scan; what was seen is kept. Press Ctrl-C again to leave at once.');
  });
  let scan: Scan;
  try {
    scan = await job.begin(stop.signal);
    if (job.detach && !stop.signal.aborted) return await printStarted(job, scan);
    scan = await followScan(context, connection.client, { scan, stop: stop.signal });
  } finally {
    release();
  }
  if (job.print === undefined) await printScan(context, connection.client, { scan, view });
  else await job.print(scan);
  return printEnd(context, scan);
}

/** Whoever leaves a scan alone wants somebody to go on with it: `no_worker` where nobody would. */
async function refuseDetach({ client }: Connection): Promise<void> {
  const { data } = await client.workers({ page_size: 1 });
  if (data.length > 0) return;
  throw new ScanoramaError('no_worker', 'No worker is running, so nobody would go on with a detached scan.', {
    hint: 'Start one with `scanorama serve`, or `scanorama worker --database-url …` on the database of the server, or leave out --detach.',
  });
}

async function printStarted({ context, view }: ScanJob, scan: Scan): Promise<ExitCode> {
  const { stdout } = context.io;
  if (view.output === 'json') await writeDocument(stdout, { ...scanDocument(scan), hosts: [] });
  else await stdout.write(`${scan.id}\n`);
  if (scan.waiting_reason !== null) await note(context, scan.waiting_reason);
  await note(context, `The server goes on with it; \`scanorama scans show ${scan.id}\` shows how far it is.`);
  return EXIT.done;
}

async function printEnd(context: Context, scan: Scan): Promise<ExitCode> {
  if (scan.status === 'failed') {
    await reportFailure(context, {
      code: scan.error?.code ?? 'internal',
      message: scan.error?.message ?? 'The scan failed, and nothing says why.',
      hint: `What was seen is kept; \`scanorama scans resume ${scan.id}\` goes on from there.`,
    });
  } else if (scan.partial) {
    const reason = scan.partial_reason === null ? '' : ` ${scan.partial_reason}`;
    await note(context, `The scan could not see everything that it planned.${reason}`);
  } else if (scan.status === 'cancelled') {
    await note(context, `\`scanorama scans resume ${scan.id}\` goes on from there.`);
  }
  return scan.partial ? EXIT.found : EXIT_OF_STATUS[scan.status];
}

/** Asks until the scan is settled, with progress on a terminal; stops it once the signal aborts. */
export async function followScan(
  context: Context,
  client: Client,
  followed: { scan: Scan; stop: AbortSignal },
): Promise<Scan> {
  const { io } = context;
  const progress = new ProgressLine(io.stderr, io.clock);
  let { scan } = followed;
  let stopped = false;
  let failures = 0;
  let failure: ScanoramaError | null = null;
  let shown: string | null = null;
  const sinceMs = io.clock.now();
  let receivedAtMs = sinceMs;
  if (io.stderr.isTerminal && !isEnded(scan.status))
    await note(context, `This is ${isDiscovery(scan) ? 'discovery' : 'scan'} ${scan.id}.`);
  try {
    while (!isEnded(scan.status)) {
      const nowMs = io.clock.now();
      const noResponse: ScanoramaError | null =
        nowMs - receivedAtMs < STALLED_NOTICE_AFTER_MS ? null : failure;
      // A scan that is about to be taken waits for a moment too.
      const waiting: string | null = nowMs - sinceMs < WAITING_NOTICE_AFTER_MS ? null : scan.waiting_reason;
      const reason: string | null = noResponse === null ? waiting : noResponseText(noResponse, receivedAtMs);
      if (reason !== null && reason !== shown) {
        await progress.clear();
        await note(context, reason);
        shown = reason;
      }
      await progress.show(scan, noResponse === null ? null : receivedAtMs);
      await io.sleep(POLL_INTERVAL_MS, stopped ? undefined : followed.stop);
      const mustStop: boolean = followed.stop.aborted && !stopped;
      try {
        scan = mustStop ? await stopOrPoll(client, scan.id) : await client.scan(scan.id);
        stopped ||= mustStop;
        failures = 0;
        failure = null;
        receivedAtMs = io.clock.now();
      } catch (error) {
        if (!isPassing(error)) throw error;
        failure = error;
        failures += 1;
        if (failures > POLL_FAILURES_MAX) throw unanswered(scan, error, receivedAtMs);
        if (mustStop) await io.sleep(POLL_INTERVAL_MS);
      }
    }
    return scan;
  } finally {
    await progress.clear();
  }
}

function noResponseText({ message }: ScanoramaError, receivedAtMs: number): string {
  return `No news since ${localClock(receivedAtMs)}: ${message} It is asked again for half a minute.`;
}

/** What whoever waited needs to find the scan again: nothing of it is lost with the server. */
function unanswered(scan: Scan, cause: ScanoramaError, receivedAtMs: number): ScanoramaError {
  const what = isDiscovery(scan) ? 'discovery' : 'scan';
  const message = `${cause.message} There is no news of ${what} ${scan.id} since ${localClock(receivedAtMs)}.`;
  return new ScanoramaError(cause.code, message, {
    hint: `What it saw is stored, and it goes on by itself as soon as a server runs again; \`scanorama scans show ${scan.id}\` tells how far it is.`,
    cause,
  });
}

const isDiscovery = (scan: Scan): boolean => scan.scan_type === 'discovery';

/** A scan that ended by itself in this very moment cannot be stopped, and that is no failure. */
async function stopOrPoll(client: Client, id: string): Promise<Scan> {
  try {
    return await client.stopScan(id);
  } catch (error) {
    if (error instanceof ScanoramaError && error.code === 'invalid_transition') return client.scan(id);
    throw error;
  }
}

function isPassing(error: unknown): error is ScanoramaError {
  return error instanceof ScanoramaError && PASSING_FAILURES.includes(error.code);
}
