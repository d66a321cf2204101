import { withConnection, withStored } from '#cli/connection.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import { writeDocument, writeList } from '#cli/output/json.js';
import { type Row, renderTable } from '#cli/output/table.js';
import { printable } from '#cli/output/text.js';
import type { Context } from '#cli/verb.js';
import type { Client } from '#contract/client.js';

/** A list that fits into memory, and how its table looks. */
export interface StoredList<Item> {
  pages(client: Client): AsyncIterable<readonly Item[]>;
  readonly heads: readonly string[];
  row(item: Item): Row;
  readonly right?: readonly number[];
  /** What is said of an empty one. */
  readonly none: string;
}

/** Shows a list as a table, or as JSON. */
export function showList<Item>(list: StoredList<Item>, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const pages = list.pages(client);
    if (globals.json !== 'off') {
      await writeList(io.stdout, pages, globals.json);
      return EXIT.done;
    }
    const items: Item[] = [];
    for await (const page of pages) items.push(...page);
    const { heads, right = [] } = list;
    const table = renderTable(
      items.map((item) => list.row(item)),
      { colour: io.stdout.colour, heads, right },
    );
    await io.stdout.write(table === '' ? `${list.none}\n` : table);
    return EXIT.done;
  });
}

/** Does something to what is stored and tells of it: as JSON what was answered, or a sentence. */
export function tellOf<Answer>(
  context: Context,
  act: (client: Client) => Promise<Answer>,
  sentence: (answer: Answer) => string,
): Promise<ExitCode> {
  return withStored(context, async ({ client }) => told(context, await act(client), sentence));
}

/** The same for what may be the first that is stored: where nothing is, it makes the database. */
export function storeAndTell<Answer>(
  context: Context,
  act: (client: Client) => Promise<Answer>,
  sentence: (answer: Answer) => string,
): Promise<ExitCode> {
  return withConnection(context, async ({ client }) => told(context, await act(client), sentence));
}

async function told<Answer>(
  { globals, io }: Context,
  answer: Answer,
  sentence: (answer: Answer) => string,
): Promise<ExitCode> {
  if (globals.json === 'off') await io.stdout.write(`${printable(sentence(answer))}\n`);
  else await writeDocument(io.stdout, answer);
  return EXIT.done;
}
