import { printResult } from '#cli/arguments/print-result.js';
import { writeDocument, writeList } from '#cli/output/json.js';
import { type Row, renderFacts, renderTable } from '#cli/output/table.js';
import type { Context } from '#cli/program/command.js';
import { withConnection, withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import type { Client } from '#contract/api/client.js';

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
      { color: io.stdout.color, heads, right },
    );
    await io.stdout.write(table === '' ? `${list.none}\n` : table);
    return EXIT.done;
  });
}

/** One thing: what JSON has of it, and the lines that people read. */
export interface StoredOne {
  readonly document: unknown;
  readonly facts: readonly (readonly [string, string])[];
}

/** Shows one thing as facts, or as JSON. */
export function showOne(context: Context, load: (client: Client) => Promise<StoredOne>): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const { document, facts } = await load(client);
    if (globals.json === 'off') await io.stdout.write(renderFacts(facts, io.stdout.color));
    else await writeDocument(io.stdout, document);
    return EXIT.done;
  });
}

/** Does something to what is stored and tells of it: as JSON what was answered, or a sentence. */
export function printResultOf<Answer>(
  context: Context,
  act: (client: Client) => Promise<Answer>,
  sentence: (answer: Answer) => string,
): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    const answer = await act(client);
    return printResult(context, answer, sentence(answer));
  });
}

/** The same for what may be the first that is stored: where nothing is, it makes the database. */
export function storeAndPrint<Answer>(
  context: Context,
  act: (client: Client) => Promise<Answer>,
  sentence: (answer: Answer) => string,
): Promise<ExitCode> {
  return withConnection(context, async ({ client }) => {
    const answer = await act(client);
    return printResult(context, answer, sentence(answer));
  });
}
