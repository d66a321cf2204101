import { type HostName, hostIdOf, hostNameOf, parseHostName } from '#cli/commands/hosts.js';
import { interrupted, withStored } from '#cli/connection.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import { GRACE_FLAGS, graceOf } from '#cli/grace-flags.js';
import { writeDocument } from '#cli/output/json.js';
import { printable } from '#cli/output/text.js';
import { usage } from '#cli/usage.js';
import { type Context, defineVerb, type Verb, type VerbInput } from '#cli/verb.js';
import type { HostChangeRequest } from '#contract/host.js';
import { MAX_HOST_NAME_CHARACTERS } from '#domain/host-name.js';

interface EditHostPlan {
  readonly host: HostName;
  readonly change: HostChangeRequest;
}

export function parseEditHost(input: VerbInput): EditHostPlan {
  const { flags } = input;
  const name = flags.text('name');
  if (name !== undefined && flags.on('clear-name'))
    throw usage('--name and --clear-name exclude each other.', { hint: 'Give one of them.' });
  if (name !== undefined && name.length > MAX_HOST_NAME_CHARACTERS)
    throw usage(`The value of --name is longer than ${MAX_HOST_NAME_CHARACTERS} characters.`);
  const change: HostChangeRequest = {
    ...(name === undefined ? {} : { custom_name: name }),
    ...(flags.on('clear-name') ? { custom_name: null } : {}),
    ...graceOf(flags),
  };
  if (Object.keys(change).length === 0)
    throw usage('Nothing is said that could be changed.', {
      hint: 'Give --name, --clear-name, --grace-misses or --gone-after.',
    });
  return { host: parseHostName(input), change };
}

function runEditHost({ host, change }: EditHostPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const changed = await client.changeHost(await hostIdOf(client, host, {}), change);
    if (globals.json !== 'off') await writeDocument(io.stdout, changed);
    else await io.stdout.write(`${changed.ip} is shown as ${printable(changed.display_name)}.\n`);
    return EXIT.done;
  });
}

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

export const hostEditVerbs: readonly Verb[] = [
  defineVerb<EditHostPlan>({
    path: ['hosts', 'edit'],
    summary: 'name a host, or set how much silence makes it down',
    arguments: [{ name: 'id-or-address', help: 'the id of the host, or its address', required: true }],
    flags: [
      { flags: '--name <name>', help: 'what it is called, before every name that is found' },
      { flags: '--clear-name', help: 'take that name away' },
      ...GRACE_FLAGS,
    ],
    examples: [
      ['hosts edit 198.18.0.7 --name printer', 'lists show that name'],
      ['hosts edit 198.18.0.7 --grace-misses 10', 'ten runs in a row may miss it, since it sleeps a lot'],
    ],
    json: 'document',
    place: 'any',
    parse: parseEditHost,
    run: runEditHost,
  }),
  ignoreVerb(true),
  ignoreVerb(false),
];
