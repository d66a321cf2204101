import { interrupted, withStored } from '#cli/connection.js';
import { EXIT } from '#cli/exit.js';
import { hostNameOf } from '#cli/host-words.js';
import { writeDocument } from '#cli/output/json.js';
import { printable } from '#cli/output/text.js';
import { defineVerb, type Verb } from '#cli/verb.js';

interface IgnorePlan {
  readonly hosts: readonly string[];
}

/** One after the other; who is told of the third knows that two are done. */
function ignoreVerb(ignored: boolean): Verb {
  const word = ignored ? 'ignore' : 'unignore';
  return defineVerb<IgnorePlan>({
    path: ['hosts', word],
    summary: ignored
      ? 'leave hosts out of lists and alerts; scans go on seeing them'
      : 'let hosts be listed again that were ignored',
    arguments: [
      {
        name: 'id-or-address',
        help: 'the ids of the hosts, or their addresses',
        required: true,
        variadic: true,
      },
    ],
    examples: [
      [`hosts ${word} 198.18.0.7`, ignored ? '`hosts list --ignored only` shows it' : 'it is listed again'],
    ],
    json: 'document',
    place: 'any',
    parse: ({ words }) => ({ hosts: words.map((host) => hostNameOf(host)) }),
    run: async ({ hosts }, context) => {
      const { globals, io } = context;
      const answers: unknown[] = [];
      await withStored(context, async ({ client }) => {
        for (const host of hosts) {
          if (io.interrupts.signal.aborted) throw interrupted();
          answers.push(await client.changeHost(host, { ignored }));
          const line = `${printable(host)} is ${ignored ? 'ignored' : 'listed again'}.\n`;
          if (globals.json === 'off') await io.stdout.write(line);
        }
      });
      if (globals.json !== 'off') await writeDocument(io.stdout, answers);
      return EXIT.done;
    },
  });
}

export const ignoreVerbs: readonly Verb[] = [ignoreVerb(true), ignoreVerb(false)];
