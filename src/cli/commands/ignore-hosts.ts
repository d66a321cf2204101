import { forEachNamed } from '#cli/each.js';
import { hostNameOf } from '#cli/host-words.js';
import { defineVerb, type Verb } from '#cli/verb.js';

interface IgnorePlan {
  readonly hosts: readonly string[];
}

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
    run: ({ hosts }, context) =>
      forEachNamed(hosts, context, {
        act: (client, host) => client.changeHost(host, { ignored }),
        sentence: (host) => `${host} is ${ignored ? 'ignored' : 'listed again'}.`,
      }),
  });
}

export const ignoreVerbs: readonly Verb[] = [ignoreVerb(true), ignoreVerb(false)];
