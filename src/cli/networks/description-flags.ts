import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { usage } from '#cli/arguments/usage.js';

/** Of verbs that change what something is described as. */
export const CLEAR_DESCRIPTION_FLAG: FlagSpec = {
  flags: '--clear-description',
  help: 'it has no description any more',
};

/** What is said of a description: another one, null for none, nothing where neither flag is given. Throws `usage`. */
export function descriptionChange(flags: FlagValues): { readonly description?: string | null } {
  const description = flags.text('description');
  if (!flags.on('clear-description')) return description === undefined ? {} : { description };
  if (description !== undefined)
    throw usage('--description and --clear-description say two different things.');
  return { description: null };
}
