import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { usage } from '#cli/arguments/usage.js';

/** Of verbs that change what something is described as. */
export const CLEAR_DESCRIPTION_FLAG: FlagSpec = {
  flags: '--clear-description',
  help: 'remove the description',
};

/** Returns the new description, null to clear it, or an empty object without either option. Throws `usage`. */
export function descriptionChange(flags: FlagValues): { readonly description?: string | null } {
  const description = flags.text('description');
  if (!flags.on('clear-description')) return description === undefined ? {} : { description };
  if (description !== undefined) throw usage('--description and --clear-description contradict each other.');
  return { description: null };
}
