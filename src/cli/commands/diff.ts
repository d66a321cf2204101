import { withStored } from '#cli/connection.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import type { FlagSpec } from '#cli/flag-spec.js';
import { changeBlock, diffHeading, diffSummary, isDifferent } from '#cli/output/diff-report.js';
import { writeDocumentWithList } from '#cli/output/json.js';
import { pagesOf } from '#cli/pages.js';
import { uidOf } from '#cli/values.js';
import { type Context, defineVerb, type VerbInput } from '#cli/verb.js';
import type { Client } from '#contract/client.js';
import type { ScanChange, ScanDiff } from '#contract/scan-diff.js';

export interface DiffPlan {
  /** The earlier scan; undefined for the last comparable one. */
  readonly base: string | undefined;
  readonly scan: string;
  readonly exitCode: boolean;
}

export function parseDiff({ words, flags }: VerbInput): DiffPlan {
  const ids = words.map((word) => uidOf('a scan', word, 'scans list'));
  const [first = '', second] = ids;
  return {
    base: second === undefined ? undefined : first,
    scan: second ?? first,
    exitCode: flags.on('exit-code'),
  };
}

export function runDiff(plan: DiffPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const { MAX_PAGE_SIZE_ROWS } = await import('#contract/pagination.js');
    const first = await client.scanDiff(plan.scan, { ...against(plan), page_size: MAX_PAGE_SIZE_ROWS });
    const pages = changePages(client, first);
    if (globals.json === 'off') {
      await io.stdout.write(diffHeading(first));
      for await (const page of pages) await io.stdout.write(changeBlock(page, io.stdout.colour));
      await io.stdout.write(diffSummary(first));
    } else {
      const { base, scan, counts, not_comparable } = first;
      const head = { base, scan, counts, not_comparable };
      await writeDocumentWithList(io.stdout, head, { name: 'changes', pages });
    }
    return plan.exitCode && isDifferent(first) ? EXIT.found : EXIT.done;
  });
}

function against({ base }: DiffPlan): { against?: string } {
  return base === undefined ? {} : { against: base };
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

const verbAt = (path: readonly string[]) =>
  defineVerb<DiffPlan>({
    path,
    summary: 'show what changed between two scans; only what both asked is compared',
    arguments: [
      { name: 'scan', help: 'the id of the earlier scan; alone, that of the later one', required: true },
      {
        name: 'later',
        help: 'the id of the later scan; when absent, the last comparable one is the earlier',
      },
    ],
    flags: FLAGS,
    examples: [
      [`${path.join(' ')} ${EXAMPLE_IDS.join(' ')}`, 'what the second one found to be different'],
      [
        `${path.join(' ')} ${EXAMPLE_IDS[1]} --exit-code`,
        'compared with the last scan it can be compared with; exit 3 when anything changed',
      ],
    ],
    json: 'document',
    place: 'any',
    parse: parseDiff,
    run: runDiff,
  });

export const diffVerbs = [verbAt(['scans', 'diff']), verbAt(['diff'])];
