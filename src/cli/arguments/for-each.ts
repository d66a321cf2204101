import { writeDocument } from '#cli/output/json.js';
import { printable } from '#cli/output/text.js';
import type { Context } from '#cli/program/command.js';
import { interrupted, withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import type { Client } from '#contract/api/client.js';

/** What is done to each of several things, and the sentence that tells of it. */
export interface Action<Answer, Named = string> {
  readonly act: (client: Client, named: Named) => Promise<Answer>;
  readonly sentence: (named: Named, answer: Answer) => string;
}

/** A verb that does the same to each of the things that were named. */
export async function forEachNamed<Answer, Named = string>(
  all: readonly Named[],
  context: Context,
  action: Action<Answer, Named>,
): Promise<ExitCode> {
  const answers: Answer[] = [];
  await writingWhatIsDone(
    context,
    () => withStored(context, ({ client }) => doToEach(all, context, { ...action, client, answers })),
    () => (answers.length === 0 ? undefined : answers),
  );
  return EXIT.done;
}

interface Doing<Answer, Named> extends Action<Answer, Named> {
  readonly client: Client;
  /** Grows by what was answered. */
  readonly answers: Answer[];
}

/** Does it to one after the other; who is told of the third knows that two are done. */
export async function doToEach<Answer, Named = string>(
  all: readonly Named[],
  { globals, io }: Context,
  { act, sentence, client, answers }: Doing<Answer, Named>,
): Promise<void> {
  for (const named of all) {
    // Whoever waited has left already; what is not begun stays as it is.
    if (io.interrupts.signal.aborted) throw interrupted();
    const answer = await act(client, named);
    answers.push(answer);
    if (globals.json === 'off') await io.stdout.write(`${printable(sentence(named, answer))}\n`);
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
