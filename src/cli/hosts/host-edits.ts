import { countOf } from '#cli/arguments/flag-parsers.js';
import { EDITS, ID_BEGINNING, idArgumentOf, idOf } from '#cli/arguments/id-arguments.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { printResultOf, showList } from '#cli/arguments/show-list.js';
import { hostsAndScans } from '#cli/hosts/edit-outcome.js';
import { localTime } from '#cli/output/time.js';
import { type Context, defineCommand } from '#cli/program/command.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { Edit, UndoOutcome } from '#contract/hosts/edit.js';
import { counted } from '#domain/text/count-text.js';

/** Enough to see what was done lately; `--limit` asks for more. */
const EDITS_SHOWN = 20;

function runListEdits(limit: number, context: Context): Promise<ExitCode> {
  return showList<Edit>(
    {
      pages: (client) =>
        pagesOf({ limit, keyOf: (edit) => edit.id, load: (query) => client.hostEdits(query) }),
      heads: ['WHEN', 'BY', 'HOSTS', 'EDIT', 'ID'],
      row: ({ created_at, actor, hosts, summary, id, undone_by }) => [
        localTime(created_at),
        actor,
        String(hosts),
        undone_by === null ? summary : `${summary} (taken back)`,
        id,
      ],
      right: [2],
      none: 'No edits.',
    },
    context,
  );
}

function undoneText({ summary, hosts_changed: hosts, scans_changed: scans, left }: UndoOutcome): string {
  const affected = hostsAndScans(hosts, scans) ?? 'It';
  const are = hosts + scans > 1 ? 'are' : 'is';
  const stayed =
    left === 0 ? '' : `; ${counted(left, 'change')} stayed as ${left === 1 ? 'it is' : 'they are'}`;
  return `Taken back: ${summary}. ${affected} ${are} as before${stayed}.`;
}

export const hostEditsCommands = [
  defineCommand<number>({
    path: ['hosts', 'edits'],
    summary: 'list edits of hosts, newest first',
    flags: [{ flags: '-n, --limit <count>', help: `maximum number (default: ${EDITS_SHOWN})` }],
    examples: [['hosts edits', 'with the id that `hosts undo` takes']],
    json: 'stream',
    place: 'any',
    parse: ({ flags }) => countOf('limit', flags.text('limit')) ?? EDITS_SHOWN,
    run: runListEdits,
  }),
  defineCommand<string>({
    path: ['hosts', 'undo'],
    summary: 'undo an edit of hosts, except for what was changed again since',
    arguments: [{ name: 'id', help: `the id of the edit, ${ID_BEGINNING}, or last`, required: true }],
    examples: [
      ['hosts edits', 'the ids of the edits; `hosts history` has those of one host'],
      ['hosts undo last', 'the last edit, by any user'],
      ['hosts undo 01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47', 'can be taken back in turn'],
    ],
    json: 'document',
    place: 'any',
    parse: ({ args }) => idArgumentOf(EDITS, args[0] ?? ''),
    run: (arg, context) =>
      printResultOf(
        context,
        async (client) => client.undoHostEdit(await idOf(client, EDITS, arg)),
        undoneText,
      ),
  }),
];
