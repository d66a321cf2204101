import type { ExitCode } from '#cli/exit.js';
import type { Row } from '#cli/output/table.js';
import { showList } from '#cli/stored-list.js';
import { usage } from '#cli/usage.js';
import { countOf } from '#cli/values.js';
import { type Context, defineVerb, type VerbInput } from '#cli/verb.js';
import type { Found } from '#contract/search.js';
import { MAX_FOUND_A_KIND, MAX_SEARCH_CHARACTERS, MIN_SEARCH_CHARACTERS } from '#domain/search-limit.js';

export interface SearchPlan {
  readonly text: string;
  readonly limit: number | undefined;
}

export function parseSearchWords({ words, flags }: VerbInput): SearchPlan {
  const text = words.join(' ').trim();
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

export function runSearch({ text, limit }: SearchPlan, context: Context): Promise<ExitCode> {
  const query = { q: text, ...(limit === undefined ? {} : { limit }) };
  return showList<Found>(
    {
      async *pages(client) {
        yield (await client.search(query)).data;
      },
      heads: ['KIND', 'FOUND', 'DETAIL', 'ID OR FILTER'],
      row: foundRow,
      none: 'Nothing found.',
    },
    context,
  );
}

function foundRow({ kind, title, detail, id, filter }: Found): Row {
  return [kind, title, detail ?? '-', filter ?? id ?? '-'];
}

export const searchVerb = defineVerb<SearchPlan>({
  path: ['search'],
  summary:
    'find hosts, ports, services, tags, groups, owners, networks, sites, profiles and scans by what they begin with',
  arguments: [{ name: 'words', help: 'the beginnings of words', required: true, variadic: true }],
  flags: [{ flags: '-n, --limit <count>', help: 'at most so many of each kind; 5 when absent' }],
  examples: [
    ['search printer', 'whatever has a word that begins so'],
    ['search 198.18.1', 'hosts, networks and scans whose address begins so'],
    ['search 443', 'where the port is open'],
  ],
  json: 'stream',
  place: 'any',
  parse: parseSearchWords,
  run: runSearch,
});
