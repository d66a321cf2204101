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
/** How many polls in a row may fail while the server or its database is unavailable: half a minute. */
export const POLL_FAILURES_MAX = 120;
/** How long a scan waits before the reason is shown. */
const WAITING_NOTICE_AFTER_MS = 3_000;
/** How long there is no response before that is shown. A single failed poll is not reported. */
const STALLED_NOTICE_AFTER_MS = 1_000;
const PASSING_FAILURES: readonly ErrorCode[] = ['database_unavailable', 'server_unreachable', 'rate_limited'];

export interface ScanJob {
  readonly context: Context;
  readonly connection: Connection;
  readonly view: ScanView;
  readonly detach: boolean;
  /** Starts or resumes the scan. The signal aborts when the user interrupts the command. */
  begin(signal: AbortSignal): Promise<Scan>;
  /** Prints the results (default: as `view` specifies). */
  readonly print?: (scan: Scan) => Promise<void>;
}

const EXIT_OF_STATUS: Readonly<Record<ScanStatus, ExitCode>> = {
  pending: EXIT.failed,
  running: EXIT.failed,
  completed: EXIT.done,
  failed: EXIT.failed,
  cancelled: EXIT.interrupted,
};

/** Runs one scan from its start to its results. The first interruption stops it and keeps the results so far. */
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

/** Throws `no_worker` if no worker could continue a detached scan. */
async function refuseDetach({ client }: Connection): Promise<void> {
  const { data } = await client.workers({ page_size: 1 });
  if (data.length > 0) return;
  throw new ScanoramaError('no_worker', 'No worker is running that could continue a detached scan.', {
    hint: 'Start one with `scanorama serve`, or `scanorama worker --database-url …` on the database of the server, or leave out --detach.',
  });
}

async function printStarted({ context, view }: ScanJob, scan: Scan): Promise<ExitCode> {
  const { stdout } = context.io;
  if (view.output === 'json') await writeDocument(stdout, { ...scanDocument(scan), hosts: [] });
  else await stdout.write(`${scan.id}\n`);
  if (scan.waiting_reason !== null) await note(context, scan.waiting_reason);
  await note(context, `The server continues it. \`scanorama scans show ${scan.id}\` shows its progress.`);
  return EXIT.done;
}

async function printEnd(context: Context, scan: Scan): Promise<ExitCode> {
  if (scan.status === 'failed') {
    await reportFailure(context, {
      code: scan.error?.code ?? 'internal',
      message: scan.error?.message ?? 'The scan failed for an unknown reason.',
      hint: `What was seen is kept; \`scanorama scans resume ${scan.id}\` continues from there.`,
    });
  } else if (scan.partial) {
    const reason = scan.partial_reason === null ? '' : ` ${scan.partial_reason}`;
    await note(context, `The scan could not see everything that it planned.${reason}`);
  } else if (scan.status === 'cancelled') {
    await note(context, `\`scanorama scans resume ${scan.id}\` continues from there.`);
  }
  return scan.partial ? EXIT.found : EXIT_OF_STATUS[scan.status];
}

/** Polls until the scan has ended, with progress on a terminal. Stops the scan when the signal aborts. */
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
      // A scan that a worker is about to claim waits for a short time too.
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
  return `No progress since ${localClock(receivedAtMs)}: ${message} The request is repeated for half a minute.`;
}

/** The error with the id of the scan: it is needed to find the scan again, which is not lost with the server. */
function unanswered(scan: Scan, cause: ScanoramaError, receivedAtMs: number): ScanoramaError {
  const what = isDiscovery(scan) ? 'discovery' : 'scan';
  const message = `${cause.message} There is no progress of ${what} ${scan.id} since ${localClock(receivedAtMs)}.`;
  return new ScanoramaError(cause.code, message, {
    hint: `Its results are stored, and it continues automatically when a server runs again; \`scanorama scans show ${scan.id}\` shows its progress.`,
    cause,
  });
}

const isDiscovery = (scan: Scan): boolean => scan.scan_type === 'discovery';

/** A scan that ends just before the stop request cannot be stopped. That is not a failure. */
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
