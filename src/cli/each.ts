import { interrupted, withStored } from '#cli/connection.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import { writeDocument } from '#cli/output/json.js';
import { printable } from '#cli/output/text.js';
import type { Context } from '#cli/verb.js';
import type { Client } from '#contract/client.js';

/** What is done to each of several things, and the sentence that tells of it. */
export interface Deed<Answer> {
  readonly act: (client: Client, word: string) => Promise<Answer>;
  readonly sentence: (word: string, answer: Answer) => string;
}

/** A verb that does the same to each of the things that were named. */
export async function forEachNamed<Answer>(
  words: readonly string[],
  context: Context,
  deed: Deed<Answer>,
): Promise<ExitCode> {
  const answers: Answer[] = [];
  await writingWhatIsDone(
    context,
    () => withStored(context, ({ client }) => doToEach(words, context, { ...deed, client, answers })),
    () => (answers.length === 0 ? undefined : answers),
  );
  return EXIT.done;
}

interface Doing<Answer> extends Deed<Answer> {
  readonly client: Client;
  /** Grows by what was answered. */
  readonly answers: Answer[];
}

/** Does it to one after the other; who is told of the third knows that two are done. */
export async function doToEach<Answer>(
  words: readonly string[],
  { globals, io }: Context,
  { act, sentence, client, answers }: Doing<Answer>,
): Promise<void> {
  for (const word of words) {
    // Whoever waited has left already; what is not begun stays as it is.
    if (io.interrupts.signal.aborted) throw interrupted();
    const answer = await act(client, word);
    answers.push(answer);
    if (globals.json === 'off') await io.stdout.write(`${printable(sentence(word, answer))}\n`);
  }
}

/**
 * Acts, and then writes what is done where JSON is asked for: also what was done before a failure or an interruption.
 * `done` tells undefined as long as nothing is.
 */
export async function writingWhatIsDone(
  { globals, io }: Context,
  act: () => Promise<void>,
  done: () => unknown,
): Promise<void> {
  const write = async () => {
    const document = globals.json === 'off' ? undefined : done();
    if (document !== undefined) await writeDocument(io.stdout, document);
  };
  try {
    await act();
  } catch (error) {
    // A closed output must not hide why it ended.
    await write().catch(() => undefined);
    throw error;
  }
  await write();
}
