import { countOf } from '#cli/arguments/flag-parsers.js';
import { note } from '#cli/arguments/print-notice.js';
import { showList } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import type { Row } from '#cli/output/table.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { Found, SearchResults } from '#contract/hosts/search.js';
import { addressHeads } from '#domain/addresses/address-prefix.js';
import {
  MAX_FOUND_A_KIND,
  MAX_SEARCH_CHARACTERS,
  MIN_SEARCH_CHARACTERS,
  moreText,
  USUAL_FOUND_A_KIND,
} from '#domain/text/search-limit.js';

export interface SearchPlan {
  readonly text: string;
  readonly limit: number | undefined;
}

export function parseSearchTerms({ args, flags }: CommandInput): SearchPlan {
  const text = args.join(' ').trim();
  if (text.length < MIN_SEARCH_CHARACTERS || text.length > MAX_SEARCH_CHARACTERS)
    throw usage(
      `What is searched for has ${MIN_SEARCH_CHARACTERS} to ${MAX_SEARCH_CHARACTERS} characters, not ${text.length}.`,
    );
  const limit = countOf('limit', flags.text('limit'));
  if (limit !== undefined && limit > MAX_FOUND_A_KIND)
    throw usage(`At most ${MAX_FOUND_A_KIND} of each kind are found, not ${limit}.`, {
      hint: '`scanorama hosts list --filter` lists all hosts that match.',
    });
  return { text, limit };
}

export async function runSearch({ text, limit }: SearchPlan, context: Context): Promise<ExitCode> {
  const query = { q: text, ...(limit === undefined ? {} : { limit }) };
  let left: SearchResults['more'] = [];
  const exit = await showList<Found>(
    {
      async *pages(client) {
        const { data, more } = await client.search(query);
        left = more;
        yield data;
      },
      heads: ['KIND', 'FOUND', 'DETAIL', 'ID OR FILTER'],
      row: foundRow,
      none: 'Nothing found.',
    },
    context,
  );
  const shown = moreText(left);
  if (shown !== undefined) await note(context, `${shown}; ${wayToMore({ text, limit }, left)}.`);
  return exit;
}

/** `hosts list --search` looks for parts of addresses and names: it has all that begin as an address does. */
function wayToMore({ text, limit = USUAL_FOUND_A_KIND }: SearchPlan, left: SearchResults['more']): string {
  const ways = [
    ...(limit < MAX_FOUND_A_KIND
      ? [`\`--limit ${MAX_FOUND_A_KIND}\` shows up to ${MAX_FOUND_A_KIND} of each kind`]
      : []),
    ...(left.some(({ kind }) => kind === 'host') && addressHeads(text).length > 0
      ? [`\`scanorama hosts list --search ${text}\` lists the hosts`]
      : []),
  ];
  return ways.length === 0 ? 'more letters find fewer' : ways.join(', ');
}

function foundRow({ kind, title, detail, id, filter }: Found): Row {
  return [kind, title, detail ?? '-', filter ?? id ?? '-'];
}

export const searchCommand = defineCommand<SearchPlan>({
  path: ['search'],
  summary: 'find hosts, ports, services, tags, groups, owners, networks, sites, profiles and scans by prefix',
  arguments: [{ name: 'words', help: 'the beginnings of words', required: true, variadic: true }],
  flags: [
    { flags: '-n, --limit <count>', help: `maximum number of each kind (default: ${USUAL_FOUND_A_KIND})` },
  ],
  examples: [
    ['search printer', 'whatever has a word that begins so'],
    ['search 198.18.1', 'hosts, networks and scans whose address begins so'],
    ['search 443', 'where the port is open'],
  ],
  json: 'stream',
  place: 'any',
  parse: parseSearchTerms,
  run: runSearch,
});
