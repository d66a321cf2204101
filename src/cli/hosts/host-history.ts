import { countOf } from '#cli/arguments/flag-parsers.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { AS_OF_FLAGS, type AsOfPlan, asOfQuery, parseAsOf } from '#cli/arguments/time-flags.js';
import {
  HOST_ARGUMENT,
  HOST_SITE_FLAG,
  type HostName,
  hostIdOf,
  parseHostName,
} from '#cli/hosts/host-arguments.js';
import { writeList } from '#cli/output/json.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { historyTable, keptSince } from '#cli/reports/host-history.js';
import type { HostChange } from '#contract/hosts/host.js';

/** Enough to see what went on lately; `--limit` asks for more. */
const CHANGES_SHOWN = 50;

interface HostHistoryPlan {
  readonly host: HostName;
  readonly asOf: AsOfPlan;
  readonly limit: number | undefined;
}

function parseHostHistory(input: CommandInput): HostHistoryPlan {
  return {
    host: parseHostName(input),
    asOf: parseAsOf(input.flags),
    limit: countOf('limit', input.flags.text('limit')),
  };
}

function runHostHistory(plan: HostHistoryPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  const asOf = asOfQuery(plan.asOf, io.clock.now());
  return withStored(context, async ({ client }) => {
    const id = await hostIdOf(client, plan.host, asOf);
    let since: string | null = null;
    const load = async (query: { page: number; page_size: number }) => {
      const answer = await client.hostHistory(id, { ...query, ...asOf });
      since = answer.history_since;
      return answer;
    };
    const changes = (limit: number | undefined) => pagesOf({ limit, keyOf, load });
    if (globals.json !== 'off') {
      await writeList(io.stdout, changes(plan.limit), globals.json);
      return EXIT.done;
    }
    const shown: HostChange[] = [];
    for await (const page of changes(plan.limit ?? CHANGES_SHOWN)) shown.push(...page);
    const table = historyTable(shown, io.stdout.color);
    await io.stdout.write(`${table === '' ? 'No changes.\n' : table}${keptSince(since)}`);
    return EXIT.done;
  });
}

/** A change has no id; these say which one it is. */
function keyOf({ fact, protocol, port, observed_at, recorded_at, scan_id, new_value }: HostChange): string {
  return JSON.stringify([fact, protocol, port, observed_at, recorded_at, scan_id, new_value]);
}

export const hostHistoryCommand = defineCommand<HostHistoryPlan>({
  path: ['hosts', 'history'],
  summary: 'list every change of a host and its ports, newest first',
  arguments: [HOST_ARGUMENT],
  flags: [
    {
      flags: '-n, --limit <count>',
      help: `maximum number (default: ${CHANGES_SHOWN}, with --json all)`,
    },
    HOST_SITE_FLAG,
    ...AS_OF_FLAGS,
  ],
  examples: [
    ['hosts history 127.0.0.1', 'what changed, when, and by which scan'],
    ['hosts history 127.0.0.1 --as-of 7d', 'what was known of it a week ago'],
  ],
  json: 'stream',
  place: 'any',
  parse: parseHostHistory,
  run: runHostHistory,
});
