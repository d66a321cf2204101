import { usage } from '#cli/arguments/usage.js';
import { DOWN_AFTER_FLAGS, downAfterOf } from '#cli/hosts/down-after-flags.js';
import type { CommandInput } from '#cli/program/command.js';
import type { HostChangeRequest } from '#contract/hosts/host.js';
import { checkHostName } from '#domain/addresses/host-name.js';

/** What a host is called, and how much silence makes it down. */
export const STATUS_FLAGS = [
  { flags: '--name <name>', help: 'name of the host, preferred to every observed name' },
  { flags: '--clear-name', help: 'remove the name' },
  ...DOWN_AFTER_FLAGS,
] as const;

/** Undefined when nothing of it is said. */
export function statusChangeOf({ flags }: CommandInput): HostChangeRequest | undefined {
  const name = flags.text('name');
  if (name !== undefined && flags.on('clear-name'))
    throw usage('--name and --clear-name exclude each other.', { hint: 'Give one of them.' });
  const change: HostChangeRequest = {
    ...(name === undefined ? {} : { custom_name: checkHostName(name) }),
    ...(flags.on('clear-name') ? { custom_name: null } : {}),
    ...downAfterOf(flags),
  };
  return Object.keys(change).length === 0 ? undefined : change;
}
