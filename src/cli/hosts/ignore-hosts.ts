import { forEachNamed } from '#cli/arguments/for-each.js';
import {
  HOST_SITE_FLAG,
  type HostName,
  hostReference,
  hostText,
  parseHostNames,
} from '#cli/hosts/host-arguments.js';
import { type CliCommand, defineCommand } from '#cli/program/command.js';

interface IgnorePlan {
  readonly hosts: readonly HostName[];
}

function ignoreCommand(ignored: boolean): CliCommand {
  const arg = ignored ? 'ignore' : 'unignore';
  return defineCommand<IgnorePlan>({
    path: ['hosts', arg],
    summary: ignored
      ? 'exclude hosts from lists and alerts, while scans still observe them'
      : 'list ignored hosts again',
    arguments: [
      {
        name: 'id-or-address',
        help: 'the ids, addresses or names of the hosts',
        required: true,
        variadic: true,
      },
    ],
    examples: [
      [`hosts ${arg} 198.18.0.7`, ignored ? '`hosts list --ignored only` shows it' : 'it is listed again'],
    ],
    json: 'document',
    place: 'any',
    flags: [HOST_SITE_FLAG],
    parse: (input) => ({ hosts: parseHostNames(input) }),
    run: ({ hosts }, context) =>
      forEachNamed(hosts, context, {
        act: async (client, host) => client.changeHost(await hostReference(client, host), { ignored }),
        sentence: (host) => `${hostText(host)} is ${ignored ? 'ignored' : 'listed again'}.`,
      }),
  });
}

export const ignoreCommands: readonly CliCommand[] = [ignoreCommand(true), ignoreCommand(false)];
