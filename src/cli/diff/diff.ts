import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import { isIdArgument } from '#cli/arguments/id-arguments.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { type AsOfParameters, asOfQuery, type PastTime, pastTime } from '#cli/arguments/time-flags.js';
import { usage } from '#cli/arguments/usage.js';
import {
  changeBlock,
  countsSummary,
  diffHeading,
  diffSummary,
  fileHeading,
  fileSummary,
  isDifferent,
  timeHeading,
} from '#cli/diff/diff-report.js';
import { changesOfHosts, countKnownChanges } from '#cli/diff/host-changes.js';
import { writeDocument, writeDocumentWithList } from '#cli/output/json.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { scanArgumentOf, scanIdOf } from '#cli/scans/scan-arguments.js';
import type { Client } from '#contract/api/client.js';
import type { ListedHost } from '#contract/hosts/host.js';
import type { ScanChange, ScanDiff } from '#contract/scans/diff.js';
import { grouped } from '#domain/text/count-text.js';

export interface ScanDiffPlan {
  readonly kind: 'scans';
  /** The earlier scan; undefined for the last comparable one. */
  readonly base: string | undefined;
  readonly scan: string;
  readonly exitCode: boolean;
}

export interface TimeDiffPlan {
  readonly kind: 'instants';
  readonly before: PastTime;
  /** Undefined is now. */
  readonly after: PastTime | undefined;
  readonly exitCode: boolean;
}
export interface FileDiffPlan {
  readonly kind: 'files';
  readonly before: string;
  readonly after: string;
  readonly exitCode: boolean;
}
export type DiffPlan = ScanDiffPlan | TimeDiffPlan | FileDiffPlan;

/** Two scans, two reports, or two instants; without the second, that of now. */
export function parseDiff(input: CommandInput): DiffPlan {
  const [first = '', second = 'now'] = input.args;
  if (isIdArgument(first)) return parseScanDiff(input);
  const exitCode = input.flags.on('exit-code');
  if (isFile(first) && isFile(second)) return { kind: 'files', before: first, after: second, exitCode };
  const before = pastTime(first);
  if (before === undefined) throw usage('Nothing changed since now.', { at: first });
  return { kind: 'instants', before, after: pastTime(second), exitCode };
}

/** A path or a name with an ending, and no instant. */
const isFile = (arg: string) => /[./]/.test(arg) && !/^\d{4}-\d\d-/.test(arg);

export function parseScanDiff({ args, flags }: CommandInput): ScanDiffPlan {
  const ids = args.map(scanArgumentOf);
  const [first = '', second] = ids;
  return {
    kind: 'scans',
    base: second === undefined ? undefined : first,
    scan: second ?? first,
    exitCode: flags.on('exit-code'),
  };
}

export function runDiff(plan: DiffPlan, context: Context): Promise<ExitCode> {
  if (plan.kind === 'scans') return runScanDiff(plan, context);
  return plan.kind === 'files' ? runFileDiff(plan, context) : runTimeDiff(plan, context);
}

async function runFileDiff(plan: FileDiffPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  const { signal } = io.interrupts;
  const before = await io.openFile(plan.before, signal);
  const after = await io.openFile(plan.after, signal);
  const diff = await (await context.loadApp()).compareReports(before, after);
  if (globals.json === 'off') {
    await io.stdout.write(fileHeading(plan.before, plan.after));
    await io.stdout.write(changeBlock(diff.changes, io.stdout.color));
    await io.stdout.write(fileSummary(diff, plan));
  } else {
    const { changes, ...counts } = diff;
    await writeDocument(io.stdout, {
      base: { file: plan.before },
      scan: { file: plan.after },
      ...counts,
      changes,
    });
  }
  return plan.exitCode && isDifferent(diff) ? EXIT.found : EXIT.done;
}

/** As of two scans, and how hosts are. */
const factsOfTimes = (count: number) =>
  count === 1
    ? '1 status, address, name, key or certificate changed'
    : `${grouped(count)} statuses, addresses, names, keys or certificates changed`;

/** What lists of hosts told then, and then: read twice, to count before the first line without holding all of it. */
async function runTimeDiff(plan: TimeDiffPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  const nowMs = io.clock.now();
  const [before, after] = [plan.before, plan.after].map((asOf) =>
    asOfQuery({ asOf, observedAsOf: undefined }, nowMs),
  );
  return withStored(context, async ({ client }) => {
    const changes = () => changesOfHosts(hostPages(client, before), hostPages(client, after));
    const counts = await countKnownChanges(changes());
    if (globals.json === 'off') {
      await io.stdout.write(timeHeading(before?.as_of ?? null, after?.as_of ?? null));
      for await (const page of changes()) await io.stdout.write(changeBlock(page, io.stdout.color));
      await io.stdout.write(countsSummary(counts, 'Nothing changed in what was known.', factsOfTimes));
    } else {
      const head = { base: { as_of: before?.as_of ?? null }, scan: { as_of: after?.as_of ?? null }, counts };
      await writeDocumentWithList(io.stdout, head, { name: 'changes', pages: changes() });
    }
    return plan.exitCode && isDifferent({ counts }) ? EXIT.found : EXIT.done;
  });
}

/** Ignored ones too: a host that was ignored meanwhile did not go. */
function hostPages(client: Client, asOfPlan: AsOfParameters = {}): AsyncGenerator<readonly ListedHost[]> {
  return pagesOf({
    keyOf: ({ id }) => id,
    load: (query) => client.hosts({ ...query, ...asOfPlan, ignored: 'with', evidence: 'true' }),
  });
}

export function runScanDiff(plan: ScanDiffPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const { MAX_PAGE_SIZE_ROWS } = await import('#contract/api/pagination.js');
    const scanId = await scanIdOf(client, plan.scan);
    const against = plan.base === undefined ? {} : { against: await scanIdOf(client, plan.base) };
    const first = await client.scanDiff(scanId, { ...against, page_size: MAX_PAGE_SIZE_ROWS });
    const pages = changePages(client, first);
    if (globals.json === 'off') {
      await io.stdout.write(diffHeading(first));
      for await (const page of pages) await io.stdout.write(changeBlock(page, io.stdout.color));
      await io.stdout.write(diffSummary(first));
    } else {
      const { base, scan, counts, hosts_back, not_comparable } = first;
      const head = { base, scan, counts, hosts_back, not_comparable };
      await writeDocumentWithList(io.stdout, head, { name: 'changes', pages });
    }
    return plan.exitCode && isDifferent(first) ? EXIT.found : EXIT.done;
  });
}

/** Those of the answer that is there, then of the same two scans, which are over and never change again. */
function changePages(client: Client, first: ScanDiff): AsyncGenerator<readonly ScanChange[]> {
  const { base, scan } = first;
  return pagesOf({
    keyOf: ({ kind, ip, protocol, ports, old }) => JSON.stringify([kind, ip, protocol, ports, old]),
    load: (query) =>
      query.page === 1 ? Promise.resolve(first) : client.scanDiff(scan.id, { ...query, against: base.id }),
  });
}

const FLAGS: readonly FlagSpec[] = [
  { flags: '--exit-code', help: `end with ${EXIT.found} when anything changed, and with 0 when nothing did` },
];
const EXAMPLE_IDS = ['01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47', '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48'] as const;

export const diffCommands = [
  defineCommand<ScanDiffPlan>({
    path: ['scans', 'diff'],
    summary: 'show what changed between two scans, in what both probed',
    arguments: [
      { name: 'scan', help: 'the id of the earlier scan; alone, that of the later one', required: true },
      {
        name: 'later',
        help: 'the id of the later scan (default for the earlier: the last comparable one)',
      },
    ],
    flags: FLAGS,
    examples: [
      [`scans diff ${EXAMPLE_IDS.join(' ')}`, 'what the second one found to be different'],
      [
        `scans diff ${EXAMPLE_IDS[1]} --exit-code`,
        'compared with the last scan it can be compared with; exit 3 when anything changed',
      ],
    ],
    json: 'document',
    place: 'any',
    parse: parseScanDiff,
    run: runScanDiff,
  }),
  defineCommand<DiffPlan>({
    path: ['diff'],
    summary: 'show what changed between two scans, two times or two nmap reports',
    arguments: [
      {
        name: 'earlier',
        help: 'the id of the earlier scan (alone, that of the later one), a time such as 2026-11-24 or 3d ago, or a file of nmap -oX',
        takesPath: true,
        required: true,
      },
      {
        name: 'later',
        help: 'the id of the later scan, a later time or a later file (default: now)',
        takesPath: true,
      },
    ],
    flags: FLAGS,
    examples: [
      [`diff ${EXAMPLE_IDS.join(' ')}`, 'what the second scan found to be different'],
      ['diff 2026-11-01 2026-11-08', 'hosts and open ports that came, went and changed in that week'],
      ['diff before.xml after.xml', 'compare the ports that both reports contain'],
      ['diff 1d --exit-code', 'since yesterday; exit 3 when anything changed'],
    ],
    json: 'document',
    place: 'any',
    parse: parseDiff,
    run: runDiff,
  }),
];
