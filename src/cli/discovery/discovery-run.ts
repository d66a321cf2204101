import { scanHostPages } from '#cli/arguments/pages.js';
import { note, noteInterrupt } from '#cli/arguments/print-notice.js';
import type { Context } from '#cli/program/command.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { DISCOVERY_WRITERS } from '#cli/reports/discovery-report.js';
import { hostDocument, scanDocument } from '#cli/reports/scan-report.js';
import { POLL_INTERVAL_MS, type ScanJob, superviseScan } from '#cli/scans/follow-scan.js';
import { discoveryParts, printScan } from '#cli/scans/scan-view.js';
import type { Scan } from '#contract/scans/scan.js';

/** How often is looked for the scan that follows a run, which comes within a moment: a minute. */
const POLLS_MAX = 240;

/**
 * A discovery run from its start to what it found, and then the scan for the systems of the hosts found where that was
 * asked for. JSON is one document, so it is written when both are over.
 */
export async function superviseDiscovery(job: ScanJob): Promise<ExitCode> {
  const { context, connection, view } = job;
  const show = (scan: Scan) => printScan(context, connection.client, { scan, view });
  let run: Scan | undefined;
  const exit = await superviseScan({
    ...job,
    print: async (ended) => {
      run = ended;
      if (view.output !== 'json' || !isFollowed(ended)) await show(ended);
    },
  });
  if (run === undefined || !isFollowed(run)) return exit;
  const { run: completed, reporter } = await followerOf(job, run);
  if (reporter === undefined) {
    if (view.output === 'json') await show(completed);
    return completed.os_scan?.state === 'no_hosts' ? exit : EXIT.failed;
  }
  const shown = await superviseScan({
    ...job,
    begin: () => Promise.resolve(reporter),
    print: (scan) => printSystems(job, completed, scan),
  });
  return shown === EXIT.done ? exit : shown;
}

const isFollowed = ({ status, os_scan }: Scan): boolean => status === 'completed' && os_scan !== null;

interface Follower {
  readonly run: Scan;
  /** The scan for systems; undefined where there is none, and then why is told. */
  readonly reporter: Scan | undefined;
}

/** Waits until the scan that follows is started, or will not be. An interruption stops it. */
async function followerOf({ context, connection }: ScanJob, ended: Scan): Promise<Follower> {
  const { client } = connection;
  const stop = new AbortController();
  const release = context.io.interrupts.takeOver(() => {
    stop.abort();
    noteInterrupt(context, 'Stopping; what was found is kept. Press Ctrl-C again to leave at once.');
  });
  try {
    let run = ended;
    for (let polls = 0; run.os_scan?.state === 'requested' && polls < POLLS_MAX; polls += 1) {
      await context.io.sleep(POLL_INTERVAL_MS);
      run = await client.scan(ended.id);
    }
    const id = run.os_scan?.scan_id ?? null;
    if (id === null) await printWhy(context, run);
    if (id === null) return { run, reporter: undefined };
    return { run, reporter: stop.signal.aborted ? await client.stopScan(id) : await client.scan(id) };
  } finally {
    release();
  }
}

async function printWhy(context: Context, { id, os_scan, engine_note }: Scan): Promise<void> {
  if (os_scan?.state === 'no_hosts') return;
  if (os_scan?.state === 'refused' && engine_note !== null) return note(context, engine_note);
  await note(
    context,
    `No scan for systems was started yet; \`scanorama scans show ${id}\` shows whether there is.`,
  );
}

/** What the scan for systems told, behind what the run found; both in one document of JSON. */
async function printSystems(
  { context, connection, view }: ScanJob,
  run: Scan,
  reporter: Scan,
): Promise<void> {
  const { client } = connection;
  const { stdout } = context.io;
  if (view.output !== 'json') {
    await stdout.write(`\nSystems of the hosts found, by scan ${reporter.id}:\n\n`);
    return printScan(context, client, { scan: reporter, view });
  }
  // As many as the run found, which its document lists as well.
  const hosts: unknown[] = [];
  for await (const page of scanHostPages(client, reporter.id, view.allStates))
    hosts.push(...page.map(hostDocument));
  const parts = await discoveryParts(context, client, run);
  await DISCOVERY_WRITERS.json(stdout, run, { ...parts, systems: { ...scanDocument(reporter), hosts } });
}
